"""What regularizes? A factorial ablation of regularizers of Keras models.

    import study

    results = study.open("quick")                              # a study's name or file, and its results
    results.experiment("mnist1d").effects("main")              # a frame: estimate, interval, verdict by factor

`load` reads a study file, `open` reads a study's results; a study's own factor is a `Factor` with a `Strength`. Names
are
imported when they are asked for, so that `import study` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from study.analysis.results import Results, open
    from study.design.factors import Factor, Strength
    from study.design.studyfile import Study, load
    from study.errors import StudyError

__version__ = "0.1.0"

_HOMES = {
    "Factor": "design.factors",
    "Results": "analysis.results",
    "Strength": "design.factors",
    "Study": "design.studyfile",
    "StudyError": "errors",
    "load": "design.studyfile",
    "open": "analysis.results",
}
__all__ = ["Factor", "Results", "Strength", "Study", "StudyError", "load", "open"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'study' has no attribute {name!r}. It offers: {', '.join(__all__)}.")
    return getattr(import_module(f"study.{_HOMES[name]}"), name)

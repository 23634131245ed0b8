"""What regularizes? A factorial ablation of regularizers of Keras models.

    import study

    results = study.open("quick")                              # a study's name or file, and its results
    results.experiment("mnist1d").effects("main")              # a frame: estimate, interval, verdict by factor

    study.ablate(build, ((x, y), (x, y))).effects("main")      # the same of a Keras model that is there

`load` reads a study file, `open` reads a study's results; a study's own factor is a `Factor` with a `Strength`. Names
are
imported when they are asked for, so that `import study` costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from study.analysis.results import Results, open
    from study.cli.ablation import ablate
    from study.design.factors import Factor, Strength
    from study.design.studyfile import Study, load
    from study.errors import StudyError

__version__ = "0.1.0"

_HOMES = {
    "ablate": "cli.ablation",
    "Factor": "design.factors",
    "Results": "analysis.results",
    "Strength": "design.factors",
    "Study": "design.studyfile",
    "StudyError": "errors",
    "load": "design.studyfile",
    "open": "analysis.results",
}
__all__ = ["ablate", "Factor", "Results", "Strength", "Study", "StudyError", "load", "open"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'study' has no attribute {name!r}. It offers: {', '.join(__all__)}.")
    return getattr(import_module(f"study.{_HOMES[name]}"), name)

"""A study file, read and checked: TOML in, frozen models out."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, InstanceOf, ValidationError, create_model

from study.design.architectures.tasks import Task
from study.design.budget import Frozen
from study.design.factors import TEXTBOOK, Factors
from study.design.own.code import places
from study.design.own.content import with_file, with_model
from study.design.own.factors import check_study, collect
from study.design.seeds import Seeds
from study.design.settings import ARCHITECTURES, OWN, Data, Experiment, KerasModel, OwnModel, experiment_of
from study.errors import StudyError, expected, shown, unknown

BUNDLED = Path(__file__).parent / "studies"
NAME = re.compile(r"[a-z0-9][a-z0-9_-]*")
KIND = re.compile(r"float|int|str|bool|tuple\[.*")
"""What pydantic calls the kinds that a value may be."""
CLAIMS = "claims"
"""Where the claims ledgers stand beside the experiments: in a study file and in the results."""
Ledger = Literal["textbook", "2026"]
ONE_OR_MORE = BeforeValidator(lambda given: (given,) if isinstance(given, str) else given)
ONCE = AfterValidator(lambda found: tuple(dict.fromkeys(found)))


class Claims(Frozen):
    """The claims ledgers: the `seeds` their mechanisms are repeated under; without any, there is none. `ledger`: whose
    sentences are answered, the `textbook`'s on the five, those published since, `2026`, or a list of both."""

    seeds: Seeds = ()
    ledger: Annotated[tuple[Ledger, ...], Field(strict=False, min_length=1), ONE_OR_MORE, ONCE] = ("textbook",)


Value = float | int | str | bool
Values = Annotated[tuple[Value, ...], Field(strict=False, min_length=2)]
Rates = Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(strict=False, min_length=2)]
Row = Annotated[tuple[Value, ...], Field(strict=False)]
Share = Annotated[float, Field(gt=0, le=1)]
Lists = Annotated[tuple[Row, ...], Field(strict=False, min_length=1)]


class Sweep(Frozen):
    """One setting of an experiment varied over `values`, for chosen arms.

    `setting`: dotted, such as `strengths.dropout.rate` or `data.train`. `also`: other settings that differ from the
    experiment's, each one value, or a list with one for each of `values`; a setting that is itself a list stands in one
    more pair of brackets. `labels`: what readers call the universes that its values are, one for each; setting and
    value by default. `arms`: every arm by default. `seeds`: the experiment's by default.
    """

    title: str
    question: str
    experiment: str
    setting: str
    values: Annotated[tuple[Value | Row, ...], Field(strict=False, min_length=2)]
    also: dict[str, Value | Values | Lists] = {}
    labels: Annotated[tuple[str, ...], Field(strict=False)] = ()
    arms: Annotated[tuple[str, ...], Field(strict=False)] = ()
    seeds: Seeds = ()


class Tuning(Frozen):
    """How strengths are chosen: the `values` tried for each factor's dial, and the `seeds` of the trainings, under
    which nothing else of the study is trained. A factor without values is not tuned. `beside`: factors that are on in
    those trainings, too. `learning_rates`: those tried on `beside` and on *all*. `budget`: their epochs, a share of the
    experiment's own; `budgets`: the shares of single experiments, by name, where they differ. `held`: settings, dotted,
    that the trainings of an experiment keep whatever it has itself: what it had then; `study tune` writes them.
    `tried`: what is tried on single experiments, by name and then factor or `learning-rate`, where it differs. `kept`:
    why the study keeps values of its own where others were chosen, as a sentence that the report says."""

    seeds: Seeds = ()
    values: dict[str, Values] = {}
    beside: Annotated[tuple[str, ...], Field(strict=False)] = ()
    learning_rates: Rates = ()
    budget: Share = 1.0
    budgets: dict[str, Share] = {}
    held: dict[str, dict[str, Value]] = {}
    tried: dict[str, dict[str, Values]] = {}
    kept: str = ""

    def share(self, experiment: str) -> float:
        """Return which share of an experiment's epochs its trainings have."""
        return self.budgets.get(experiment, self.budget)


class Study(Frozen):
    """A study file: experiments, and the `seeds` that each is repeated under unless it has its own.

    `equivalence`: half-width, in percentage points of accuracy, of the band within which an effect is called *no
    effect*. `file`: where the study was read from; None if it is bundled. `factors`: the five, and after them those
    that the file names as `package.module:Factor`. `design`: all arms, or a fraction of them. `beside`: the factors
    beside which its question asks what the others are worth; the page of a fraction shows it.
    """

    filled = frozenset({"name", "file"})

    name: str = ""
    file: Path | None = Field(default=None, exclude=True)
    title: str
    seeds: Seeds
    factors: InstanceOf[Factors] = TEXTBOOK
    design: Literal["full", "fractional"] = "full"
    beside: Annotated[tuple[str, ...], Field(strict=False, max_length=2), ONCE] = ()
    equivalence: Annotated[float, Field(gt=0)] = 0.5
    claims: Claims = Claims()
    tuning: Tuning = Tuning()
    experiments: dict[str, Experiment] = Field(alias="experiment", min_length=1)
    sweeps: dict[str, Sweep] = Field(alias="sweep", default={})

    @property
    def of_models(self) -> bool:
        """Whether a network of it is a user's Keras model as it is."""
        return any(isinstance(each.model, KerasModel) for each in self.experiments.values())

    @property
    def task(self) -> Task:
        """What all its networks are asked to do, and by what they are judged."""
        return next(iter(self.experiments.values())).model.judged

    def experiment(self, name: str) -> Experiment:
        """Return the experiment of that name; `StudyError` lists the names if there is none."""
        if name not in self.experiments:
            raise unknown("experiment", name, self.experiments)
        return self.experiments[name]

    def seeds_of(self, name: str) -> tuple[int, ...]:
        """Return the seeds that the experiment of that name is repeated under."""
        return self.experiment(name).seeds or self.seeds


def bundled() -> list[str]:
    """Return the names of the studies that come with the package."""
    return sorted(path.stem for path in BUNDLED.glob("*.toml"))


def locate(name: str) -> Path:
    """Return the study file for a bundled name or a path; `StudyError` if there is none."""
    if name in bundled():
        return BUNDLED / f"{name}.toml"
    path = Path(name)
    if path.suffix == ".toml" and path.is_file():
        return path
    if path.suffix == ".toml":
        raise StudyError(
            f"Expected a study file. Received: {name!r}, which is not a file. Bundled studies: {', '.join(bundled())}."
        )
    raise unknown("study, or the path of a .toml file", name, bundled())


def load(name: str) -> Study:
    """Read and check a study.

    Args:
        name: a bundled study's name, or the path of a TOML file.

    Returns:
        The study, named after its file.

    Raises:
        StudyError: naming the file, every bad key, what it should be and what exists.
    """
    path = locate(name)
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise StudyError(f"{path}: Expected a readable UTF-8 text file. Received: {error}.") from None
    except (ValueError, RecursionError) as error:
        raise StudyError(f"{path}: Expected TOML. Received: {error}.") from None
    if not NAME.fullmatch(path.stem):
        raise StudyError(
            f"{path}: Expected a file name of lower-case letters, digits, '-' and '_' before "
            f".toml. Received: {path.stem!r}."
        )
    _refuse_filled(path, table)
    table = table | {"name": path.stem, "factors": _factors(path, table)}
    model = _model(table["factors"])
    try:
        study = model.model_validate(table, context=path.parent)
    except ValidationError as error:
        raise StudyError("\n".join(_explained(path, error.errors(), model))) from None
    check_study(study, path)
    experiments = {}
    for kind, key in [*(("experiment", key) for key in study.experiments), *(("sweep", key) for key in study.sweeps)]:
        if not NAME.fullmatch(key):
            raise StudyError(
                f"{path}: {kind}.{key}: Expected a name of lower-case letters, digits, '-' and '_'. Received: {key!r}."
            )
    for key, experiment in study.experiments.items():
        if key == CLAIMS:
            raise StudyError(
                f"{path}: experiment.{key}: Expected another name: {key!r} is the folder of the claims ledger. "
                f"Received: {key!r}."
            )
        if isinstance(experiment.model, (OwnModel, KerasModel)) and not experiment.model.exists:
            named = "name" if isinstance(experiment.model, OwnModel) else "build"
            raise StudyError(
                f"{path}: experiment.{key}.model.{named}: Expected a function in a module that can be imported, from "
                f"{places()}. Received: {getattr(experiment.model, named)!r}, whose module is not there."
            )
        data = with_file(experiment.data, path, key)
        kept = {"name": key, "data": data, "model": with_model(experiment.model, path, key)}
        experiments[key] = Experiment.model_construct(**dict(experiment) | kept)
    file = None if path.parent == BUNDLED else path.resolve()
    return Study.model_construct(**dict(study) | {"experiments": experiments, "file": file})


def _refuse_filled(path: Path, table: dict) -> None:
    """Refuse what is filled in when a study is read, wherever its file gives it."""
    given: list[tuple[tuple, type[Frozen], object]] = [((), Study, table)]
    experiments = table.get("experiment")
    for name, experiment in experiments.items() if isinstance(experiments, dict) else ():
        inner = experiment.get("data") if isinstance(experiment, dict) else None
        given += [(("experiment", name), Experiment, experiment), (("experiment", name, "data"), Data, inner)]
    for where, model, found in given:
        for key in sorted(model.filled & found.keys()) if isinstance(found, dict) else ():
            raise unknown("key", key, _keys(where, Study), where=f"{path}: {'.'.join((*where, key))}")


def _factors(path: Path, table: dict) -> Factors:
    """Return the factors of a study whose file holds a table."""
    named = table.get("factors", [])
    if not isinstance(named, list):
        raise StudyError(
            f"{path}: factors: Expected a list of factors beyond the five, each as package.module:Factor. Received: "
            f"{named!r}."
        )
    try:
        return collect(named, path.parent)
    except StudyError as error:
        raise StudyError("\n".join(f"{path}: {line}" for line in str(error).splitlines())) from None


def _model(factors: Factors) -> type[Study]:
    """Return the model by which a study with these factors is read."""
    if factors is TEXTBOOK:
        return Study
    kind = experiment_of(factors)
    return create_model("Study", __base__=Study, experiments=(dict[str, kind], Field(alias="experiment", min_length=1)))  # type: ignore[valid-type]


def _explained(path: Path, errors: Sequence[Any], model: type[BaseModel]) -> list[str]:
    """Say pydantic's findings the way every other error here is said, one a place."""
    found: dict[tuple[str, ...], str] = {}
    for error in errors:
        # Pydantic names the kind of model after the key `model`, and each kind that a value may be after the value's
        # place; the file has no such levels.
        loc = [part for number, part in enumerate(error["loc"]) if not (number == 3 and error["loc"][2] == "model")]
        end = next((number for number, part in enumerate(loc) if number and KIND.fullmatch(str(part))), None)
        where = tuple(map(str, loc[:end]))
        if end is not None:
            many = ", or a list of these" if "also" in where else ""
            error = error | {"msg": f"a number, a text, or true or false{many}", "type": "union"}
        found.setdefault(where, _explain(path, where, error, model))
    # A table without a name has no known keys, and a list counts its bad values as absent: the first says enough.
    return [text for place, text in found.items() if not any(_hides(other, place) for other in found)]


def _hides(other: tuple[str, ...], place: tuple[str, ...]) -> bool:
    deeper = len(other) > len(place) and other[: len(place)] == place
    return deeper or other != place and other[-2:] == ("model", "name") and other[:-1] == place[:-1]


def _explain(path: Path, where: tuple[str, ...], error: dict, model: type[BaseModel]) -> str:
    """Say one of pydantic's findings."""
    key = f"{path}: {'.'.join(where)}"
    if error["type"] == "extra_forbidden":
        return str(unknown("key", where[-1], _keys(error["loc"][:-1], model), where=key))
    if "unknown model" in error["msg"]:
        return str(unknown("model", error["input"], [*ARCHITECTURES, OWN], where=key))
    received = "nothing" if error["type"] == "missing" else shown(error["input"])
    return f"{key}: Expected {expected(error)}. Received: {received}."


def _keys(where: Sequence, study: type[BaseModel]) -> list[str]:
    """Return the keys that may stand in the table at the place `where` of a study, as pydantic gives it."""
    model = study
    place = list(where)
    while place:
        part = place.pop(0)
        if part == "experiment" and model is study:
            model = get_args(study.model_fields["experiments"].annotation)[1]
            place = place[1:]
        elif part == "sweep" and model is study:
            model = Sweep
            place = place[1:]
        elif part == "model" and issubclass(model, Experiment):
            model = ARCHITECTURES.get(place.pop(0), OwnModel)
        else:
            model = model.model_fields[part].annotation  # type: ignore[assignment]
    filled = model.filled if issubclass(model, Frozen) else ()
    return [field.alias or name for name, field in model.model_fields.items() if name not in filled]

"""A user's networks: a function that makes one of our layers, and a Keras model as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Container
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from study.design.architectures.builtin import Architecture
from study.design.architectures.tasks import COMPILED, TASKS, Task
from study.design.own import code
from study.design.own.further import ADDABLE
from study.errors import StudyError

OWN_MODEL = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")


def _importable(name: str) -> str:
    if not OWN_MODEL.fullmatch(name):
        raise ValueError(f"unknown model {name!r}")
    return name


def _storable(arguments: dict[str, Any]) -> dict[str, Any]:
    try:
        json.dumps(arguments, allow_nan=False)
    except (TypeError, ValueError):
        raise ValueError("expected finite numbers, texts, true or false, and lists and tables of these") from None
    return arguments


class OwnModel(Architecture):
    """A user's network, `package.module:function`; `arguments` are passed to the function."""

    name: Annotated[str, AfterValidator(_importable)]
    arguments: Annotated[dict[str, Any], AfterValidator(_storable)] = {}
    _places: tuple[str, ...] = ()
    _source: dict[str, str] | None = None

    def model_post_init(self, context: Path | None) -> None:
        """Fill in where the module may lie, as the process that trains may stand elsewhere, and what its source is.

        `context`: the study file's folder.
        """
        code.look_around(context)
        self._places, self._source = tuple(code.PLACES), code.source(self.name.partition(":")[0])

    @property
    def exists(self) -> bool:
        """Whether the module was found."""
        return self._source is not None

    def settings(self, arm: Container[str]) -> dict:
        """Return what decides the network of an arm: the source of the function is part of it."""
        return self.model_dump() | {"source": self._source}

    def function(self) -> Callable:
        """Import the function: it is called as `function(inputs, classes, layers, **arguments)` with a symbolic Keras
        tensor, the number of classes and a `study.training.networks.Layers`, and returns the logits.

        Raises:
            StudyError: if there is no such module or function.
        """
        code.look_in(self._places)
        found = code.find("model", self.name, "a function")
        if not callable(found):
            raise StudyError(f"model {self.name!r}: Expected a function. Received: {type(found).__name__}.")
        return found


class KerasModel(Architecture):
    """A Keras model as it is, with its optimizer, loss and callbacks.

    `build`: `package.module:function` that returns it compiled, or the path of a `.keras` file relative to the study
    file. `callbacks`: `package.module:function` that returns its other callbacks, fresh. `add`: factors that are put in
    where the model has them not, with the experiment's strengths: dropout after every hidden activation, batch norm
    before it, L2 on every kernel, augmentation after the inputs. What the model has itself is on as it is there.
    `task`: what it is asked to do. `metric`: one of its compiled metrics, which then decides in place of accuracy or
    R².
    """

    filled = frozenset({"file", "digest"})

    name: Literal["keras"]
    build: str
    callbacks: Annotated[str, AfterValidator(_importable)] | None = None
    add: Annotated[tuple[Literal[ADDABLE], ...], Field(strict=False)] = ()  # type: ignore[valid-type]
    task: Literal[tuple(TASKS)] = "classification"  # type: ignore[valid-type]
    metric: Literal[tuple(COMPILED)] | None = None  # type: ignore[valid-type]
    file: Path | None = Field(default=None, exclude=True)
    digest: str | None = None
    _places: tuple[str, ...] = ()
    _source: dict[str, str] | None = None

    def model_post_init(self, context: Path | None) -> None:
        """Fill in where modules may lie, and what their source is; `context`: the study file's folder."""
        code.look_around(context)
        found: dict[str, str] = {}
        for path in filter(OWN_MODEL.fullmatch, (self.build, self.callbacks or "")):
            found |= code.source(path.partition(":")[0]) or {}
        self._places, self._source = tuple(code.PLACES), found

    @property
    def judged(self) -> Task:
        """The model's task, in which its metric decides if one is named."""
        return TASKS[self.task].judged_by(self.metric)

    @property
    def saved(self) -> bool:
        """Whether the model lies in a file."""
        return self.build.endswith(".keras")

    @property
    def exists(self) -> bool:
        """Whether every module was found."""
        named = [path for path in (self.build, self.callbacks) if path and not path.endswith(".keras")]
        return all(OWN_MODEL.fullmatch(path) and code.source(path.partition(":")[0]) for path in named)

    def settings(self, arm: Container[str]) -> dict:
        """Return what decides the network of an arm: the source of what builds it, and what is added in the arm."""
        kept = self.model_dump(exclude={"file", "digest", *({"build"} if self.saved else ())}, exclude_none=True)
        kept["add"] = [name for name in self.add if name in arm]
        if self.task == "classification":
            del kept["task"]  # as it was before there was another
        return kept | ({"content": self.digest} if self.saved else {"source": self._source})

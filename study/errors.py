"""The one exception for input that a user can mend."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping


class StudyError(Exception):
    """Wrong input: the message says what was expected, what was received and what exists.

    The command line prints the message without a traceback and exits with status 2.
    """


class ReportError(Exception):
    """The report could not be made from good input; the command line exits with status 1."""


def unknown(kind: str, received: object, exist: Iterable[str], where: str = "") -> StudyError:
    """Return the error for a name that does not exist.

    Args:
        kind: what the name should name, such as `"arm"`.
        received: the name as the user gave it.
        exist: the names that exist.
        where: file and key the name stands in; empty on the command line.

    Returns:
        A `StudyError` that lists the names and suggests the closest one.
    """
    names = list(exist)
    close = difflib.get_close_matches(str(received), names, n=1)
    hint = f" Did you mean {close[0]!r}?" if close else ""
    place = f"{where}: " if where else ""
    listed = ", ".join(names) if names else "none"
    return StudyError(
        f"{place}Expected the name of a known {kind}. Received: {received!r}.{hint} These exist: {listed}."
    )


KINDS = {
    "integer": "an integer", "number": "a number", "string": "a text", "boolean": "true or false", "tuple": "a list",
    "list": "a list", "dictionary": "a table",
}  # fmt: skip
"""What pydantic calls a kind of value, and what it is called in a study file."""


def expected(finding: Mapping) -> str:
    """Return what was expected where pydantic found something wrong, to follow "Expected ": `a number less than 1`.

    Args:
        finding: one of a `ValidationError`'s `errors()`.
    """
    message = finding["msg"].removeprefix("Value error, ").removeprefix("expected ")
    if finding["type"] == "missing":
        return "a value for this key"
    if finding["type"] in ("too_short", "too_long"):
        limits = finding["ctx"]
        kind = KINDS[limits["field_type"].lower()]
        number = f"{limits['min_length']} or more" if "min_length" in limits else f"at most {limits['max_length']}"
        return f"{kind} of length {number}"
    if kind := re.match(r"Input should be a valid (\w+)", message):
        return KINDS.get(kind[1], f"a valid {kind[1]}")
    return re.sub(r"^Input should be (?=greater|less)", "a number ", message).removeprefix("Input should be ")


def shown(value: object) -> str:
    """Return a value as a message quotes it: as Python writes it, the middle of a long one left out."""
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:50]} … {text[-20:]}"

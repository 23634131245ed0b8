"""The one exception for input that a user can mend."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


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

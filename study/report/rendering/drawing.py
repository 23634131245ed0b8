"""Matplotlib's SVG, made small: one page holds a hundred drawings, and their bytes are most of it."""

from __future__ import annotations

import re
from collections.abc import Iterator

HUNDREDTHS = 100
"""Parts of a unit, a point, that coordinates are kept to."""
LONG = 60
"""Commands from which on a path, a curve of data then and no letter or mark, is kept to tenths."""
SIGNATURE = '<g id="figure_1">'
OUTSIDE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
PATH = re.compile(r' d="([^"]*)"')
STEP = re.compile(r"([A-Za-z])([^A-Za-z]*)")
USE = re.compile(
    r'<use xlink:href="([^"]+)"(?: transform="translate\((\S+) (\S+)\)")?(?: x="([^"]*)")?(?: y="([^"]*)")?'
)
DEFINED, NAMED = re.compile(r' id="([^"]*)"'), re.compile(r'url\(#([^)]*)\)|href="#([^"]*)"')
GROUP = re.compile(r"<g>|<g [^>]*(?<!/)>|</g>")
LENGTHS = {"M": 2, "L": 2, "Q": 4, "C": 6, "Z": 0}
"""Path commands that Matplotlib writes, and how many numbers each takes."""


def compact(svg: str) -> str:
    """Return a drawing with fewer bytes that looks the same: no mark moves by more than 0.01 points, no curve by 0.1.

    Comments, metadata, groups without attributes and ids that nothing names go; coordinates are kept to hundredths
    and written relative to the point before. A drawing that is not Matplotlib's is returned as it is: in it, a
    transform could magnify what rounding cuts off. Attributes come out in single quotes, which an address within
    HTML can hold as they are.

    Args:
        svg: the drawing's text.

    Raises:
        ValueError: if a path has a command that Matplotlib does not write.
    """
    if SIGNATURE not in svg:
        return svg
    text = OUTSIDE.sub("", svg).strip()
    text = PATH.sub(lambda match: f' d="{_path(match[1])}"', text)
    text = USE.sub(_use, text)
    text = re.sub(r'(?<= style=")[^"]*', lambda match: re.sub(r"([:;,]) ", r"\1", match[0]), text)
    text = _short_ids(text).replace(" xlink:href=", " href=")
    text = re.sub(r"<g/>|<defs/>", "", re.sub(r">\s+<", "><", text))
    text = _without_bare_groups(text)
    return text if "'" in text else text.replace('"', "'")


def _path(data: str) -> str:
    """Return path data in relative commands; a point never drifts, for steps are between rounded places."""
    steps, here, start, last = [], (0, 0), (0, 0), ""
    coarse = -1 if len(STEP.findall(data)) > LONG and "Q" not in data else 0
    for command, exact in _commands(data):
        places = [(round(x, coarse), round(y, coarse)) for x, y in exact]
        if command == "Z":
            here, letter = start, "z"
            step = ""
        else:
            letter = command.lower() if steps else command
            base = here if steps else (0, 0)
            step = "".join(_joined([p[k] - base[k] for p in places for k in (0, 1)]))
            here = places[-1]
            start = here if command == "M" else start
        repeats = letter == last and letter not in "Mmz"
        steps.append((" " if repeats and step[:1] not in ("-", "") else "") + step if repeats else letter + step)
        last = letter
    return "".join(steps)


def _commands(data: str) -> Iterator[tuple[str, list[tuple[int, int]]]]:
    """Yield each command in capitals with its places, in hundredths."""
    for match in STEP.finditer(data):
        command, numbers = match[1].upper(), [round(float(n) * HUNDREDTHS) for n in match[2].replace(",", " ").split()]
        length = LENGTHS.get(command)
        if length is None or match[1].islower() and command != "Z" or len(numbers) != length:
            raise ValueError(
                f"Expected a path of {', '.join(LENGTHS)} as Matplotlib writes it. Received: {match[0]!r}."
            )
        yield command, list(zip(numbers[::2], numbers[1::2], strict=True))


def _joined(hundredths: list[int]) -> Iterator[str]:
    for place, value in enumerate(hundredths):
        text = _number(value)
        yield text if place == 0 or text.startswith("-") else f" {text}"


def _number(hundredths: int) -> str:
    text = f"{hundredths / HUNDREDTHS:.2f}".rstrip("0").rstrip(".")
    return re.sub(r"^(-?)0(?=\.)", r"\1", text) if text not in ("-0", "") else "0"


def _use(match: re.Match) -> str:
    """Shorten a reference: `translate` and `x`, `y` mean the same in it."""
    name, *places = match.groups()
    x, y = (sum(float(p) for p in pair if p) for pair in (places[::2], places[1::2]))
    at = [f' {axis}="{_number(round(p * HUNDREDTHS))}"' for axis, p in (("x", x), ("y", y)) if round(p * HUNDREDTHS)]
    return f'<use xlink:href="{name}"{"".join(at)}'


def _short_ids(text: str) -> str:
    """Drop ids that nothing names and number the others."""
    names = dict.fromkeys(one or other for one, other in NAMED.findall(text))
    short = {name: f"i{number}" for number, name in enumerate(names)}
    text = DEFINED.sub(lambda match: f' id="{short[match[1]]}"' if match[1] in short else "", text)
    return NAMED.sub(lambda m: m[0].replace(f"#{m[1] or m[2]}", f"#{short[m[1] or m[2]]}"), text)


def _without_bare_groups(text: str) -> str:
    """Drop the tags of groups that have no attribute and so change nothing."""
    open_groups = []

    def kept(match: re.Match) -> str:
        if match[0] != "</g>":
            open_groups.append(match[0] != "<g>")
            return match[0] if open_groups[-1] else ""
        return match[0] if open_groups.pop() else ""

    return GROUP.sub(kept, text)

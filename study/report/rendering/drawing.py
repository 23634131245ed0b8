"""Matplotlib's SVG, made small: one page holds a hundred drawings, and their bytes are most of it."""

from __future__ import annotations

import re
from functools import partial

SIGNATURE = '<g id="figure_1">'
OUTSIDE = re.compile(r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>", re.DOTALL)
NAMED = re.compile(r'(?<=url\(#)[^)]*|(?<=href="#)[^"]*')
SHEET = re.compile(r'<defs>\s*<style type="text/css">\*\{(.*?)\}</style>\s*</defs>')
UPRIGHT = re.compile(r' transform="rotate\(-0 [^"]*"')
GROUP = re.compile(r"<g(?: [^>]*|/)?>|</g>")
RUN = re.compile(r'<use [^>]*? style="([^"]*)"/>(?:<use [^>]*? style="\1"/>)+')
FINE = re.compile(r"-?\d+\.\d{3,}")
INK = "#1a1a1a"
"""The colour of text in the study's style sheet, and of all that says no other."""
MADE = re.compile(r'<path id="([^"]*)" [^>]*?style="([^"]*)"/>')
USED = re.compile(r'(<use xlink:href="#([^"]*)"[^>]*?) style="([^"]*)"/>')
LONG = 60
"""Commands from which on a path, a curve of data then and no mark or letter, is kept to tenths of a point."""


def compact(svg: str) -> str:
    """Return a drawing with fewer bytes that looks the same: no mark moves by more than 0.01 points, no curve by 0.1.

    Comments, metadata and ids that nothing names go; paths are kept to hundredths and written relative to the point
    before. A drawing that is not Matplotlib's is returned as it is: in it, a transform could magnify what rounding cuts
    off. Attributes come out in single quotes, which an address within HTML can hold.
    """
    if SIGNATURE not in svg:
        return svg
    text = OUTSIDE.sub("", svg).strip()
    text = re.sub(r'(?<= d=")[^"]*', lambda match: _path(match[0]), text)
    if sheet := SHEET.search(text):  # within a page it would reach all that is drawn there
        text = SHEET.sub("", text, 1).replace("<svg ", f'<svg style="{sheet[1]}; fill: {INK}" ', 1)
        text = re.sub(rf'(?<=<text style=")([^"]*?)(?:; )?fill: {INK}(?=")', r"\1", text)
    text = UPRIGHT.sub("", text)
    text = re.sub(r'(?<= transform=")[^"]*', lambda match: FINE.sub(_rounded, match[0]), text)
    text = re.sub(r'(?<= [xy]=")[\d.-]+', _rounded, text)
    text = re.sub(r'(?<= style=")[^"]*', lambda match: re.sub(r"([:;,]) ", r"\1", match[0]), text)
    text = USED.sub(partial(_used, dict(MADE.findall(text))), text)
    short = {name: f"i{number}" for number, name in enumerate(dict.fromkeys(NAMED.findall(text)))}
    text = re.sub(r' id="([^"]*)"', lambda match: f' id="{short[match[1]]}"' if match[1] in short else "", text)
    text = NAMED.sub(lambda match: short[match[0]], text).replace(" xlink:href=", " href=")
    text = RUN.sub(_run, _ungrouped(re.sub(r">\s+<", "><", text)))
    return text if "'" in text else text.replace('"', "'")


def _used(made: dict[str, str], match: re.Match) -> str:
    """Return the use of a mark without what the mark says of itself, which is what holds, or the whole drawing says."""
    own = {each.partition(":")[0] for each in made.get(match[2], "").split(";")}
    rest = [each for each in match[3].split(";") if each.partition(":")[0] not in own and each != f"fill:{INK}"]
    return match[1] + (f' style="{";".join(rest)}"' if rest else "") + "/>"


def _ungrouped(text: str) -> str:
    """Return a drawing without groups that say nothing."""
    kept: list[bool] = []

    def tag(match: re.Match) -> str:
        if match[0] == "</g>":
            return match[0] if kept.pop() else ""
        if match[0].endswith("/>"):
            return ""
        kept.append(match[0] != "<g>")
        return match[0] if kept[-1] else ""

    return GROUP.sub(tag, text)


def _run(match: re.Match) -> str:
    """Return a run of marks of one look as a group that says it once."""
    style = f' style="{match[1]}"'
    return f"<g{style}>{match[0].replace(style, '')}</g>"


def _path(data: str) -> str:
    """Return path data in relative commands; a point never drifts, for steps are between rounded places."""
    commands = re.findall(r"([A-Za-z])([^A-Za-z]*)", data)
    places = -1 if len(commands) > LONG and "Q" not in data else 0
    steps, here, start = [], [0, 0], [0, 0]
    for command, numbers in commands:
        if command not in "MLQCz":
            raise ValueError(
                f"Expected a path of M, L, Q, C, z as Matplotlib writes it. Received: {command + numbers!r}."
            )
        ends = [round(float(number) * 100, places) for number in numbers.split()]
        step = " ".join(_number(end - here[axis % 2]) for axis, end in enumerate(ends)).replace(" -", "-")
        steps.append((command.lower() if steps else command) + step)
        here = ends[-2:] or start
        start = here if command == "M" else start
    return "".join(steps)


def _rounded(match: re.Match) -> str:
    return _number(round(float(match[0]) * 100))


def _number(hundredths: float) -> str:
    return re.sub(r"^(-?)0\.", r"\1.", f"{hundredths / 100:g}")

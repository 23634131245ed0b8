"""Figures as a part of their page: a drawing whose text can be selected and searched, in the form that the screen has
room for, with its files beside it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html import escape, unescape
from itertools import count
from pathlib import Path

FIGURES = "figures"
"""The folder of the pages' drawings, named from the project's root, so that a figure is the same text on every page."""
IMAGE = re.compile(rf'<img\b[^>]*?\ssrc="(?P<url>[^"]*?{FIGURES}/(?P<name>[^"/]+)\.svg)"[^>]*>')
ALT = re.compile(r'\salt="([^"]*)"')
OWN_ID = re.compile(r"""(?<=\sid=['"])i(?=\d+['"])|(?<=#)i(?=\d+['")])""")
OTHER_ID = re.compile(r"""\sid=['"](?!i\d+['"])""")
STYLE = Path(__file__).with_suffix(".css").read_text(encoding="utf-8")
"""Which form a screen shows, the same whoever renders."""
FORMS = {"full": ".svg", "phone": ".phone.svg"}
"""Class of a form, by which the style sheets choose the one that is shown, and its file's ending."""


def drawn(html: str, project: Path, address: Callable[[str, Path], str]) -> str:
    """Return a page with its figures' drawings in the place of images.

    The form that is not displayed is neither read out nor searched. A drawing whose ids could be another's stays an
    image; those of `drawing.compact` are made unique on the page.

    Args:
        html: a page, or all pages in one.
        project: folder in which the drawings lie.
        address: returns a file's address, given the image's own and the file; empty for a file that is not offered.
    """
    numbers = count()

    def figure(match: re.Match) -> str:
        place = project / FIGURES / unescape(match["name"])
        forms = {form: place.with_name(place.name + ending) for form, ending in FORMS.items()}
        texts = {form: file.read_text(encoding="utf-8") for form, file in forms.items() if file.is_file()}
        if any(map(OTHER_ID.search, texts.values())):
            return match[0]
        alone = "" if len(texts) > 1 else " alone"
        label = ALT.search(match[0])[1]
        shown = "".join(
            OWN_ID.sub(f"d{next(numbers)}-", text).replace(
                "<svg ", f'<svg class="{form}{alone}" role="img" aria-label="{label}" ', 1
            )
            for form, text in texts.items()
        )
        files = [place.with_name(place.name + ending) for ending in (".svg", ".csv")]
        offered = {file: address(match["url"], file) for file in files if file.is_file()}
        links = "".join(_link(file, url) for file, url in offered.items() if url)
        return f'<span class="drawing">{shown}<span class="files">{links}</span></span>'

    text, found = IMAGE.subn(figure, html)
    return text.replace("</head>", f"<style>\n{STYLE}</style>\n</head>", 1) if found else text


def _link(file: Path, url: str) -> str:
    kind = file.suffix[1:].upper()
    return f'<a class="save" href="{url}" download="{escape(file.name)}" aria-label="This figure as {kind}">{kind}</a>'

"""Drawings made small: what goes, what stays, and that nothing moves."""

import io
import re

import pytest
from browser import browser
from matplotlib.figure import Figure

from study.exhibits import exhibit
from study.report.rendering.addresses import data_url
from study.report.rendering.drawing import compact

HEAD = '<svg xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 9 9">\n <g id="figure_1">\n'


def small(inner: str) -> str:
    return re.sub(r"^<svg[^>]*>|</svg>$", "", compact(f"{HEAD}{inner}\n </g>\n</svg>"))


@pytest.mark.parametrize("path, shorter", [
    ("M 10 20 \nL 30 20 \nL 30.004 5 \nz\n", "M10 20l20 0l0-15z"),
    ("M 0.5 0.25 \nL -0.5 0 \n", "M.5 .25l-1-.25"),
    ("M 1 1 \nQ 2 1 2 2 \nQ 2 3 1 3 \nz\nM 5 5 \nL 6 5 \n", "M1 1q1 0 1 1q0 1-1 1zm4 4l1 0"),
    ("M 0 0 \nC 1 0 2 1 2 2 \n", "M0 0c1 0 2 1 2 2"),
    # Thirds: each step is between rounded places, so that the last place is 1 again.
    ("M 0 0 \nL 0.333333 0 \nL 0.666667 0 \nL 1 0 \n", "M0 0l.33 0l.34 0l.33 0"),
])  # fmt: skip
def test_paths_are_relative_and_end_where_they_did(path, shorter):
    assert small(f'<path id="p" d="{path}" style="fill: none; stroke: #000000"/>') == (
        f"<path d='{shorter}' style='fill:none;stroke:#000000'/>"
    )


def test_a_long_curve_is_kept_to_tenths():
    curve = "M 0 0 \n" + "".join(f"L {k} {k * 1.01:.6f} \n" for k in range(1, 101))
    assert small(f'<path d="{curve}"/>').count("l1 1l1 1.1l1 1") == 10 and ".01" not in small(f'<path d="{curve}"/>')


def test_what_says_nothing_goes_and_what_is_named_stays():
    inner = (
        '<metadata>x</metadata><!-- words --><g id="text_1"><defs><path id="m13" d="M 0 0 \nL 1 0 \n"/></defs>'
        '<g transform="translate(1.234567 2)"><use xlink:href="#m13"/></g><g id="none"/></g>'
        '<text style="font-size: 9px" x="1.23456" y="-2" transform="rotate(-0 1.23456 -2)">5 % &lt; x</text>'
        '<g clip-path="url(#pabc)"><use xlink:href="#m13" x="3.456789" y="-2" style="fill: #fff"/></g>'
        '<defs><clipPath id="pabc"><rect x="1" y="2" width="3" height="4"/></clipPath></defs>'
    )
    assert small(inner) == (
        "<defs><path id='i0' d='M0 0l1 0'/></defs><g transform='translate(1.23 2)'><use href='#i0'/></g>"
        "<text style='font-size:9px' x='1.23' y='-2'>5 % &lt; x</text>"
        "<g clip-path='url(#i1)'><use href='#i0' x='3.46' y='-2' style='fill:#fff'/></g>"
        "<defs><clipPath id='i1'><rect x='1' y='2' width='3' height='4'/></clipPath></defs>"
    )


def test_marks_of_one_look_say_it_once_and_others_for_themselves():
    def marks(looks: str, said: str = ' style="fill: {}"') -> str:
        return "".join(f'<use xlink:href="#m" x="{x}" y="2"{said.format(look)}/>' for x, look in enumerate(looks))

    assert small(f'<path id="m" d="M 0 0 \n"/>{marks("rrg")}') == (
        "<path id='i0' d='M0 0'/><g style='fill:r'><use href='#i0' x='0' y='2'/><use href='#i0' x='1' y='2'/></g>"
        "<use href='#i0' x='2' y='2' style='fill:g'/>"
    )
    # A group that says something keeps its end, those around it that say nothing go with theirs.
    assert small('<g><g style="fill: r"><g><text>a</text></g></g></g>') == "<g style='fill:r'><text>a</text></g>"


def test_a_sheet_of_its_own_becomes_the_drawings_own_look():
    sheet = '<defs>\n  <style type="text/css">*{stroke-linejoin: round; stroke-linecap: butt}</style>\n </defs>'
    made = compact(f"{HEAD}{sheet}</g>\n</svg>")
    assert "<style" not in made and made.startswith(
        "<svg style='stroke-linejoin:round;stroke-linecap:butt;fill:#1a1a1a' "
    )


def test_a_drawing_by_another_program_stays_as_it_is():
    other = '<svg viewBox="0 0 1 1"><!-- a --><path d="M 0.001 0 L 0.002 1"/></svg>'
    assert compact(other) == other


def test_an_unknown_command_is_named():
    with pytest.raises(ValueError, match="Expected a path of M, L, Q, C, z.* Received: 'A 1 1"):
        small('<path d="M 0 0 A 1 1 0 0 0 2 2"/>')


@pytest.mark.parametrize("content, kind, expected", [
    (b"a,b\n1,2%\n", "text/csv", "data:text/csv;charset=utf-8,a,b%0A1,2%25%0A"),
    (b"<svg a='#b'>\"</svg>", "image/svg+xml", "data:image/svg+xml;charset=utf-8,%3Csvg a='%23b'%3E%22%3C/svg%3E"),
    (b"\x00\xff", "image/png", "data:image/png;base64,AP8="),
])  # fmt: skip
def test_addresses(content, kind, expected):
    assert data_url(content, kind) == expected


def test_a_browser_draws_the_small_one_as_the_other():
    import numpy as np
    from PIL import Image

    with exhibit.style():
        figure = Figure(figsize=(5, 3))
        axes = figure.subplots()
        axes.plot([(k * 37 % 101) / 10 for k in range(150)], "o-", ms=3, lw=0.8)
        axes.fill_between(range(150), 2, [3 + k % 7 for k in range(150)], alpha=0.3)
        axes.imshow([[0, 1], [2, 3]], extent=(20, 60, 8, 10), aspect="auto")
        axes.set_title(r"Quoted 'words', Ümläute and $\lambda^2$")
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    large = text.getvalue()
    little = compact(large)
    assert len(little) < 0.75 * len(large) and re.sub(r"\s", "", little) != re.sub(r"\s", "", large)
    with browser() as running:
        page = running.new_page(viewport={"width": 520, "height": 320})

        def drawn(svg: str) -> np.ndarray:
            page.set_content(f'<img src="{data_url(svg.encode(), "image/svg+xml")}" alt="">')
            page.wait_for_function("document.images[0].complete && document.images[0].naturalWidth > 0")
            return np.asarray(Image.open(io.BytesIO(page.screenshot())).convert("L"), dtype=float)

        whole, blank = drawn(large), drawn('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
        # Moved by a tenth of a point, an edge changes its grey a little; a mark that is lost changes it wholly.
        assert np.abs(drawn(little) - whole).max() < 64 and np.abs(blank - whole).max() > 200

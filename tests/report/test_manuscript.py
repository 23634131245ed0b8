"""Plain pages: names that stand for something, figures of other pages, and what notebooks show."""

from __future__ import annotations

import pytest
from nbformat import v4
from quarto_site import SVG, cell, figure, table, write_page

from study.errors import ReportError
from study.report.manuscript import embedded, filled, written_out


def test_names_are_filled_wherever_they_stand():
    text = "a {{< var study.seeds >}}, `{{< var study.seeds >}}`\n\n{{< include _answers.md >}}\n"
    names = {"study.seeds": "6", "_answers.md": "- One.\n- Two."}
    assert filled("index.qmd", text, names) == "a 6, `6`\n\n- One.\n- Two.\n"


@pytest.mark.parametrize("code", ["{{< var study.sead >}}", "{{< include study.sead >}}"])
def test_a_name_that_stands_for_nothing_is_named_with_its_page_and_what_exists(code):
    with pytest.raises(ReportError, match=r"index.qmd: .*'study.sead'. These exist: study.seeds, _answers.md."):
        filled("index.qmd", f"Text {code}", {"study.seeds": "6", "_answers.md": ""})


def test_a_figure_is_embedded_whole_with_its_source(tmp_path):
    write_page(
        tmp_path, "experiments/a.qmd", 'A "B"', figure("fig-x", "All [of] it.", "One dot"), figure("fig-xy", "c", "d")
    )
    assert embedded(tmp_path, "index.qmd", "Before.\n\n{{< embed experiments/a.qmd#fig-x >}}\n") == (
        'Before.\n\n![All [of] it. [Source: [A "B"](/experiments/a.qmd#fig-x)]{.source}]'
        '(/figures/experiments-a-0.svg){#fig-x fig-alt="One dot"}\n'
    )


@pytest.mark.parametrize("target, exist", [("a.qmd#fig-no", "fig-x"), ("b.qmd#fig-x", "none")])
def test_a_figure_that_is_not_there_is_an_error(tmp_path, target, exist):
    write_page(tmp_path, "a.qmd", "A", figure("fig-x", "c", "d"))
    with pytest.raises(ReportError, match=rf"index.qmd: Expected a figure .* These exist: {exist}\."):
        embedded(tmp_path, "index.qmd", f"{{{{< embed {target} >}}}}")


def test_a_notebook_is_written_out():
    cells = [
        v4.new_raw_cell("---\ntitle: Old\n---"),
        cell("#| include: false\nx", {"text/plain": "1"}),
        v4.new_markdown_cell("## Words"),
        figure("fig-one", "A caption,\n95\u00a0% wide.", 'Said "so" \\ here'),
        table("tbl-one", "| a |\n|:--|\n| 1 |", "Numbers."),
        cell("words()", {"text/markdown": "Prose."}),
        v4.new_code_cell("print()", outputs=[v4.new_output("stream", text="x")]),
    ]
    made = v4.new_notebook(cells=cells)
    text, drawings = written_out(made, "experiments/a.qmd", 'The "title": new', "-a")
    assert text == (
        '---\ntitle: "The \\"title\\": new"\n---\n\n## Words\n\n'
        '![A caption, 95\u00a0% wide.](/figures/experiments-a-3.svg){#fig-one-a fig-alt="Said \\"so\\" \\\\ here"}\n\n'
        "| a |\n|:--|\n| 1 |\n\n: Numbers. {#tbl-one-a}\n\nProse.\n"
    )
    assert drawings == {"figures/experiments-a-3.svg": SVG.format("fig-one")}


def test_a_figures_title_is_text_above_it():
    shown = figure("fig-one", "A caption.", "A dot")
    shown.outputs[0].metadata["image/svg+xml"]["title"] = "λ*2 helps; [L2] does\nnot"
    text, _ = written_out(v4.new_notebook(cells=[shown]), "a.qmd", "A")
    assert "::: {.figure-title}\nλ\\*2 helps; \\[L2\\] does not\n:::\n\n![A caption.](" in text


def test_a_cell_that_shows_prose_has_no_label():
    made = v4.new_notebook(cells=[cell("#| label: fig-one\nx", {"text/markdown": "Words instead."})])
    assert written_out(made, "a.qmd", "A")[0].endswith("---\n\nWords instead.\n")


def test_a_cell_that_shows_neither_an_exhibit_nor_prose_is_an_error():
    made = v4.new_notebook(cells=[cell("1", {"text/plain": "1"})])
    with pytest.raises(ReportError, match=r"a.qmd, cell 0: Expected an exhibit or prose. Received: .*'1'"):
        written_out(made, "a.qmd", "A")

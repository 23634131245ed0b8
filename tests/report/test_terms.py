"""The glossary: its page, and the filter that marks the first use of each term on every other page."""

import re
import shutil

import pytest
from conftest import write_tiny
from quarto_site import parse, write_site

from study.design import studyfile
from study.report import methods
from study.report.build import SOURCES
from study.report.rendering import pandoc

GLOSSARY = """\
---
title: Glossary
---

[Arm]{#word-arm forms="arms|arm"}
:   One *combination*, such as [none]{.x}.

[Effect]{#word-effect forms="effects|effect"}
:   A difference.

[Main effect]{#word-main forms="main effects|main effect"}
:   An average.
"""
PAGE = """\
---
title: An arm of effects
---

## Every arm and effect

The [arm](index.qmd) `arm` (Main
effects). More arms, an *arm*.

| arm | effect |
|:--|--:|
| arm | effect |

: An arm, an effect. {#tbl-x}

::: {.figure-title}
The effect of an arm
:::

- An alarm has an effect: effects.
"""


@pytest.fixture(scope="module")
def html(tmp_path_factory):
    site = write_site(tmp_path_factory.mktemp("terms") / "site")
    shutil.copy(SOURCES / "terms.lua", site)
    (site / "glossary.qmd").write_text(GLOSSARY)
    (site / "methods.qmd").write_text(PAGE)
    (site / "index.qmd").write_text("---\ntitle: One\n---\n\nHere are [no words](methods.qmd).\n")
    config = (site / "_quarto.yml").read_text().replace("methods.qmd]", "methods.qmd, glossary.qmd]")
    (site / "_quarto.yml").write_text(config + "filters: [{path: terms.lua, at: pre-ast}]\n")
    return parse(pandoc.render(site, site.parent / "out"))


def page(html, slug):
    return html.one("main").one("section", id=slug)


def test_the_first_use_of_a_term_in_prose_leads_to_its_definition_and_brings_it(html):
    found = [(link.text(), link["href"], link["data-says"]) for link in page(html, "methods").all("a", class_="term")]
    assert found == [
        ("Main effects", "#glossary--word-main", "Main effect: An average."),
        ("arms", "#glossary--word-arm", "Arm: One combination, such as none."),
        ("effect", "#glossary--word-effect", "Effect: A difference."),
    ]


def test_what_closes_a_word_stays_and_nothing_else_changes(html):
    words = page(html, "methods").text()
    assert "(Main effects). More arms, an arm." in words and "An alarm has an effect: effects." in words


def test_the_glossary_itself_and_a_page_without_terms_are_left_alone(html):
    assert not page(html, "index").all(class_="term") and not page(html, "glossary").all(class_="term")
    term = page(html, "glossary").one("span", id="glossary--word-arm")
    assert term.text() == "Arm" and set(term.attributes) == {"id"}


def test_every_term_of_the_report_has_an_id_forms_of_its_own_and_one_paragraph():
    files = (SOURCES / "glossary.qmd", SOURCES / "words" / "terms-fractional.md")
    text = "\n".join(file.read_text(encoding="utf-8") for file in files)
    terms = re.findall(r'(?m)^\[(.+)\]\{#word-([a-z]+) forms="([^"]+)"\}\n:   .+[.:]\n?$', text)
    assert len(terms) == text.count("\n:   ") >= 20
    ids, forms = [each[1] for each in terms], [form for each in terms for form in each[2].lower().split("|")]
    assert len(set(ids)) == len(ids) and len(set(forms)) == len(forms)


def test_a_fraction_has_terms_of_its_own(tmp_path):
    head = 'factors = ["study.training.regularizers.max_norm:MaxNorm"]\ndesign = "fractional"\n'
    file = write_tiny(tmp_path)
    assert methods.fraction_terms(studyfile.load(str(file))) == "\n"
    file.write_text(head + file.read_text())
    said = methods.fraction_terms(studyfile.load(str(file)))
    assert "[Resolution V]{#word-resolution" in said and "{{" not in said

"""The report on paper: read back, by either printer; refused before any training where there is none."""

import os
import re
import shutil
import sys

import pytest
from conftest import study

from study.errors import ReportError, StudyError
from study.report import build
from study.report.rendering import chromium, pdf

QUARTO = """#!{python}
import os, sys, pypandoc
if sys.argv[1] == "pandoc":
    os.execv(pypandoc.get_pandoc_path(), ["pandoc", *sys.argv[2:]])
assert sys.argv[1:3] == ["typst", "compile"], sys.argv
open("compiled", "w").write(open(sys.argv[3]).read())
open(sys.argv[4], "wb").write(b"%PDF-made")
"""


def pages_of(file) -> list[str]:
    pypdf = pytest.importorskip("pypdf", reason="pypdf is not installed: make setup")
    read = pypdf.PdfReader(file)
    width, height = (float(side) for side in read.pages[0].mediabox[2:])
    assert abs(width - 595) < 2 and abs(height - 842) < 2  # A4 in points
    return [" ".join(page.extract_text().split()) for page in read.pages]


@pytest.fixture
def path(tmp_path, monkeypatch):
    """An empty folder that is the whole PATH."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def test_neither_printer_is_refused_before_any_training(tmp_path, path):
    with pytest.raises(
        StudyError, match="--pdf: Expected `quarto` or Chromium on the PATH. Received: neither. To get one"
    ):
        build.check_options("auto", "some", pdf=True)
    build.check_options("auto", "some")
    (tmp_path / "tiny.toml").write_text('title = "T"\nseeds = "0"\n[experiment.a]\ntitle = "A"\n')
    ran = study("report", "quick", "--results", tmp_path / "results", "--pdf", env={"PATH": str(path)})
    assert ran.returncode == 2 and "chromium" in ran.stderr and "Traceback" not in ran.stderr
    assert not (tmp_path / "results").exists()


def test_a_place_for_the_single_page_that_is_a_folder_is_refused(tmp_path):
    ran = study("report", "quick", "--results", tmp_path / "results", "--single", tmp_path)
    assert ran.returncode == 2 and "--single: Expected a file" in ran.stderr
    assert not (tmp_path / "results").exists()


def test_a_browser_that_fails_is_told(tmp_path, path):
    (path / "chromium").write_text(f"#!{sys.executable}\nimport sys\nsys.exit('no display')\n")
    (path / "chromium").chmod(0o755)
    with pytest.raises(ReportError, match="status 1: no display"):
        chromium.print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")


@pytest.fixture(scope="module")
def project(trained, tmp_path_factory):
    """The tiny study's project, with its notebooks executed."""
    folder = tmp_path_factory.mktemp("paper")
    shutil.copytree(trained / "results", folder / "results", ignore=shutil.ignore_patterns(".*"))
    words = (
        "report",
        trained / "tiny.toml",
        "--results",
        folder / "results",
        "--renderer",
        "pandoc",
        "--arm-pages",
        "none",
    )
    ran = study(*words, *(["--pdf"] if chromium.find() else []))
    assert ran.returncode == 0, ran.stderr
    return folder / "results"


def test_chromium_prints_the_short_version_each_page_from_a_new_sheet(project):
    if not chromium.find():
        pytest.skip("Chromium is not on the PATH: `make browser` installs Debian's")
    if shutil.which("quarto"):
        pytest.skip("Quarto is here and makes the PDF")
    pages = pages_of(project / "report" / "report.pdf")
    # The sheet's number is read first.
    assert len(pages) >= 6 and pages[0].startswith("1 On paper: the answer") and "Contents" not in pages[0]
    begins = [
        title
        for page in pages
        for title in ("Scans", "Methods", "Against", "Reproduce")
        if re.match(rf"\d+ {title} ", page)
    ]
    assert begins == ["Scans", "Methods"]
    assert "Glossary" in " ".join(pages) and "Every arm as a table" not in " ".join(pages)


def test_typst_gets_the_short_version_without_navigation_and_every_link_a_target(project, tmp_path, path):
    (path / "quarto").write_text(QUARTO.format(python=sys.executable))
    (path / "quarto").chmod(0o755)
    made = pdf.render(project / ".report", tmp_path / "made" / "report.pdf")
    assert made.read_bytes() == b"%PDF-made"
    source = (project / ".report" / ".paper" / "compiled").read_text()
    titles = re.findall(r"^= (.+)$", source, re.MULTILINE)
    assert "Mean effect, points of accuracy" in source and "nats of NLL" not in source and "Copy link" not in source
    assert (
        titles == ["What regularizes?", "Scans", "Methods", "Glossary"]
        and "Skip to content" not in source
        and "Every arm as a table" not in source
    )
    targets = set(re.findall(r"#link\(<([^>]+)>\)", source))
    assert len(targets) > 10 and all(re.search(rf"(?<!link\()<{re.escape(name)}>", source) for name in targets)
    images = re.findall(r'image\("([^"]+)"', source)
    assert images and all((project / ".report" / ".paper" / name).is_file() for name in images)


def test_where_quarto_fails_chromium_prints_and_says_so(project, tmp_path, path, capfd):
    (path / "quarto").write_text(f"#!{sys.executable}\nimport sys\nsys.exit('too old')\n")
    (path / "quarto").chmod(0o755)
    with pytest.raises(ReportError, match="quarto pandoc --from=html|quarto pandoc .* status 1:\ntoo old"):
        pdf.render(project / ".report", tmp_path / "report.pdf")
    (path / "chromium").write_text(
        f"#!{sys.executable}\nimport sys\n"
        "file = next(word for word in sys.argv if word.startswith('--print-to-pdf=')).partition('=')[2]\n"
        "open(file, 'w').write('printed')\n"
    )
    (path / "chromium").chmod(0o755)
    assert pdf.render(project / ".report", tmp_path / "report.pdf").read_text() == "printed"
    assert "too old\n\nThe PDF is printed by Chromium instead." in capfd.readouterr().err


def test_typst_compiles_it(project, tmp_path, path, monkeypatch):
    pytest.importorskip("typst", reason="typst, which stands for the one in Quarto, is not installed; nothing needs it")
    text = QUARTO.replace(
        'open("compiled"', 'import typst; typst.compile(sys.argv[3], output=sys.argv[4]); sys.exit()\nopen("compiled"'
    )
    (path / "quarto").write_text(text.format(python=sys.executable))
    (path / "quarto").chmod(0o755)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
    pages = pages_of(pdf.render(project / ".report", tmp_path / "report.pdf"))
    assert len(pages) >= 6 and pages[0].startswith("What regularizes?")

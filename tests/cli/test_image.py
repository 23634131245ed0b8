"""The image, built here and run without a network: what it says, renders, trains and leaves behind."""

import json
import os
import re
from pathlib import Path

import pytest
from conftest import write_tiny
from container_image import ARGUMENTS, ROOT, SUITE, Image, Missing, hosts, new_store, require_tools

from study import __version__

pytestmark = pytest.mark.image

USERS = ["0:0", "12345:23456"]
"""The superuser, and someone without an entry in the image's passwd."""

OFFLINE = """
title = "Offline"
seeds = "0"

[experiment.clothes]
title = "Clothes"
question = "Is Fashion-MNIST there without a network?"
data = {{ name = "{name}", train = 40, validation = 40, test = 100 }}
model = {{ name = "mlp", widths = [8] }}
training = {{ epochs = 2, batch = 20, learning_rate = 0.01 }}
"""


INTERRUPT = """
import glob, signal, subprocess, sys, time
begun = subprocess.Popen(sys.argv[1:])
while begun.poll() is None and not glob.glob("results/tiny/scans/*.jsonl"):
    time.sleep(0.1)
begun.send_signal(signal.SIGINT)
sys.exit(begun.wait())
"""
"""What a user does who presses Ctrl-C once the first cell is there."""


@pytest.fixture(scope="module")
def image(request):
    """The image, with one container; kept in the folder that `IMAGE_STORE` names, and taken from there, if it names
    one."""
    try:
        require_tools()
    except Missing as error:
        pytest.skip(f"the image is not built here: {error}")
    capture = request.config.pluginmanager.getplugin("capturemanager")

    def say(text):
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", flush=True)

    kept = os.environ.get("IMAGE_STORE")
    made = Image(Path(kept) if kept else new_store(), say)
    try:
        try:
            made.build()
        except Missing as error:
            pytest.skip(f"the image is not built here: {error}")
        say(f"image: {made.size() / 2**20:,.0f} MiB")
        yield made
    finally:
        made.buildah("rm", "--all")
        if not kept:
            made.remove()


unknown = pytest.mark.parametrize("user", USERS[1:], indirect=True)
"""For what takes minutes: the user for whom most can go wrong."""


@pytest.fixture(params=USERS)
def user(request) -> str:
    return request.param


@pytest.fixture
def work(tmp_path, user) -> Path:
    """A folder of the user's own, as one would mount it."""
    folder = tmp_path / "work"
    folder.mkdir()
    os.chown(folder, *map(int, user.split(":")))
    return folder


@pytest.fixture
def anyones(tmp_path) -> Path:
    """A folder that anyone may write."""
    folder = tmp_path / "anyones"
    folder.mkdir()
    folder.chmod(0o1777)
    return folder


def owners(folder: Path) -> set[str]:
    return {f"{path.lstat().st_uid}:{path.lstat().st_gid}" for path in folder.rglob("*")}


def records(folder: Path) -> dict[tuple, list[dict]]:
    """Return the lines of a study's results by experiment and arm."""
    return {
        (file.parent.name, file.stem): [json.loads(line) for line in file.read_text().splitlines()]
        for file in folder.glob("*/*.jsonl")
    }


def test_the_configuration_says_what_it_is(image):
    found = image.described()["config"]
    labels = {key.removeprefix("org.opencontainers.image."): value for key, value in found["Labels"].items()}
    assert labels["version"] == __version__ and labels["licenses"] == "MIT"
    assert labels["base.name"] == ARGUMENTS["BASE"] and labels["revision"] == ARGUMENTS["REVISION"]
    assert found["Entrypoint"][-1] == "study" and not found.get("Cmd")
    assert found["User"] == "1000:1000" and found["WorkingDir"] == "/data"
    environment = dict(pair.split("=", 1) for pair in found["Env"])
    assert environment["NVIDIA_VISIBLE_DEVICES"] == "all"
    assert environment["NVIDIA_DRIVER_CAPABILITIES"] == "compute,utility"


def test_nothing_of_this_machine_is_left_in_it(image, anyones):
    said = json.dumps(image.described())
    assert not [host for host in hosts() if host in said]
    assert "lent" not in said
    looked = image.run(
        "sh", "-c",
        "cat /etc/pip.conf /run/lent/* 2>/dev/null; ls -A /root /var/lib/apt/lists /opt/what-regularizes; "
        "find / -xdev -name .cache",
        user="0:0", work=anyones, entry=False,
    )  # fmt: skip
    text = looked.stdout
    assert "BEGIN CERTIFICATE" not in text and "[global]" not in text
    assert "Packages" not in text and ".cache" not in text
    assert "study" in text.split() and not {"tests", "benchmarks", ".git", ".venv", "requirements.lock"} & set(
        text.split()
    )


def test_it_stands_on_the_pinned_release_without_a_network(image, anyones):
    code = (
        "import socket, sys, platform; print(platform.freedesktop_os_release()['VERSION_CODENAME']); "
        "print([name for _, name in socket.if_nameindex()])"
    )
    found = image.run("python", "-c", code, user="1000:1000", work=anyones, entry=False)
    assert found.stdout.splitlines() == [SUITE, "['lo']"], found.stderr


def test_doctor_finds_the_data_inside(image, work, user):
    found = image.run("doctor", user=user, work=work)
    assert found.returncode == 0, found.stderr
    for name in ("mnist1d", "digits", "fashion_mnist"):
        assert re.search(rf"^{name} +ready", found.stdout, re.MULTILINE), found.stdout
    assert "no GPU; the CPU is used" in found.stdout


@unknown
def test_bare_it_trains_and_renders_and_says_how_to_train(image, work, user):
    write_tiny(work)
    ran = image.run(user=user, work=work, environment={"STUDY": "tiny.toml"})
    assert ran.returncode == 0, ran.stderr
    page = work / "results" / "tiny" / "report" / "index.html"
    assert ran.stdout.strip() == str(page.relative_to(work))
    html = page.read_text()
    assert re.search(r"<h1[^>]*>(<[^>]*>)*Scans", html) and "Dropout on Scans" in html
    drawn = set(re.findall(r'role="img" aria-label="([^"]+)"', html))
    assert len(drawn) >= 10 and {"Specification curve", "Forest plot"} <= {said.partition(".")[0] for said in drawn}
    assert "run tiny.toml --arm dropout+l2" in ran.stderr and "nothing is mounted" not in ran.stderr
    assert owners(work / "results") == {user}

    before = records(work / "results" / "tiny")
    again = image.run("run", "tiny.toml", "--arm", "l2+dropout", "--force", "-j", "1", user=user, work=work)
    assert again.returncode == 0, again.stderr
    after = records(work / "results" / "tiny")
    assert {place for place in after if after[place] != before[place]} == {("scans", "dropout+l2")}
    old, new = before["scans", "dropout+l2"], after["scans", "dropout+l2"][-2:]
    # Trained twice on the same machine: the same numbers.
    by_seed = {record["seed"]: record["metrics"] for record in old}
    assert {record["seed"]: record["metrics"] for record in new} == by_seed
    assert {record["provenance"]["commit"] for record in new} == {ARGUMENTS["REVISION"]}
    assert owners(work / "results") == {user}


@pytest.mark.parametrize("name", ["fashion_mnist", "digits", "mnist1d"])
def test_data_inside_train_without_a_network(image, anyones, name):
    (anyones / "offline.toml").write_text(OFFLINE.format(name=name))
    ran = image.run("run", "offline.toml", "--arm", "none", "-j", "1", user="1000:1000", work=anyones)
    assert ran.returncode == 0, ran.stderr
    (record,) = records(anyones / "results" / "offline")["clothes", "none"]
    assert record["status"] == "ok"


def test_wrong_words_are_status_2(image, anyones):
    for words in (["run", "nosuch"], ["run", "quick", "--arm", "dropuot"], ["bash"]):
        ran = image.run(*words, user="1000:1000", work=anyones)
        assert ran.returncode == 2 and "Traceback" not in ran.stderr, ran.stderr


def test_ctrl_c_is_130_and_loses_no_finished_cell(image, work, user):
    write_tiny(work, seeds="0-199")
    begun = [*image.described()["config"]["Entrypoint"], "run", "tiny.toml", "-j", "1"]
    ran = image.run("python", "-c", INTERRUPT, *begun, user=user, work=work, entry=False)
    assert ran.returncode == 130, ran.stderr
    assert "interrupted" in ran.stderr
    done = sum(map(len, records(work / "results" / "tiny").values()))
    assert 0 < done < 32 * 200
    assert owners(work / "results") == {user}


def test_a_folder_of_someone_else_is_refused(image, tmp_path):
    tmp_path.chmod(0o755)
    ran = image.run("run", "quick", user="12345:23456", work=tmp_path)
    assert ran.returncode == 2 and "--user" in ran.stderr and "Traceback" not in ran.stderr, ran.stderr
    assert not list(tmp_path.iterdir())


@unknown
def test_published_results_are_rendered_and_one_arm_is_trained_among_them(image, work, user):
    if not (published := ROOT / "published" / "measured.json").exists():
        pytest.skip("nothing is published in the tree")
    name = json.loads(published.read_text())["study"]
    with image.stage(f"report {name}"):
        rendered = image.run("report", name, user=user, work=work, timeout=1800)
    assert rendered.returncode == 0, rendered.stderr
    assert (work / "results" / name / "report" / "index.html").exists()
    assert records(work / "results" / name) == records(ROOT / "results" / name)
    assert owners(work / "results") == {user}

    before = records(ROOT / "results" / name)
    experiment = next(e for e in ("digits", "mnist1d") if (e, "dropout+l2") in before)
    seed = str(before[experiment, "dropout+l2"][0]["seed"])
    chosen = ("-E", experiment, "--arm", "dropout+l2", "--seeds", seed, "-j", "1")
    with image.stage(f"run {name} {' '.join(chosen)}"):
        ran = image.run("run", name, *chosen, user=user, work=work)
    assert ran.returncode == 0, ran.stderr
    after = records(work / "results" / name)
    assert {place for place in after if after[place] != before[place]} == {(experiment, "dropout+l2")}
    assert owners(work / "results") == {user}

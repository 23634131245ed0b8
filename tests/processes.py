"""Real runs in processes of their own: started, waited for, looked at."""

import subprocess
import sys
import time

from study.design.cells import cells
from study.engines.schedule import trajectories
from study.store.lines import Store


def tasks(study_, **chosen):
    return trajectories(cells(study_, **chosen))


def read(folder, name="tiny"):
    return Store(folder, name).read()


def same(one, other):
    """Compare records without what may differ between runs."""
    free = {"seconds", "provenance"}
    return {k: v for k, v in one.items() if k not in free} == {k: v for k, v in other.items() if k not in free}


def start(file, results, jobs=2):
    return subprocess.Popen(
        [sys.executable, "-m", "study", "run", str(file), "--results", str(results), "-j", str(jobs)],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def stored(results):
    """Return how many whole lines a folder of results holds."""
    return sum(file.read_bytes().count(b"\n") for file in results.glob("*/*.jsonl"))


def wait_for_cells(results, number, timeout=120):
    until = time.monotonic() + timeout
    while time.monotonic() < until:
        if stored(results) >= number:
            return
        time.sleep(0.05)
    raise AssertionError("no cells came")


def workers_of(pid):
    return subprocess.run(["ps", "-o", "pid=", "--ppid", str(pid)], capture_output=True, text=True).stdout.split()


def alive(pid):
    """Return whether a process runs; one that ended and waits for its parent does not."""
    try:
        return open(f"/proc/{pid}/stat").read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def all_end(pids, within=5.0):
    until = time.monotonic() + within
    while any(map(alive, pids)) and time.monotonic() < until:
        time.sleep(0.05)
    return not any(map(alive, pids))

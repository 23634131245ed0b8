"""A mechanism whose values are known, for the tests of trials; workers import it by name."""

import os
import signal


class Doubling:
    """Doubles its seed; counts the seeds it has measured in `calls`."""

    def __init__(self, settings: dict) -> None:
        self.settings, self.calls = settings, 0

    def measure(self, seed: int) -> dict:
        self.calls += 1
        if seed == self.settings.get("dies"):
            os.kill(os.getpid(), signal.SIGKILL)
        if seed == self.settings.get("raises"):
            raise ValueError(f"seed {seed} is not liked")
        return {"double": 2 * seed, "calls": self.calls, "pid": os.getpid()}

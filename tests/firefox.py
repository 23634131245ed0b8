"""Firefox as a distribution packages it, driven by the Marionette in every Firefox; skipped where there is none.

Playwright drives builds of its own only, and geckodriver is no more than a bridge to the same protocol.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

NAMES = ("firefox", "firefox-esr")
NARROWEST = 500
"""CSS pixels that a window has at least; a phone's width comes by magnifying it."""
ERRORS = """return Services.console.getMessageArray().filter((said) => said instanceof Ci.nsIScriptError)
  .filter((said) => said.sourceName.startsWith('file:') && !(said.flags & Ci.nsIScriptError.warningFlag))
  .map((said) => said.errorMessage)"""
ZOOM = "Services.wm.getMostRecentWindow('navigator:browser').gBrowser.selectedBrowser.fullZoom = arguments[0]"
WAIT = """return new Promise((done) => {
  const look = () => (innerWidth === arguments[0] ? done() : requestAnimationFrame(look));
  look();
})"""


@dataclass
class Firefox:
    """A running Firefox with one page."""

    connection: socket.socket
    asked: int = 0
    received: object = field(init=False)

    def __post_init__(self):
        self.received = self.connection.makefile("rb")
        self._receive()  # its greeting
        self._ask("WebDriver:NewSession")

    def open(self, file: Path, width: int) -> None:
        """Open a file at a width in CSS pixels."""
        self._ask("WebDriver:SetWindowRect", width=max(width, NARROWEST), height=900)
        self.go("about:blank")  # from one place in a page to another of it is no opening
        self.go(file.resolve().as_uri())
        self._in_browser(ZOOM, max(1, NARROWEST / width))
        self.run(WAIT, width)

    def go(self, url: str) -> None:
        """Follow an address."""
        self._ask("WebDriver:Navigate", url=url)

    def run(self, script: str, *values):
        """Return what the body of a function returns on the page, called with values; a promise is waited for."""
        return self._ask("WebDriver:ExecuteScript", script=script, args=list(values))["value"]

    def press(self, key: str) -> None:
        """Press a key, by its WebDriver code, on what has the focus."""
        strokes = [{"type": kind, "value": key} for kind in ("keyDown", "keyUp")]
        self._ask("WebDriver:PerformActions", actions=[{"type": "key", "id": "keys", "actions": strokes}])

    def errors(self) -> list[str]:
        """Return the errors of files' scripts and styles since the start."""
        return self._in_browser(ERRORS)

    def _in_browser(self, script: str, *values):
        self._ask("Marionette:SetContext", value="chrome")
        try:
            return self.run(script, *values)
        finally:
            self._ask("Marionette:SetContext", value="content")

    def _ask(self, command: str, **values):
        self.asked += 1
        text = json.dumps([0, self.asked, command, values]).encode()
        self.connection.sendall(b"%d:%s" % (len(text), text))
        _, _, error, result = self._receive()
        if error:
            raise RuntimeError(f"{command}: {error['message']}")
        return result

    def _receive(self):
        length = b""
        while (byte := self.received.read(1)) != b":":
            if not byte:
                raise ConnectionError("Firefox has gone.")
            length += byte
        return json.loads(self.received.read(int(length)))


@contextmanager
def firefox(profile: Path):
    """Start Firefox with a new profile in an empty folder; the test is skipped where it is not there."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        pytest.skip(f"Firefox is not on the PATH as {' or '.join(NAMES)}: `apt-get install firefox-esr` on Debian")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    (profile / "user.js").write_text(f'user_pref("marionette.port", {port});\n')
    words = "--headless", "--marionette", "--remote-allow-system-access", "--no-remote", "--profile", str(profile)
    running = subprocess.Popen(
        [found, *words], env={**os.environ, "HOME": str(profile)}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield Firefox(_connected(running, port))
    finally:
        running.terminate()
        running.wait()


def _connected(running: subprocess.Popen, port: int) -> socket.socket:
    while running.poll() is None:
        try:
            return socket.create_connection(("127.0.0.1", port))
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise ConnectionError(f"Firefox ended with status {running.returncode} before it could be asked.")

"""The image built without a Docker daemon, and commands run in it without a network.

buildah builds it under chroot isolation, on a base that debootstrap makes of the very Debian release the Dockerfile
pins. How this machine reaches its package registries is read from pip's and apt's own configuration and lent to the
build alone. `python tests/container_image.py` builds it and prints how long each stage took.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
DOCKERFILE = ROOT / "Dockerfile"
BASE, DIGEST = re.search(r"^ARG BASE=(\S+)@(sha256:\w{64})$", DOCKERFILE.read_text(), re.MULTILINE).groups()
SUITE = re.fullmatch(r"debian:(\w+)-\d{8}-slim", BASE)[1]

TOOLS = ("buildah", "debootstrap")
ARGUMENTS = {
    "BASE": f"docker.io/library/{BASE}",
    "ACCELERATOR": "cpu",
    "QUARTO": "none",
    "MNIST": "none",
    "REVISION": "f" * 40,
}
NAME = "localhost/what-regularizes:test"

STORES = Path("/var/tmp")
"""Where stores are made: on a disk; `/tmp` may be memory."""

PREFIX = "what-regularizes-image-"
"""What stores' names begin with, before the number of the process that made them."""

LENT = re.compile(r"(?:global|install|user|:env:)\.(index-url|extra-index-url|trusted-host|proxy|timeout)$")
"""What of pip's configuration holds inside the build too; paths of this machine do not."""

LOOPBACK = """
import fcntl, os, socket, struct, sys
with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as link:
    fcntl.ioctl(link, 0x8914, struct.pack("16sH14x", b"lo", 1))  # SIOCSIFFLAGS, IFF_UP
os.execvp(sys.argv[1], sys.argv[1:])
"""
"""Kernels talk over the loopback interface; in a container without a network it is up as well."""

OFFLINE = ("unshare", "--net", sys.executable, "-c", LOOPBACK)
"""What stands before a command that gets no network."""


BUSY = "sealing memfd copy: Device or resource busy"


class Missing(Exception):
    """The image cannot be built here: the message says what is missing."""


def require_tools() -> None:
    """Install buildah and debootstrap where CI runs as root; raise `Missing` where they are not to be had."""
    absent = [tool for tool in (*TOOLS, "unshare") if not shutil.which(tool)]
    if os.getuid() != 0:
        raise Missing("needs root, for debootstrap and chroot isolation")
    if absent and os.environ.get("CI") and shutil.which("apt-get"):
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update"], **quiet)
        subprocess.run(["apt-get", "install", "--yes", "--no-install-recommends", *TOOLS], **quiet)
        absent = [tool for tool in absent if not shutil.which(tool)]
    if absent:
        raise Missing(f"{' and '.join(absent)} not installed: apt-get install {' '.join(TOOLS)}")
    tried = subprocess.run(
        ["unshare", "--net", "--mount", "mount", "--bind", "/tmp", "/tmp"], capture_output=True, text=True
    )
    if tried.returncode:
        raise Missing(f"networks and mounts of its own are forbidden here: {last(tried)}")
    if shutil.disk_usage(STORES).free < 20 * 2**30:
        raise Missing(f"needs 20 GiB of free disk in {STORES}")


def last(ran: subprocess.CompletedProcess) -> str:
    """Return the last line a command said."""
    return (ran.stderr.strip() or ran.stdout.strip() or f"status {ran.returncode}").splitlines()[-1]


def new_store() -> Path:
    """Return a new folder for a store, after removing those of processes that were killed."""
    for folder in STORES.iterdir():
        made = re.fullmatch(rf"{PREFIX}(\d+)-\w+", folder.name)
        ours = made and not folder.is_symlink() and folder.stat().st_uid == os.getuid()
        if ours and not Path(f"/proc/{made[1]}").exists():
            clear(folder)
    return Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=STORES))


def clear(folder: Path) -> None:
    """Remove a folder, whatever is still mounted in it."""
    for place in reversed(mounts(folder)):
        subprocess.run(["umount", "--lazy", place], capture_output=True)
    if not mounts(folder):  # otherwise what is mounted would be emptied
        shutil.rmtree(folder, ignore_errors=True)


def mounts(folder: Path) -> list[str]:
    """Return the places below a folder where something is mounted, in the order of mounting."""
    places = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    return [place for place in places if Path(place).is_relative_to(folder.resolve())]


def hosts() -> set[str]:
    """Return the hosts of this machine's package registries, as pip and apt are told them."""
    return {
        host for text in (pip_configuration(), mirror()) for host in re.findall(r"://(?:[^/@\s]*@)?([\w.-]+)", text)
    }


def mirror() -> str:
    """Return the address apt has Debian's main archive from."""
    told = subprocess.run(
        ["apt-get", "indextargets", "--format", "$(SITE) $(REPO_URI)", "Created-By: Packages", "Component: main"],
        capture_output=True,
        text=True,
    ).stdout.split("\n")
    found = [line.split()[1] for line in told if "security" not in line and len(line.split()) == 2]
    if not found:
        raise Missing("apt names no archive of Debian")
    return found[0]


def pip_configuration() -> str:
    """Return the part of pip's configuration that reaches a registry, as the file the build reads."""
    told = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True).stdout
    lines = {}
    for key, value in re.findall(r"^(\S+)='(.*)'$", told, re.MULTILINE):
        addresses = " ".join(word for word in value.split() if not word.startswith("file:"))
        if (match := LENT.match(key)) and addresses:
            lines[match[1]] = addresses
    return (
        "\n".join(["[global]", "cert = /run/lent/ca.crt", *(f"{key} = {value}" for key, value in lines.items())]) + "\n"
    )


def authorities() -> Path:
    """Return the file of certificates this machine trusts."""
    named = [os.environ.get(name) for name in ("PIP_CERT", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")]
    return next(Path(p) for p in (*named, "/etc/ssl/certs/ca-certificates.crt") if p and Path(p).is_file())


class Image:
    """The image in a store of its own.

    Args:
        folder: where everything of it lies; removed by `remove`.
        say: called with a sentence after each stage.
    """

    def __init__(self, folder: Path, say=print):
        self.folder, self.say, self.container, self.driver = folder, say, "", "overlay"
        (folder / "temporary").mkdir(parents=True, exist_ok=True)
        if self.buildah("info").returncode:
            self.driver = "vfs"  # copies every layer; for file systems that cannot be laid over one another

    @contextmanager
    def stage(self, name: str):
        began = time.monotonic()
        yield
        self.say(f"image: {name}: {time.monotonic() - began:.0f} s")

    def buildah(self, *words: str, before: tuple[str, ...] = (), **options) -> subprocess.CompletedProcess:
        """Run buildah on this store; `options` as `subprocess.run` takes them."""
        line, options = self._line(*words, before=before), self._options({"capture_output": True} | options)
        ran = subprocess.run(line, **options)
        # It seals a copy of itself in memory before it does anything, which a busy kernel refuses now and then.
        return subprocess.run(line, **options) if ran.returncode and BUSY in (ran.stderr or "") else ran

    def _start(self, *words: str, **options) -> subprocess.Popen:
        return subprocess.Popen(self._line(*words), **self._options(options))

    def _line(self, *words: str, before: tuple[str, ...] = ()) -> list[str]:
        store = ["--root", f"{self.folder}/store", "--runroot", f"{self.folder}/run", "--storage-driver", self.driver]
        return [*before, "buildah", *store, *map(str, words)]

    def _options(self, options: dict) -> dict:
        # What a killed buildah leaves behind lies in this folder too.
        environment = {**os.environ, "TMPDIR": f"{self.folder}/temporary"}
        return {"text": True, "stdin": subprocess.DEVNULL, "env": environment} | options

    def build(self) -> None:
        """Make the base and the image, unless this store holds it, and one container; `AssertionError` says what went
        wrong."""
        if not self._has(NAME):
            self._build()
        with self.stage("container"):
            self.container = self._text("from", "--pull-never", NAME)

    def _build(self) -> None:
        if not self._has(ARGUMENTS["BASE"]):
            with self.stage(f"base, {SUITE} by debootstrap"):
                self._base()
        self._try()
        with self.stage("build"):
            lent = self._lend()
            words = [word for name, value in ARGUMENTS.items() for word in ("--build-arg", f"{name}={value}")]
            self._follow(
                "bud",
                "--isolation",
                "chroot",
                "--pull-never",
                "--format",
                "docker",
                "--tag",
                NAME,
                *words,
                "--volume",
                f"{lent}:/run/lent:ro",
                "--volume",
                f"{lent}/pip.conf:/etc/pip.conf:ro",
                ROOT,
            )

    def _follow(self, *words) -> None:
        """Run buildah and say how long each step took that was long."""
        log, step, began = [], "", time.monotonic()
        with self._start(*words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as running:
            for line in running.stdout:
                log.append(line)
                if re.match(r"(\[\d+/\d+\] )?(STEP|COMMIT)\b", line):
                    self._tell(step, began)
                    step, began = line, time.monotonic()
        self._tell(step, began)
        assert running.returncode == 0, "".join(log)[-6000:]

    def _tell(self, step: str, began: float) -> None:
        if (seconds := time.monotonic() - began) >= 3:
            self.say(f"image: {' '.join(step.split())[:90]}: {seconds:.0f} s")

    def _has(self, name: str) -> bool:
        return self.buildah("inspect", "--type", "image", name).returncode == 0

    def _text(self, *words: str) -> str:
        made = self.buildah(*words)
        assert made.returncode == 0, made.stderr
        return made.stdout.strip()

    def _base(self) -> None:
        rootfs = self.folder / "rootfs"
        made = subprocess.run(
            ["debootstrap", "--variant=minbase", SUITE, rootfs, mirror()], capture_output=True, text=True
        )
        if made.returncode:
            raise Missing(f"debootstrap failed: {last(made)}")
        settings = subprocess.run(["apt-config", "dump"], capture_output=True, text=True).stdout
        acquire = [line for line in settings.splitlines() if re.match(r"Acquire::(Check|http|https|Retries)", line)]
        (rootfs / "etc/apt/apt.conf.d/90lent").write_text("\n".join(acquire) + "\n")
        for folder in (
            "var/cache/apt/archives",
            "var/lib/apt/lists",
            "usr/share/man",
            "usr/share/locale",
            "usr/share/info",
        ):
            shutil.rmtree(rootfs / folder, ignore_errors=True)
        (rootfs / "var/lib/apt/lists/partial").mkdir(parents=True)
        (rootfs / "var/cache/apt/archives/partial").mkdir(parents=True)
        # What the slim images of Debian leave out, and what they do not wait for.
        (rootfs / "etc/dpkg/dpkg.cfg.d/slim").write_text(
            "path-exclude /usr/share/doc/*\npath-include /usr/share/doc/*/copyright\n"
            "path-exclude /usr/share/man/*\npath-exclude /usr/share/locale/*\npath-exclude "
            "/usr/share/info/*\nforce-unsafe-io\n"
        )
        try:
            container = self._text("from", "scratch")
            self._text("add", container, rootfs, "/")
            self._text("commit", "--rm", container, ARGUMENTS["BASE"])
        except AssertionError as error:
            raise Missing(f"buildah cannot make a container: {error}") from error
        shutil.rmtree(rootfs)

    def _try(self) -> None:
        """Run something in the base, so that a machine that forbids containers is told from an image that is wrong."""
        container = self._text("from", "--pull-never", ARGUMENTS["BASE"])
        ran = self.buildah("run", "--isolation", "chroot", container, "--", "true", before=OFFLINE)
        self.buildah("rm", container)
        if ran.returncode:
            raise Missing(f"buildah cannot run a container: {last(ran)}")

    def _lend(self) -> Path:
        lent = self.folder / "lent"
        lent.mkdir(exist_ok=True)
        shutil.copyfile(authorities(), lent / "ca.crt")
        (lent / "pip.conf").write_text(pip_configuration())
        return lent

    def described(self) -> dict:
        """Return the image's configuration and history, as `docker inspect` would show them."""
        return json.loads(self._text("inspect", "--type", "image", NAME))["Docker"]

    def run(
        self, *words, user: str, work: Path, environment: dict | None = None, timeout: int = 900, entry: bool = True
    ):
        """Run a command as `docker run --network none --user … -v work:/data` does, with a `/tmp` of its own.

        Args:
            words: the command's words, after the image's entry point.
            user: `uid:gid`.
            work: the folder mounted at `/data`.
            environment: variables besides the image's.
            timeout: seconds.
            entry: whether the words go to the entry point, or are a command of their own.

        Returns:
            The completed process.
        """
        began = list(self.described()["config"]["Entrypoint"]) if entry else []
        named = [word for name, value in (environment or {}).items() for word in ("--env", f"{name}={value}")]
        with tempfile.TemporaryDirectory(dir=self.folder) as temporary:
            os.chmod(temporary, 0o1777)
            return self.buildah(
                "run",
                "--isolation",
                "chroot",
                "--user",
                user,
                *named,
                "--workingdir",
                "/data",
                "--volume",
                f"{work}:/data",
                "--volume",
                f"{temporary}:/tmp",
                self.container,
                "--",
                *began,
                *words,
                before=OFFLINE,
                timeout=timeout,
            )

    def size(self) -> int:
        """Return the bytes of the files in the image, the base included."""
        mounted = self._text("mount", self.container)
        used = subprocess.run(["du", "--summarize", "--bytes", mounted], capture_output=True, text=True).stdout
        self.buildah("umount", self.container)
        return int(used.split()[0])

    def remove(self) -> None:
        """Remove the store and all that is in it."""
        self.buildah("rm", "--all")
        clear(self.folder)


if __name__ == "__main__":
    try:
        require_tools()
    except Missing as error:
        sys.exit(f"image: {error}")
    image = Image(Path(sys.argv[1]) if sys.argv[1:] else new_store())
    image.build()
    print(f"image: {image.size() / 2**20:,.0f} MiB, in {image.folder}")

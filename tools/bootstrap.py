"""Make .venv hold the locked dependencies and this checkout. Standard library only.

    python3 tools/bootstrap.py [--dev]

The lock files give versions and hashes but no addresses: each machine fetches from the index its own pip or uv is set
up for, a mirror as well as PyPI. A uv.lock cannot do that, it pins one download address per file. pip is the installer
that is always there and knows the machine's index, proxy and certificates; uv reads none of pip's settings, so it is
used where a person put it on PATH, and when it fails pip has a try. Measured on 2 cores with nothing cached, 67
packages: uv 2 s, venv and pip 14 s, once.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (an older one is just what may run this)
    sys.exit(
        "Shangmai needs Python 3.11 or newer; %s is %s.\n" % (sys.executable, sys.version.split()[0])  # noqa: UP031
        + "Install one (Debian, Ubuntu: apt-get install python3 python3-venv), or name it: make run PYTHON=python3.12"
    )

import fcntl
import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "bootstrap.json"
RUNTIME_LOCK = ROOT / "requirements.lock"
DEV_LOCK = ROOT / "requirements-dev.lock"
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable  # not .venv's own, which may be replaced

Stamp = dict[str, str]


def main() -> None:
    """Bring .venv up to date; a fresh one costs a few milliseconds."""
    dev = "--dev" in sys.argv[1:]
    with (ROOT / "pyproject.toml").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # a second make waits instead of installing into the same place
        wanted, found = wanted_stamp(dev), found_stamp()
        if wanted.items() <= found.items():
            return
        started = time.monotonic()
        if found.get("venv") != wanted["venv"]:
            shutil.rmtree(VENV, ignore_errors=True)
            found = {}
        install(DEV_LOCK if dev else RUNTIME_LOCK)
        STAMP.write_text(json.dumps(found | wanted, indent=1))
        say(f".venv is ready ({time.monotonic() - started:.0f} s)")


def wanted_stamp(dev: bool) -> Stamp:
    """What .venv must have been made from. A .venv neither moves to another path nor serves another Python."""
    stamp = {"venv": f"{sys.version_info.major}.{sys.version_info.minor} {VENV}", "runtime": digest(RUNTIME_LOCK)}
    return stamp | {"dev": digest(DEV_LOCK)} if dev else stamp


def found_stamp() -> Stamp:
    """What .venv was made from; empty when there is none that works."""
    try:
        stamp: Stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if os.access(VENV_PYTHON, os.X_OK) else {}


def digest(lock: Path) -> str:
    """Hash a lock file together with pyproject.toml, which holds the entry points."""
    return hashlib.sha256(lock.read_bytes() + (ROOT / "pyproject.toml").read_bytes()).hexdigest()


def install(lock: Path) -> None:
    """Install the locked packages, then this checkout as an editable package, by uv or else by pip."""
    for installer in [with_uv, with_pip]:
        command = installer()
        if command is None:
            continue
        total = len(re.findall("^[a-z]", lock.read_text(), re.MULTILINE))
        say(f"installing {total} packages with {installer.__name__.removeprefix('with_')}")
        # Editable without build isolation: the build backend is in the lock as well, so nothing unlocked is fetched; it
        # finds its own program on PATH.
        os.environ["PATH"] = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        packages = [*command, "--no-deps", "--require-hashes", "-r", str(lock)]
        itself = [*command, "--no-deps", "--no-build-isolation", "-e", str(ROOT)]
        if run(packages, total) and run(itself):
            return
    sys.exit(
        "The dependencies could not be installed; the reason is above. Behind a mirror or a proxy, set it for pip:\n"
        "  python3 -m pip config set global.index-url https://…/simple"
    )


def with_uv() -> list[str] | None:
    """Return uv's install command, or None where uv is not on PATH."""
    uv = shutil.which("uv")
    if uv is None:
        return None
    os.environ["UV_SYSTEM_CERTS"] = os.environ["UV_NATIVE_TLS"] = "1"  # the system's certificates, as pip is set to use
    if not VENV_PYTHON.exists():
        run([uv, "venv", "--quiet", "--python", BASE_PYTHON, str(VENV)])
    return [uv, "pip", "install", "--python", str(VENV_PYTHON)]


def with_pip() -> list[str]:
    """Return .venv's pip's install command; exits with the fix where Python came without venv."""
    if importlib.util.find_spec("ensurepip") is None:
        sys.exit(
            f"This Python ({BASE_PYTHON}) cannot make virtual environments: its venv package is missing.\n"
            f"Debian, Ubuntu: apt-get install python3-venv; or put uv on PATH."
        )
    say(f"making .venv with {BASE_PYTHON}")
    if not run([BASE_PYTHON, "-m", "venv", str(VENV)]):
        sys.exit("python -m venv failed; the reason is above.")
    return [str(VENV_PYTHON), "-m", "pip", "--disable-pip-version-check", "install", "--no-compile", "--no-user"]


def run(command: list[str], total: int = 0) -> bool:
    """Run a command and show how many of its `total` packages it has come to; its output only when it fails."""
    output, count = [], 0
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, encoding="utf-8", errors="replace"
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            output.append(line)
            if line.startswith("Collecting ") and sys.stderr.isatty():
                count += 1
                sys.stderr.write(f"\r\x1b[K  {count}/{total} {line.split()[1]}")
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if process.returncode != 0:
        sys.stderr.writelines(output[-40:])
    return process.returncode == 0


def say(text: str) -> None:
    """Tell the person waiting what is going on."""
    sys.stderr.write(f"bootstrap: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("bootstrap: interrupted; the next run does it again")

"""Build the pages of web/admin into web/admin/dist, by the Node that .venv brings; a no-op while nothing changed.

    .venv/bin/python tools/web.py [--check]

Without --check a failure is told and forgiven: everything else runs, and /admin says what to do. With --check the types
are checked as well, against the API of this checkout, and a failure fails; where npm cannot be reached it ends with
the code 75, which tools/check.py tells apart.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web" / "admin"
DIST = WEB / "dist"
BIN = Path(sys.executable).parent
STAMP = DIST / "stamp.json"
INSTALLED = WEB / "node_modules" / "installed.json"
UNREACHABLE = 75
"""The exit code where nothing is wrong but the network: EX_TEMPFAIL of sysexits.h."""


class Failed(Exception):
    """A step ended with an error; its output is the message."""


class Unreachable(Failed):
    """The packages could not be fetched."""


def main() -> int:
    """Build what is out of date. The exit code is not 0 only with --check."""
    is_check = "--check" in sys.argv[1:]
    try:
        build(is_check=is_check)
    except Unreachable as error:
        say(f"the admin was not built, npm could not fetch its packages:\n{error}")
        return UNREACHABLE if is_check else 0
    except Failed as error:
        say(f"the admin was not built:\n{error}")
        return 1 if is_check else 0
    return 0


def build(*, is_check: bool) -> None:
    """Fetch packages, check types if asked to, and bundle. Raises: Failed, Unreachable."""
    wanted = {"sources": digest(sources())}
    if not is_check and read(STAMP) == wanted:
        return
    started = time.monotonic()
    install()
    if is_check:
        check_types()
    if read(STAMP) != wanted:
        say("bundling the admin")
        run([node(), "node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"])
        STAMP.write_text(json.dumps(wanted))
    say(f"the admin is ready ({time.monotonic() - started:.0f} s)")


def install() -> None:
    """Fetch the locked packages, without letting any of them run a script."""
    wanted = {"lock": digest([WEB / "package.json", WEB / "package-lock.json"])}
    if read(INSTALLED) == wanted:
        return
    say("fetching the admin's packages by npm")
    npm = BIN / "npm"
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]
    command = [str(npm), "ci", "--ignore-scripts", "--fetch-retries", "1", *quiet]
    try:
        run(command)
    except Failed as error:
        raise Unreachable(str(error)) from None
    INSTALLED.write_text(json.dumps(wanted))


def check_types() -> None:
    """Hold the pages to the API of this checkout."""
    say("checking the admin's types against the API")
    described = subprocess.run(
        [str(BIN / "shangmai"), "openapi"], cwd=ROOT, check=False, capture_output=True, encoding="utf-8"
    )
    if described.returncode:
        raise Failed(described.stderr)
    (WEB / "openapi.json").write_text(described.stdout)
    types = ["--output", "src/api/schema.d.ts", "--default-non-nullable=false"]
    run([node(), "node_modules/openapi-typescript/bin/cli.js", "openapi.json", *types])
    run([node(), "node_modules/typescript/bin/tsc", "--noEmit"])


def node() -> str:
    """The Node of .venv."""
    return str(BIN / "node")


def run(command: list[str]) -> None:
    """Run a step in web/admin; its output only when it fails. Raises: Failed."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # The system's certificates, as pip and uv are set to use: a proxy that has its own is known to the system alone.
    options = f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()
    try:
        done = subprocess.run(
            command,
            cwd=WEB,
            check=False,
            env={**os.environ, "PATH": path, "NODE_OPTIONS": options},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise Failed(f"{shutil.which(command[0]) or command[0]}: {error}") from None
    if done.returncode:
        raise Failed(done.stdout[-4000:])


def sources() -> Iterator[Path]:
    """Everything that the bundle is made from."""
    for name in ("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json", "index.html"):
        yield WEB / name
    yield from sorted(path for path in (WEB / "src").rglob("*") if path.is_file() and path.name != "schema.d.ts")


def digest(paths: Iterator[Path] | list[Path]) -> str:
    """Hash files with their names."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(str(path.relative_to(WEB)).encode() + b"\0" + path.read_bytes() + b"\0")
    return whole.hexdigest()


def read(stamp: Path) -> dict[str, str]:
    """What a stamp says; nothing where there is none."""
    try:
        told: dict[str, str] = json.loads(stamp.read_text())
    except (OSError, ValueError):
        return {}
    return told


def say(text: str) -> None:
    """Tell the person waiting what is going on."""
    sys.stderr.write(f"web: {text}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit("web: interrupted; the next run does it again")

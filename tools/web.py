"""Build web/admin and web/mall into their dist/, by the Node that .venv brings; a no-op while nothing changed.

    .venv/bin/python tools/web.py [--check] [--mini PLATFORM]

Without --check a failure is told and forgiven: everything else runs, and the addresses say what to do. With --check
the types are checked as well, against the API of this checkout, and a failure fails; where npm cannot be reached it
ends with the code 75, which tools/check.py tells apart. --mini builds the mall for weapp or alipay instead, into
web/mall/dist-PLATFORM; MALL_API says at which address it finds the server.
"""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
BIN = Path(sys.executable).parent
UNREACHABLE = 75
"""The exit code where nothing is wrong but the network: EX_TEMPFAIL of sysexits.h."""
MINI = ("weapp", "alipay")


class App(NamedTuple):
    """An application of web/: how Node bundles it, and the files beside src/ that it is made from."""

    name: str
    bundle: tuple[str, ...]
    files: tuple[str, ...]
    parts: str = ""
    """A script that tells what drawings are made of, for the server to draw the same."""

    @property
    def folder(self) -> Path:
        """Where it lies."""
        return WEB / self.name

    @property
    def stamp(self) -> Path:
        """What it was last built from."""
        return self.folder / "dist" / "stamp.json"


TARO = ("node_modules/@tarojs/cli/bin/taro", "build", "--type")
APPS = (
    App(
        "admin",
        ("node_modules/vite/bin/vite.js", "build", "--logLevel", "warn"),
        (
            *("package.json", "package-lock.json", "vite.config.ts", "tsconfig.json"),
            *("index.html", "pda.html", "public/pda-worker.js"),
        ),
    ),
    App(
        "mall",
        (*TARO, "h5"),
        ("package.json", "package-lock.json", "babel.config.js", "config/index.ts", "tsconfig.json"),
        parts="src/art/parts.ts",
    ),
)


class Failed(Exception):
    """A step ended with an error; its output is the message."""


class Unreachable(Failed):
    """The packages could not be fetched."""


def main() -> int:
    """Build what is out of date. The exit code is not 0 only with --check or --mini."""
    arguments = sys.argv[1:]
    if "--mini" in arguments:
        return build_mini(arguments[arguments.index("--mini") + 1 :][:1])
    is_check = "--check" in arguments
    with alone():
        codes = [attempt(app, is_check=is_check) for app in APPS]
    failed = [code for code in codes if code]
    return (1 if 1 in failed else UNREACHABLE) if is_check and failed else 0


def attempt(app: App, *, is_check: bool) -> int:
    """Build an application, and tell why where it can't be."""
    try:
        build(app, is_check=is_check)
    except Unreachable as error:
        say(f"the {app.name} was not built, npm could not fetch its packages:\n{error}")
        return UNREACHABLE
    except Failed as error:
        say(f"the {app.name} was not built:\n{error}")
        return 1
    return 0


def build(app: App, *, is_check: bool) -> None:
    """Fetch packages, check types if asked to, and bundle. Raises: Failed, Unreachable."""
    wanted = {"sources": digest(app, sources(app))}
    if not is_check and read(app.stamp) == wanted:
        return
    started = time.monotonic()
    install(app)
    if is_check:
        check_types(app)
    if read(app.stamp) != wanted:
        say(f"bundling the {app.name}")
        run(app, [node(), *app.bundle])
        if app.parts:
            draw(app)
        app.stamp.write_text(json.dumps(wanted))
    say(f"the {app.name} is ready ({time.monotonic() - started:.0f} s)")


def draw(app: App) -> None:
    """Write what drawings are made of into dist/art.json."""
    script = app.folder / "dist" / "art.cjs"
    esbuild = ["node_modules/esbuild/bin/esbuild", app.parts, "--bundle", "--platform=node", f"--outfile={script}"]
    run(app, [node(), *esbuild, "--log-level=warning"])
    told = run(app, [node(), str(script)])
    script.unlink()
    (app.folder / "dist" / "art.json").write_text(told, encoding="utf-8")


def build_mini(platform: list[str]) -> int:
    """Build the mall as a mini-program."""
    app = next(app for app in APPS if app.name == "mall")
    if platform not in [[each] for each in MINI]:
        say(f"--mini takes one of {', '.join(MINI)}")
        return 2
    try:
        with alone():
            stamp = app.folder / f"dist-{platform[0]}" / "stamp.json"
            wanted = {"sources": digest(app, sources(app)), "api": os.environ.get("MALL_API", "")}
            if read(stamp) != wanted:
                install(app)
                say(f"bundling the mall for {platform[0]}")
                run(app, [node(), *TARO, platform[0]])
                stamp.write_text(json.dumps(wanted))
    except Failed as error:
        say(f"the mall was not built:\n{error}")
        return UNREACHABLE if isinstance(error, Unreachable) else 1
    say(f"the mini-program is in web/mall/dist-{platform[0]}; open it with the platform's developer tools")
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """One build at a time in this checkout: tests that run side by side ask for the same."""
    lock = ROOT / "build" / "web.lock"
    lock.parent.mkdir(exist_ok=True)
    with lock.open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield


def install(app: App) -> None:
    """Fetch the locked packages, without letting any of them run a script."""
    installed = app.folder / "node_modules" / "installed.json"
    wanted = {"lock": digest(app, [app.folder / "package.json", app.folder / "package-lock.json"])}
    if read(installed) == wanted:
        return
    say(f"fetching the {app.name}'s packages by npm")
    npm = BIN / "npm"
    quiet = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel", "error"]
    command = [str(npm), "ci", "--ignore-scripts", "--fetch-retries", "1", *quiet]
    try:
        run(app, command)
    except Failed as error:
        if "EUSAGE" in str(error):
            raise  # the lock does not fit package.json: a fault of this checkout, not of the network
        raise Unreachable(str(error)) from None
    installed.write_text(json.dumps(wanted))


def check_types(app: App) -> None:
    """Hold the pages to the API of this checkout."""
    say(f"checking the {app.name}'s types against the API")
    described = subprocess.run(
        [str(BIN / "shangmai"), "openapi"], cwd=ROOT, check=False, capture_output=True, encoding="utf-8"
    )
    if described.returncode:
        raise Failed(described.stderr)
    (app.folder / "openapi.json").write_text(described.stdout)
    types = ["--output", "src/api/schema.d.ts", "--default-non-nullable=false"]
    run(app, [node(), "node_modules/openapi-typescript/bin/cli.js", "openapi.json", *types])
    run(app, [node(), "node_modules/typescript/bin/tsc", "--noEmit"])


def node() -> str:
    """The Node of .venv."""
    return str(BIN / "node")


def run(app: App, command: list[str]) -> str:
    """Run a step in an application's folder and give what it says. Raises: Failed."""
    path = f"{BIN}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # The system's certificates, as pip and uv are set to use: a proxy that has its own is known to the system alone.
    options = f"{os.environ.get('NODE_OPTIONS', '')} --use-system-ca".strip()
    try:
        done = subprocess.run(
            command,
            cwd=app.folder,
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
        raise Failed(done.stdout if len(done.stdout) < 8000 else f"{done.stdout[:4000]}\n…\n{done.stdout[-4000:]}")
    return done.stdout


def sources(app: App) -> Iterator[Path]:
    """Everything that a bundle is made from."""
    for name in app.files:
        yield app.folder / name
    yield from sorted(path for path in (app.folder / "src").rglob("*") if path.is_file() and path.name != "schema.d.ts")


def digest(app: App, paths: Iterator[Path] | list[Path]) -> str:
    """Hash files with their names."""
    whole = hashlib.sha256()
    for path in paths:
        whole.update(str(path.relative_to(app.folder)).encode() + b"\0" + path.read_bytes() + b"\0")
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

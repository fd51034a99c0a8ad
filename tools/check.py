"""Run every check, side by side, and then the tests; one line a step, and all steps run even when one fails.

.venv/bin/python tools/check.py [--no-tests] [pytest arguments]
"""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS: dict[str, list[str]] = {
    "ruff check": [f"{BIN}/ruff", "check"],
    "ruff format": [f"{BIN}/ruff", "format", "--check"],
    "mypy": [f"{BIN}/mypy"],
    "import layers": [f"{BIN}/lint-imports"],
    "licences": [sys.executable, "tools/licences.py"],
    "web": [sys.executable, "tools/web.py", "--check"],
}
UNREACHABLE = 75
"""How tools/web.py ends where npm cannot be reached: told, and not held against this checkout."""


def main() -> int:
    """Run what was asked for; the exit code is 0 only when all of it passed."""
    arguments = sys.argv[1:]
    tests = "--no-tests" not in arguments
    started = time.monotonic()
    with ThreadPoolExecutor(os.cpu_count()) as pool:  # each thread waits for its check's process
        failed = [name for name, passed in zip(CHECKS, pool.map(passes, CHECKS), strict=True) if not passed]
    if tests and not tests_pass(arguments):
        failed.append("tests")
    seconds = time.monotonic() - started
    steps = len(CHECKS) + tests
    if failed:
        print(f"FAILED: {', '.join(failed)} ({len(failed)} of {steps} steps, {seconds:.1f} s)")
        return 1
    print(f"OK: all {steps} steps passed ({seconds:.1f} s)")
    return 0


def passes(name: str) -> bool:
    """Run one check and report it; its output is shown only when it fails, and in one piece with its outcome."""
    started = time.monotonic()
    done = subprocess.run(
        CHECKS[name],
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        encoding="utf-8",
        errors="replace",
    )
    output = "" if done.returncode == 0 else done.stdout
    print(f"{output}{outcome(name, done.returncode, started)}", flush=True)
    return done.returncode in (0, UNREACHABLE)


def tests_pass(arguments: list[str]) -> bool:
    """Run the tests in as many processes as there are cores, unless the arguments say otherwise, before one's eyes."""
    started = time.monotonic()
    command = [sys.executable, "-m", "pytest", "-n", "auto", "--durations=40", "--durations-min=1", *arguments]
    code = subprocess.run(command, cwd=ROOT, check=False, stdin=subprocess.DEVNULL).returncode
    print(outcome("tests", code, started), flush=True)
    return code == 0


def outcome(name: str, code: int, started: float) -> str:
    """One step's line: its name, how it ended, the seconds it took."""
    words = {0: "ok", UNREACHABLE: "skipped"}
    return f"{name:<14}{words.get(code, 'FAILED'):<8}{time.monotonic() - started:6.1f} s"


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

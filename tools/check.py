"""Run every check and then the tests; one line a step, and all steps run even when an early one fails.

.venv/bin/python tools/check.py [--no-tests] [pytest arguments]
"""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

CHECKS: dict[str, list[str]] = {
    "ruff check": [f"{BIN}/ruff", "check"],
    "ruff format": [f"{BIN}/ruff", "format", "--check"],
    "mypy": [f"{BIN}/mypy"],
    "import layers": [f"{BIN}/lint-imports"],
    "licences": [sys.executable, "tools/licences.py"],
}


def main() -> int:
    """Run what was asked for; the exit code is 0 only when all of it passed."""
    arguments = sys.argv[1:]
    tests = "--no-tests" not in arguments
    started = time.monotonic()
    failed = [name for name, command in CHECKS.items() if not passes(name, command, quiet=True)]
    if tests and not passes("tests", [sys.executable, "-m", "pytest", "-n", "auto", *arguments], quiet=False):
        failed.append("tests")
    seconds = time.monotonic() - started
    steps = len(CHECKS) + tests
    if failed:
        print(f"FAILED: {', '.join(failed)} ({len(failed)} of {steps} steps, {seconds:.1f} s)")
        return 1
    print(f"OK: all {steps} steps passed ({seconds:.1f} s)")
    return 0


def passes(name: str, command: list[str], *, quiet: bool) -> bool:
    """Run one step and report it. A quiet one shows its output only when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        command,
        cwd=ROOT,
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE if quiet else None,
        stderr=subprocess.STDOUT if quiet else None,
    )
    if quiet and done.returncode != 0:
        sys.stdout.buffer.write(done.stdout)
    outcome = "ok" if done.returncode == 0 else "FAILED"
    print(f"{name:<14}{outcome:<8}{time.monotonic() - started:6.1f} s", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)

"""`python -m bench [PART …] [--seconds 5] [--write]`: measure, print, and write the tables into the docs."""

from __future__ import annotations

import argparse
import time
from importlib import import_module
from typing import Final

from bench import summary
from bench.harness import machine
from bench.summary import PAGE

PARTS: Final = (
    "books",
    "events",
    "ledger",
    "place",
    "profile",
    "catalog",
    "search",
    "quote",
    "sourcing",
    "importing",
    "whatif",
    "admin",
    "fulfil",
    "floor",
    "channels",
    "paths",
    "labels",
)
ALONE: Final = ("backtest",)
"""Run when they are named only, and never written into the docs: parts of others, with more to read."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, *ALONE, []], help="which to run; all without")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement runs")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md and the READMEs")
    given = parser.parse_args()
    print(f"Machine: {machine()}")
    for part in given.parts or PARTS:
        started = time.perf_counter()
        print(f"\n{part} …", flush=True)
        tables = import_module(f"bench.{part}").run(given.seconds)
        text = "\n".join(table.markdown() for table in tables)
        print(f"\n{text}({time.perf_counter() - started:.0f} s)")
        if given.write and part in PARTS:
            write(part, text)


def write(part: str, text: str) -> None:
    """Put a part's tables into the docs, and what the READMEs quote of them into those."""
    body = f"{text}\nMachine: {machine()}."
    PAGE.write_text(summary.replaced(PAGE.read_text(encoding="utf-8"), part, body), encoding="utf-8")
    summary.write()


if __name__ == "__main__":
    main()

"""`python -m bench [PART …] [--seconds 5] [--write]`: measure, print, and write the tables into the docs."""

from __future__ import annotations

import argparse
import re
import time
from importlib import import_module
from pathlib import Path
from typing import Final

from bench.harness import ROOT, machine

PARTS: Final = ("books", "events", "ledger", "place", "importing")
PAGE: Final = ROOT / "docs" / "benchmarks.md"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench")
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="which to run; all without")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each measurement runs")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    given = parser.parse_args()
    print(f"Machine: {machine()}")
    for part in given.parts or PARTS:
        started = time.perf_counter()
        print(f"\n{part} …", flush=True)
        tables = import_module(f"bench.{part}").run(given.seconds)
        text = "\n".join(table.markdown() for table in tables)
        print(f"\n{text}({time.perf_counter() - started:.0f} s)")
        if given.write:
            write(PAGE, part, text)


def write(page: Path, part: str, text: str) -> None:
    """Put a part's tables between its marks in a page."""
    marks = (f"<!-- bench:{part} -->", f"<!-- /bench:{part} -->")
    pattern = re.compile(re.escape(marks[0]) + ".*?" + re.escape(marks[1]), re.DOTALL)
    body = f"{marks[0]}\n{text}\nMachine: {machine()}.\n{marks[1]}"
    page.write_text(pattern.sub(lambda _: body, page.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

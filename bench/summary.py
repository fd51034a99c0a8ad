"""The READMEs' short table, drawn from the figures in docs/benchmarks.md, so that the two never differ."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final, NamedTuple

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "benchmarks.md"

Row = dict[str, str]


class Line(NamedTuple):
    """One line of the short table: the part it is from, the row by its first cells, and its words.

    `beside`: it compares with systems that are not everywhere, so it stands in the table only once it was measured.
    """

    part: str
    row: tuple[str, ...]
    en: tuple[str, str]
    zh: tuple[str, str]
    beside: bool = False

    @property
    def command(self) -> str:
        return "`make bench-peers`" if self.beside else f"`make bench ARGS={self.part}`"


def _checkout(system: str) -> Line:
    return Line(
        "checkout",
        (system, "64"),
        (f"guest checkout of 3 lines, 64 buyers: {system}", "{checkouts/s}/s, p99 {p99}, CPU {CPU of one}"),
        (f"游客结账，每单 3 行，64 个买家：{system}", "{checkouts/s} 单/秒，p99 {p99}，CPU {CPU of one}"),
        beside=True,
    )


LINES: Final = (
    Line(
        "importing",
        ("seconds, with every voucher posted and the log sealed",),
        ("a real year, {lines} lines, posted and proven", "{figure}, {peak memory of everything}"),
        ("真实一年 {lines} 行，全部记账并核对", "{figure}，{peak memory of everything}"),
    ),
    Line(
        "place",
        ("1,000", "64"),
        ("orders of 3 lines over HTTP, 64 connections, 1,000 SKUs", "{orders/s}/s, p50 {p50}, p99 {p99}"),
        ("HTTP 下单，每单 3 行，64 连接，1,000 个 SKU", "{orders/s} 单/秒，p50 {p50}，p99 {p99}"),
    ),
    Line(
        "place",
        ("1 (hot)", "64"),
        ("the same on one hot SKU", "{orders/s}/s, p50 {p50}, p99 {p99}"),
        ("同上，单一爆款", "{orders/s} 单/秒，p50 {p50}，p99 {p99}"),
    ),
    Line(
        "books",
        ("1 (hot)", "256"),
        ("holds on one hot account, 256 callers, durable", "{coalesced}/s, {ratio} one transaction a call"),
        ("单一热账户占用，256 个调用者，落盘后应答", "{coalesced} 次/秒，为逐次事务的 {ratio}"),
    ),
    Line(
        "events",
        ("commit → handler, median, 100 events/s",),
        ("events appended · from commit to handler", "{appended, 256 a transaction} · median {figure}"),
        ("事件追加 · 提交到处理", "{appended, 256 a transaction} · 中位 {figure}"),
    ),
    _checkout("Shangmai, dummy payment"),
    _checkout("Shangmai, paid by callback"),
    _checkout("Vendure 3.7.3"),
    _checkout("Medusa 2.21.2"),
)
HEADS: Final = {"README.md": "| what | figure | command |", "README.zh-CN.md": "| 项目 | 数值 | 命令 |"}


def write() -> None:
    """Put the short table into both READMEs."""
    for name in HEADS:
        path = ROOT / name
        path.write_text(with_summary(name, path.read_text(encoding="utf-8")), encoding="utf-8")


def with_summary(name: str, text: str) -> str:
    """A README's text with its short table as docs/benchmarks.md has the figures now."""
    page = PAGE.read_text(encoding="utf-8")
    words: Callable[[Line], tuple[str, str]] = (lambda line: line.en) if name == "README.md" else (lambda line: line.zh)
    rows = [HEADS[name], "|---|---|---|"]
    told = ""
    for line in LINES:
        if line.beside and not row_of(page, line):
            continue
        figures = figures_of(page, line)
        what, figure = (_filled(text, figures) for text in words(line))
        command = "" if line.part == told else line.command
        told = line.part
        rows.append(f"| {what} | {figure} | {command} |".replace("|  |", "| |"))
    return replaced(text, "summary", "\n".join(rows))


def figures_of(page: str, line: Line) -> Row:
    """The row's cells by column; of a table of measures and figures, the other measures by their names too."""
    body = part_of(page, line.part)
    found: Row = {}
    for row in tables(body):
        cells = list(row.values())
        if len(row) == 2:
            found.setdefault(cells[0], cells[1])
    found |= row_of(page, line)
    assert set(found) >= set(re.findall(r"{([^}]+)}", "".join(line.en))), f"no figures of {line.part}: {line.row}"
    return found


def row_of(page: str, line: Line) -> Row:
    """The row itself; nothing if it is not there."""
    rows = tables(part_of(page, line.part))
    return next((row for row in rows if tuple(row.values())[: len(line.row)] == line.row), {})


def tables(text: str) -> Iterator[Row]:
    """Every row of every table, its cells by column."""
    columns: list[str] = []
    for line in text.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")] if line.startswith("|") else []
        if not cells:
            columns = []
        elif not columns:
            columns = cells
        elif not set(line) <= set("|-"):
            yield dict(zip(columns, cells, strict=True))


def part_of(page: str, part: str) -> str:
    """What stands between a part's marks."""
    found = re.search(rf"<!-- bench:{part} -->(.*?)<!-- /bench:{part} -->", page, re.DOTALL)
    assert found is not None, f"no place for {part}"
    return found[1]


def replaced(page: str, part: str, body: str) -> str:
    """The page with something else between a part's marks."""
    part_of(page, part)
    marks = (f"<!-- bench:{part} -->", f"<!-- /bench:{part} -->")
    pattern = re.compile(re.escape(marks[0]) + ".*?" + re.escape(marks[1]), re.DOTALL)
    return pattern.sub(lambda _: f"{marks[0]}\n{body}\n{marks[1]}", page)


def _filled(text: str, figures: Row) -> str:
    return re.sub(r"{([^}]+)}", lambda name: figures[name[1]], text)


if __name__ == "__main__":
    write()

"""How far an import is."""

from __future__ import annotations

from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress


class Progress(Protocol):
    """Is told how many rows there are and were done before, then of each portion; and what goes on meanwhile."""

    def begin(self, rows: int | None, done: int) -> None: ...

    def advance(self, rows: int) -> None: ...

    def say(self, what: str) -> None: ...


class Silent:
    def begin(self, rows: int | None, done: int) -> None:
        """Nobody looks."""

    def advance(self, rows: int) -> None:
        """Nobody looks."""

    def say(self, what: str) -> None:
        """Nobody looks."""


class Bar:
    """A bar on the terminal with rows a second; nothing where there is no terminal."""

    def __init__(self) -> None:
        self._progress = RichProgress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )
        self._task = self._progress.add_task("读取文件 reading", total=None, rate="")

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def begin(self, rows: int | None, done: int) -> None:
        self._progress.reset(self._task, total=rows, completed=done, description="导入 importing", rate="")

    def advance(self, rows: int) -> None:
        self._progress.advance(self._task, rows)
        speed = next(task.speed for task in self._progress.tasks if task.id == self._task)
        if speed:
            self._progress.update(self._task, rate=f"{speed:,.0f} 行/秒 rows/s")

    def say(self, what: str) -> None:
        self._progress.update(self._task, description=what)

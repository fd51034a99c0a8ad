"""The three in turn, round after round: checkouts, the hot SKU, what shoppers read. Medians."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from statistics import median
from typing import Any, Final, NamedTuple

import msgspec
import psutil

from bench.harness import Table, postmaster
from bench.peers.goods import HOT_UNITS, PRODUCTS
from bench.peers.measure import Cost, measured, plan, walked
from bench.peers.systems.base import Running, System
from shangmai.kernel.db.embedded import Server

BUYERS: Final = (1, 16, 64)
READERS: Final = 32
HOT_BUYERS: Final = 64
HOT_ATTEMPTS: Final = 2_000
WARM_BUYERS: Final = 8


class Figure(NamedTuple):
    """What is measured together: a table's row before medians are taken."""

    system: str
    what: str
    buyers: int


class Hot(msgspec.Struct):
    """One rush on the SKU that there are only so many of."""

    sold: int
    left: int
    sold_out: int
    errors: Counter[str]
    seconds: float


class Results:
    """Everything measured so far, by row; each round adds one cost to each."""

    def __init__(self) -> None:
        self.checkouts: dict[Figure, list[Cost]] = defaultdict(list)
        self.reads: dict[Figure, list[Cost]] = defaultdict(list)
        self.hot: dict[str, list[Hot]] = defaultdict(list)

    def tables(self) -> dict[str, Table]:
        """The table of each part of the comparison that was measured."""
        found = {
            "checkout": _checkout_table(self.checkouts),
            "hot": _hot_table(self.hot),
            "reads": _read_table(self.reads),
        }
        return {part: table for part, table in found.items() if table.rows}


def one_round(system: System, server: Server, only: Sequence[str], seconds: float, results: Results) -> None:
    """Start the system from a fresh database, warm it, and measure what is wanted."""
    with system.run(server) as running:
        trees = [*running.processes, asyncio.run(postmaster(server))]
        shop = Shop(system, running, trees)
        shop.warm(seconds)
        if "reads" in only:
            for what, journey in system.reads:
                cost = shop.measure(journey, READERS, seconds=seconds)
                results.reads[Figure(system.title, what, READERS)].append(cost)
        if "checkout" in only:
            for title, journey in system.checkouts:
                for buyers in BUYERS:
                    cost = shop.measure(journey, buyers, seconds=seconds)
                    results.checkouts[Figure(title, journey, buyers)].append(cost)
        if "hot" in only:
            results.hot[system.title].append(shop.rush_the_hot(server))


class Shop:
    """A system that serves, and how buyers are sent to it."""

    def __init__(self, system: System, running: Running, trees: Sequence[psutil.Process]) -> None:
        self.system, self.running, self.trees = system, running, trees

    def warm(self, seconds: float) -> None:
        """Let compilers and caches settle: every journey that is measured later, as long as it is measured."""
        for _, journey in (*self.system.reads, *self.system.checkouts):
            walked(plan(self.system, self.running, journey, WARM_BUYERS, seconds=seconds, seed=2))

    def measure(self, journey: str, buyers: int, **limits: Any) -> Cost:
        cost = measured(plan(self.system, self.running, journey, buyers, **limits), self.trees)
        told = f"{cost.rate:,.1f}/s · p99 {cost.wait_s(0.99) * 1000:,.0f} ms · {len(cost.walks):,} walks"
        print(f"  {self.system.title} · {journey} · {buyers} · {told} · {_reasons(cost)}", flush=True)
        return cost

    def rush_the_hot(self, server: Server) -> Hot:
        cost = self.measure("hot", HOT_BUYERS, journeys_max=HOT_ATTEMPTS)
        why = Counter(walk.refusal for walk in cost.refused)
        gone = {reason: count for reason, count in why.items() if _means_sold_out(reason)}
        left = self.system.hot_left(server, self.running)
        errors = Counter({reason: count for reason, count in why.items() if reason not in gone})
        return Hot(len(cost.done), left, sum(gone.values()), errors, cost.seconds)


def _means_sold_out(reason: str) -> bool:
    """All three name stock or inventory when there is none left, by a code or in words."""
    return "inventory" in reason.lower() or "stock" in reason.lower()


def _reasons(cost: Cost) -> str:
    return ", ".join(f"{count} {why}" for why, count in Counter(each.refusal for each in cost.refused).most_common(3))


# --- tables --------------------------------------------------------------------------------------------------------


def _mid(costs: Sequence[Cost], of: Callable[[Cost], float]) -> float:
    return median(of(cost) for cost in costs)


def _waits(costs: Sequence[Cost]) -> list[str]:
    return [f"{median(cost.wait_s(q) for cost in costs) * 1000:,.0f} ms" for q in (0.5, 0.99)]


def _refused(costs: Sequence[Cost]) -> str:
    return f"{sum(len(cost.refused) for cost in costs):,}"


def _cpu_ms(cost: Cost) -> float:
    return cost.cpu_s / max(len(cost.done), 1) * 1000


def _checkout_table(found: dict[Figure, list[Cost]]) -> Table:
    table = Table(
        "Guest checkout, 3 lines",
        ["system", "buyers", "checkouts/s", "p50", "p99", "calls", "CPU of one", "memory", "refused"],
        CHECKOUT_NOTE,
    )
    for figure, costs in found.items():
        done = [walk for cost in costs for walk in cost.done]
        table.rows.append(
            [
                figure.system,
                figure.buyers,
                f"{_mid(costs, lambda cost: cost.rate):,.1f}",
                *_waits(costs),
                f"{sum(walk.calls for walk in done) / max(len(done), 1):.0f}",
                f"{_mid(costs, _cpu_ms):,.1f} ms",
                f"{_mid(costs, lambda cost: cost.memory_mib):,.0f} MiB",
                _refused(costs),
            ]
        )
    return table


def _hot_table(found: dict[str, list[Hot]]) -> Table:
    table = Table(
        f"{HOT_ATTEMPTS:,} attempts for {HOT_UNITS} pieces, {HOT_BUYERS} buyers at once",
        ["system", "sold", "left, as it says", "told sold out", "other errors", "seconds"],
        HOT_NOTE,
    )
    for title, rushes in found.items():
        errors = sum((each.errors for each in rushes), Counter[str]())
        table.rows.append(
            [
                title,
                _range([each.sold for each in rushes]),
                _range([each.left for each in rushes]),
                _range([each.sold_out for each in rushes]),
                "; ".join(f"{count} × {why}" for why, count in errors.most_common(3)) or "0",
                f"{median(each.seconds for each in rushes):,.1f}",
            ]
        )
    return table


def _range(values: Sequence[int]) -> str:
    low, high = min(values), max(values)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _read_table(found: dict[Figure, list[Cost]]) -> Table:
    table = Table(
        f"What shoppers read, {READERS} at once",
        ["system", "what", "requests/s", "p50", "p99", "CPU of one", "refused"],
        READ_NOTE,
    )
    for figure, costs in found.items():
        table.rows.append(
            [
                figure.system,
                figure.what,
                f"{_mid(costs, lambda cost: cost.rate):,.0f}",
                *_waits(costs),
                f"{_mid(costs, _cpu_ms):,.2f} ms",
                _refused(costs),
            ]
        )
    return table


CHECKOUT_NOTE: Final = (
    f"{PRODUCTS:,} products of one variant. Each buyer is another guest on a connection of their own. A checkout's time"
    " is from its first request to the answer that says paid. CPU is of all the system's processes, its PostgreSQL and"
    " its Redis, until they are quiet again; memory too, at the end of the run. The load generator shares the cores."
)
HOT_NOTE: Final = "Each attempt is a whole checkout of one piece. Sold: checkouts that ended paid. All rounds."
READ_NOTE: Final = (
    "A product chosen by chance, one of the list's pages by chance, a search of two words that five products have."
)

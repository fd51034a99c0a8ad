"""Where the CPU of an order goes: by process, while `orders.place` runs over HTTP."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from typing import Final

import psutil

from bench.harness import Table, cpu_s, database, postmaster, server
from bench.load import Plan
from bench.place import PATH, SKUS, api, fire, order_bodies, stocked_shop, worker
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server

CONNECTIONS: Final = (16, 64, 256)
PARTS: Final = ("API", "sessions of the API", "worker", "sessions of the worker", "rest")


def run(seconds: float) -> list[Table]:
    """Measure 16, 64 and 256 connections, each process for itself."""
    table = Table(
        f"orders.place: CPU of one order, 3 lines over {SKUS:,} SKUs",
        ["connections", "API", "its sessions in PostgreSQL", "worker", "its sessions in PostgreSQL",
         "the rest of PostgreSQL", "together", "load generator"],
        "In microseconds. The worker posts to the ledger, seals the log and runs the schedules; the rest of PostgreSQL"
        " is what it does for itself, such as writing out and vacuuming.",
    )  # fmt: skip
    with server() as running:
        asyncio.run(_measure(table, running, seconds))
    return [table]


async def _measure(table: Table, running: Server, seconds: float) -> None:
    async with database(running, "bench_profile") as db:
        shop_id, skus, token = await stocked_shop(db)
        bodies = list(order_bodies(shop_id, skus))
        first = await postmaster(running)
        part_of = dict.fromkeys(_sessions(first), "rest")
        with api(db.dsn) as (port, api_pid):
            await fire(Plan("127.0.0.1", port, PATH, token, max(CONNECTIONS), 2.0, bodies))
            part_of = dict.fromkeys(_sessions(first), "sessions of the API") | part_of
            with worker(db.dsn) as worker_pid:
                await _listening(db)
                await fire(Plan("127.0.0.1", port, PATH, token, 64, 2.0, bodies))
                part_of |= {api_pid: "API", worker_pid: "worker"}
                for connections in CONNECTIONS:
                    plan = Plan("127.0.0.1", port, PATH, token, connections, seconds, bodies)
                    table.add(connections, *await _spent(plan, first, part_of))


async def _spent(plan: Plan, first: psutil.Process, part_of: dict[int, str]) -> list[str]:
    ours = [first, *(psutil.Process(pid) for pid, part in part_of.items() if part in ("API", "worker"))]
    before = cpu_s([*ours, *first.children()])
    outcome = await fire(plan)
    spent: dict[str, float] = defaultdict(float)
    for pid, seconds in cpu_s([*ours, *first.children()]).items():
        spent[part_of.get(pid) or _part(pid)] += seconds - before.get(pid, 0.0)
    orders = len(outcome.latencies)
    each_us = [spent[part] / orders * 1e6 for part in PARTS]
    return [f"{us:.0f}" for us in (*each_us, sum(each_us), outcome.cpu_s / orders * 1e6)]


async def _listening(db: Database) -> None:
    """Wait until the worker hears of events: it starts slower than the API."""
    sql = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'shangmai-listen'"
    async with db.connection() as conn:
        for _ in range(600):
            if await conn.fetchval(sql):
                return
            await asyncio.sleep(0.1)
    raise TimeoutError("the worker did not listen within a minute")


def _part(pid: int) -> str:
    """Sessions that began later are the worker's, for the API's pool had grown before; what has ended is the rest."""
    try:
        return "sessions of the worker" if _is_session(psutil.Process(pid)) else "rest"
    except psutil.NoSuchProcess:
        return "rest"


def _is_session(process: psutil.Process) -> bool:
    try:
        return "[local]" in " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # it has ended meanwhile
        return False


def _sessions(first: psutil.Process) -> set[int]:
    """The server's processes that serve a client."""
    return {p.pid for p in first.children() if _is_session(p)}

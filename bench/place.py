"""`orders.place` over HTTP: the real API and worker processes, the load from another process."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import secrets
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import msgspec
import psutil

from bench.harness import KEY, Table, cpu_s, database, ms, postmaster, quantile, server
from bench.load import Outcome, Plan
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.events.contract import CONSUMERS
from shangmai.kernel.events.store import lag as lag_of
from shangmai.modules.identity import service as identity

SKUS = 1000
CONNECTIONS = (1, 16, 64, 256)
ROUNDS = 3
PATH = "/api/v1/actions/orders.place"
RECEIVER = {"name": "张三", "phone": "13812345678", "province": "上海市", "city": "上海市", "street": "南京路 1 号"}


def run(seconds: float) -> list[Table]:
    """Orders of 3 lines over 1,000 SKUs and on one hot SKU, at 1 to 256 connections."""
    table = Table(
        "orders.place over HTTP, 3 lines",
        ["SKUs", "connections", "orders/s", "p50", "p99", "CPU of one order", "refused"],
        "One API process, one worker (event handlers, ledger, sealing) and PostgreSQL run beside the load generator on"
        " the same cores. Every order has its own idempotency key, an encrypted receiver, a stock hold for each line,"
        " its event and its log row, and is durable before it is answered."
        f" Medians of {ROUNDS} rounds. CPU is of API, worker and PostgreSQL together, until every event is handled.",
    )
    with server() as running:
        asyncio.run(_measure(table, running, seconds))
    return [table]


async def _measure(table: Table, running: Server, seconds: float) -> None:
    async with database(running, "bench_place") as db:
        shop_id, skus, token = await stocked_shop(db)
        with _processes(db.dsn) as (port, pids):
            for name, choice in ((f"{SKUS:,}", skus), ("1 (hot)", skus[:1])):
                bodies = list(order_bodies(shop_id, choice))
                await fire(Plan("127.0.0.1", port, PATH, token, 64, 2.0, bodies))  # warms caches and the partition
                await caught_up(db)
                for connections in CONNECTIONS:
                    plan = Plan("127.0.0.1", port, PATH, token, connections, seconds, bodies)
                    rounds = [await _timed(db, plan, pids, running) for _ in range(ROUNDS)]
                    table.add(name, connections, *_medians(rounds))


async def stocked_shop(db: Database) -> tuple[str, list[str], str]:
    """A shop whose warehouse holds plenty of every SKU; the shop, its SKUs, and an API key that may place orders."""
    runner = Runner(db)

    async def act(name: str, given: dict[str, object]) -> Any:
        do = read_input(ACTIONS[name], given)
        return (await runner.run(Call(action=name, input=do, actor=SYSTEM, door="bench"))).unwrap()

    company = await act("organization.create_company", {"code": "B", "name": "Bench"})
    await act("ledger.open_books", {"company_id": company.id})
    shop = await act(
        "organization.create_shop",
        {"code": "B", "name": "B", "company_id": company.id, "kind": "mall", "currency": "CNY"},
    )
    warehouse = await act("inventory.create_warehouse", {"code": "B", "name": "B", "company_id": company.id})
    await act("inventory.assign_warehouse", {"shop_id": shop.id, "warehouse_id": warehouse.id})
    products = [
        {"code": f"P{n}", "name": f"商品 {n}", "skus": [{"code": f"P{n}", "price_minor": 1000 + n, "currency": "CNY"}]}
        for n in range(SKUS)
    ]
    create = ACTIONS["catalog.create_product"]
    made = await runner.run_list(
        [Call(action=create.name, input=read_input(create, p), actor=SYSTEM, door="bench") for p in products]
    )
    skus = [answer.unwrap().skus[0].id for answer in made]
    lines = [{"sku_id": sku, "qty": 10**8, "cost_minor": 10**8} for sku in skus]
    await act("inventory.receive", {"warehouse_id": warehouse.id, "reference": "bench", "lines": lines})
    return str(shop.id), [str(sku) for sku in skus], await api_key(db, runner, ["orders.place"])


async def api_key(db: Database, runner: Runner, grants: Sequence[str]) -> str:
    async with db.transaction() as tx:
        owner = await identity.bootstrap_owner(tx, "bench", secrets.token_urlsafe(24))
    actor = Actor(id=owner.id, kind="user", name="bench", grants=SYSTEM.grants, scopes=SYSTEM.scopes)
    create = ACTIONS["identity.create_api_key"]
    do = read_input(create, {"name": "bench", "grants": list(grants)})
    key: str = (await runner.run(Call(action=create.name, input=do, actor=actor, door="bench"))).unwrap().key
    return key


def order_bodies(shop_id: str, skus: list[str]) -> Iterator[str]:
    rng = random.Random(7)
    for _ in range(2000):
        chosen = [rng.choice(skus) for _ in range(3)] if len(skus) < 3 else rng.sample(skus, 3)
        lines = [{"sku_id": sku, "qty": 1} for sku in chosen]
        yield json.dumps({"shop_id": shop_id, "lines": lines, "receiver": RECEIVER}, ensure_ascii=False)


@contextmanager
def _processes(dsn: str) -> Iterator[tuple[int, list[int]]]:
    """The API and the worker as `shangmai up` starts them; the port, and their process ids."""
    with api(dsn) as (port, api_pid), worker(dsn) as worker_pid:
        yield port, [api_pid, worker_pid]


@contextmanager
def api(dsn: str, **settings: str) -> Iterator[tuple[int, int]]:
    """The API process, with these environment variables besides; the port it serves, and its process id."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    listening.listen(2048)
    fd = listening.fileno()
    command = [sys.executable, "-m", "shangmai.apps.api", "--fd", str(fd)]
    process = subprocess.Popen(command, env=_environment(dsn) | settings, pass_fds=[fd], start_new_session=True)
    try:
        port = listening.getsockname()[1]
        _wait_until_healthy(port, process)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait()
        listening.close()


@contextmanager
def worker(dsn: str, **settings: str) -> Iterator[int]:
    """The worker process, with these environment variables besides; its process id."""
    command = [sys.executable, "-m", "shangmai.apps.worker"]
    process = subprocess.Popen(command, env=_environment(dsn) | settings, start_new_session=True)
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def _environment(dsn: str) -> dict[str, str]:
    return os.environ | {
        "SHANGMAI_DATABASE_URL": dsn,
        "SHANGMAI_SECRET_KEY": base64.b64encode(KEY).decode(),
        "SHANGMAI_LOG_LEVEL": "warning",
    }


def _wait_until_healthy(port: int, api: subprocess.Popen[bytes]) -> None:
    """The socket listens already, so a request simply waits until the application serves it, or has died."""
    for _ in range(180):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1) as answer:
                assert answer.status == 200
                return
        except OSError:
            assert api.poll() is None, "the API did not start; its error stands above"
    raise TimeoutError("the API did not answer within three minutes")


async def fire(plan: Plan) -> Outcome:
    """Run the load generator in a process of its own."""
    command = [sys.executable, "-m", "bench.load"]
    given = msgspec.json.encode(plan)
    told = await asyncio.to_thread(subprocess.run, command, input=given, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(told.stdout, type=Outcome)


async def caught_up(db: Database) -> None:
    """Wait until the worker has handled all that there is, so that one measurement does not pay for another."""
    waiting: list[int] = []
    for _ in range(600):
        async with db.reading(SYSTEM) as tx:
            waiting = [
                lag.waiting
                for consumer in CONSUMERS.values()
                for lane in range(consumer.lanes)
                if (lag := await lag_of(tx, consumer, lane, tx.now)).waiting
            ]
        if not waiting:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError(f"the worker is {waiting} events behind after a minute")


async def _timed(db: Database, plan: Plan, pids: list[int], running: Server) -> tuple[Outcome, float]:
    """The outcome, and the CPU spent by these processes and by PostgreSQL until every event is handled."""
    ours = [*map(psutil.Process, pids), first := await postmaster(running)]
    before = cpu_s([*ours, *first.children()])
    outcome = await fire(plan)
    await caught_up(db)
    after = cpu_s([*ours, *first.children()])
    return outcome, sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items())


def _medians(rounds: list[tuple[Outcome, float]]) -> list[str]:
    def median(values: list[float]) -> float:
        return sorted(values)[len(values) // 2]

    rate = median([len(o.latencies) / o.seconds for o, _ in rounds])
    p50, p99 = (median([quantile(o.latencies, q) for o, _ in rounds]) for q in (0.5, 0.99))
    cpu_us = median([cpu / len(o.latencies) * 1e6 for o, cpu in rounds])
    refused = sum(count for o, _ in rounds for status, count in o.statuses.items() if status != "200")
    return [f"{rate:,.0f}", ms(p50), ms(p99), f"{cpu_us:.0f} µs", str(refused)]


if __name__ == "__main__":
    started = time.perf_counter()
    for made in run(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0):
        print(made.markdown())
    print(f"{time.perf_counter() - started:.0f} s")

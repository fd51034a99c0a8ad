"""Medusa: a server and a worker on Node.js, with Redis for caching, events, workflows and locks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import msgspec
import psutil

from bench.peers.goods import SEARCHES, goods
from bench.peers.systems import base
from bench.peers.systems.base import HOME, Pairs, Running
from shangmai.kernel.db.embedded import Server

FILLED: Final = "peer_medusa_filled"
DATABASE: Final = "peer_medusa"
CLI: Final = Path("node_modules/@medusajs/cli/cli.js")


class Medusa:
    name = "medusa"
    title = "Medusa 2.21.2"
    module = "bench.peers.medusa"
    checkouts: Pairs = ((title, "checkout"),)
    reads: Pairs = (*base.READS, ("search by its search module, without prices", "search without prices"))

    def __init__(self, servers: int) -> None:
        self.servers = servers
        self.place = HOME / "medusa"
        self.log = HOME / "medusa.log"
        self.given_file = HOME / "medusa-given.json"
        self.secret = base.secret("medusa")

    def install(self) -> None:
        base.npm_install("medusa")

    def fill(self, server: Server) -> None:
        digest = base.digest_of("medusa")
        if self.given_file.exists() and asyncio.run(base.is_filled(server, FILLED, digest)):
            return
        asyncio.run(base.empty_database(server, FILLED))
        file = HOME / "goods.json"
        file.write_bytes(msgspec.json.encode(goods()))
        with base.redis() as (redis_port, _):
            env = self._environment(server, FILLED, redis_port)
            env |= {"GOODS_FILE": str(file), "GIVEN_FILE": str(self.given_file)}
            for step in (
                ["db:migrate"],
                ["exec", "./src/scripts/seed.js"],
                ["db:migrate:search"],
                ["exec", "./src/scripts/given.js"],
            ):
                base.run_once(["node", str(CLI), *step], self.place, env, self.log)
            with self._serving(env) as (port, _):
                self._wait_for_index(port)
        asyncio.run(base.mark_filled(server, FILLED, digest))

    @contextmanager
    def run(self, server: Server) -> Iterator[Running]:
        asyncio.run(base.copy_database(server, FILLED, DATABASE))
        with base.redis() as (redis_port, redis):
            env = self._environment(server, DATABASE, redis_port)
            with self._serving(env) as (port, processes):
                yield Running(port=port, processes=[*processes, *redis], given=self._given())

    def hot_left(self, server: Server, running: Running) -> int:
        given = self._given()
        path = f"/store/products?region_id={given['region']}&fields=*variants,%2Bvariants.inventory_quantity&handle=hot"
        told = base.ask_json(f"http://127.0.0.1:{running.port}{path}", headers={"x-publishable-api-key": given["key"]})
        return int(told["products"][0]["variants"][0]["inventory_quantity"])

    def _environment(self, server: Server, database: str, redis_port: int) -> dict[str, str]:
        return base.node_environment() | {
            "NODE_ENV": "production",
            "DATABASE_URL": f"postgres://postgres@{quote(str(server.socket_dir), safe='')}:{server.port}/{database}",
            "JWT_SECRET": self.secret,
            "COOKIE_SECRET": self.secret,
            "MEDUSA_DISABLE_TELEMETRY": "true",
            "LOG_LEVEL": "warn",
            **({"REDIS_URL": f"redis://127.0.0.1:{redis_port}"} if redis_port else {}),
        }

    @contextmanager
    def _serving(self, env: dict[str, str]) -> Iterator[tuple[int, list[psutil.Process]]]:
        """Serve from a port of its own; the worker has one too, for its health."""
        ports = {"server": base.free_port(), "worker": base.free_port()}
        with ExitStack() as stack:
            started = [
                stack.enter_context(
                    base.process(self._start(mode, port), self.place, env | {"WORKER_MODE": mode}, self.log)
                )
                for mode, port in ports.items()
            ]
            for port in ports.values():
                base.wait_until_serving(f"http://127.0.0.1:{port}/health", started, self.log)
            yield ports["server"], started

    def _start(self, mode: str, port: int) -> list[str]:
        cluster = ["--cluster", str(self.servers)] if mode == "server" and self.servers > 1 else []
        return ["node", str(CLI), "start", "--host", "127.0.0.1", "--port", str(port), *cluster]

    def _wait_for_index(self, port: int) -> None:
        """Wait until the worker has filled the search index."""
        key = {"x-publishable-api-key": self._given()["key"]}
        asked = {"entity": "product", "filters": {"q": SEARCHES[0]}}
        last = {"entity": "product", "filters": {"q": SEARCHES[-1]}}

        def filled() -> bool:
            told = [base.ask_json(f"http://127.0.0.1:{port}/store/search", each, key) for each in (asked, last)]
            return all(each["results"][0]["hits"] for each in told)

        base.wait_for(filled, [], self.log)

    def _given(self) -> dict[str, Any]:
        given: dict[str, Any] = json.loads(self.given_file.read_text())
        return given | {"searches": SEARCHES}

"""Vendure: a server and a worker on Node.js, with Redis for jobs, sessions and cache."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any, Final

import msgspec

from bench.peers.goods import HOT_CODE, SEARCHES, goods
from bench.peers.systems import base
from bench.peers.systems.base import HOME, Pairs, Running
from shangmai.kernel.db.embedded import Server

FILLED: Final = "peer_vendure_filled"
DATABASE: Final = "peer_vendure"
PAGE: Final = 100


class Vendure:
    name = "vendure"
    title = "Vendure 3.7.3"
    module = "bench.peers.vendure"
    checkouts: Pairs = ((title, "checkout"),)
    reads: Pairs = base.READS

    def __init__(self, servers: int) -> None:
        self.servers = servers
        self.place = HOME / "vendure"
        self.log = HOME / "vendure.log"
        self.password = base.secret("vendure")

    def install(self) -> None:
        base.npm_install("vendure")

    def fill(self, server: Server) -> None:
        digest = base.digest_of("vendure")
        if asyncio.run(base.is_filled(server, FILLED, digest)):
            return
        asyncio.run(base.empty_database(server, FILLED))
        file = HOME / "goods.json"
        file.write_bytes(msgspec.json.encode(goods()))
        with base.redis() as (redis_port, _):
            env = self._environment(server, FILLED, redis_port)
            # The worker takes in what the import hands to the search index.
            made = env | {"MAKE_SCHEMA": "yes", "GOODS_FILE": str(file), "PORT": str(base.free_port())}
            base.run_once(["node", "seed.js"], self.place, made, self.log)
            with self._serving(env):
                self._index(int(env["PORT"]))
        asyncio.run(base.mark_filled(server, FILLED, digest))

    @contextmanager
    def run(self, server: Server) -> Iterator[Running]:
        asyncio.run(base.copy_database(server, FILLED, DATABASE))
        with base.redis() as (redis_port, redis):
            env = self._environment(server, DATABASE, redis_port)
            with self._serving(env) as processes:
                port = int(env["PORT"])
                yield Running(port=port, processes=[*processes, *redis], given=self._given(port))

    def hot_left(self, server: Server, running: Running) -> int:
        hot = self._variants(running.port, {"filter": {"sku": {"eq": HOT_CODE}}})["items"][0]
        level = hot["stockLevels"][0]
        return int(level["stockOnHand"]) - int(level["stockAllocated"])

    def _environment(self, server: Server, database: str, redis_port: int) -> dict[str, str]:
        return base.node_environment() | {
            "NODE_ENV": "production",
            "DATABASE_HOST": str(server.socket_dir),
            "DATABASE_PORT": str(server.port),
            "DATABASE_NAME": database,
            "PORT": str(base.free_port()),
            "SERVERS": str(self.servers),
            "SUPERADMIN_PASSWORD": self.password,
            "COOKIE_SECRET": self.password,
            **({"REDIS_PORT": str(redis_port)} if redis_port else {}),
            **{name: os.environ[name] for name in ("POOL_SIZE",) if name in os.environ},
        }

    @contextmanager
    def _serving(self, env: dict[str, str]) -> Iterator[list[Any]]:
        with ExitStack() as stack:
            started = [
                stack.enter_context(base.process(["node", f"{each}.js"], self.place, env, self.log))
                for each in ("server", "worker")
            ]
            base.wait_until_serving(f"http://127.0.0.1:{env['PORT']}/health", started, self.log)
            yield started

    def _index(self, port: int) -> None:
        """Build the search index anew, and wait for it."""
        token = self._sign_in(port)
        job = self._admin(port, "mutation { reindex { id } }", {}, token)["reindex"]["id"]
        asked = "query ($id: ID!) { job(jobId: $id) { state } }"
        base.wait_for(lambda: self._admin(port, asked, {"id": job}, token)["job"]["state"] == "COMPLETED", [], self.log)

    def _given(self, port: int) -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        while True:
            page = self._variants(port, {"take": PAGE, "skip": len(found)})
            found += page["items"]
            if len(found) >= page["totalItems"]:
                break
        plain = [each for each in found if each["sku"] != HOT_CODE]
        hot = next(each for each in found if each["sku"] == HOT_CODE)
        return {
            "variants": [each["id"] for each in plain],
            "products": [each["product"]["id"] for each in plain],
            "hot": hot["id"],
            "searches": SEARCHES,
        }

    def _variants(self, port: int, options: dict[str, Any]) -> dict[str, Any]:
        asked = (
            "query ($options: ProductVariantListOptions) { productVariants(options: $options) { totalItems"
            " items { id sku product { id } stockLevels { stockOnHand stockAllocated } } } }"
        )
        found: dict[str, Any] = self._admin(port, asked, {"options": options}, self._sign_in(port))["productVariants"]
        return found

    def _sign_in(self, port: int) -> str:
        asked = (
            "mutation ($name: String!, $password: String!) { login(username: $name, password: $password)"
            " { ... on ErrorResult { message } } }"
        )
        body = {"query": asked, "variables": {"name": "superadmin", "password": self.password}}
        return base.ask_header(f"http://127.0.0.1:{port}/admin-api", body, "vendure-auth-token")

    def _admin(self, port: int, query: str, variables: dict[str, Any], token: str) -> dict[str, Any]:
        told = base.ask_json(
            f"http://127.0.0.1:{port}/admin-api",
            {"query": query, "variables": variables},
            {"Authorization": f"Bearer {token}"},
        )
        assert not told.get("errors"), told
        data: dict[str, Any] = told["data"]
        return data

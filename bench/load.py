"""A load generator for one HTTP endpoint, in a process of its own: keep-alive connections that send as answers come.

It speaks just enough HTTP/1.1 to cost little: requests are prepared bytes, answers are cut by Content-Length.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from typing import cast

import msgspec
import uvloop

from bench.telling import tell


class Plan(msgspec.Struct):
    """What to send: to where, over how many connections, for how long, and the bodies in turn."""

    host: str
    port: int
    path: str
    token: str
    connections: int
    seconds: float
    bodies: list[str]
    keyed: bool = True


class Outcome(msgspec.Struct):
    """What came back: statuses, the seconds that each answer took, and the CPU that asking took."""

    statuses: dict[str, int]
    seconds: float
    latencies: list[float]
    cpu_s: float = 0.0


class Connection(asyncio.Protocol):
    """One keep-alive connection with one request under way."""

    def __init__(self, requests: Iterator[bytes], ends: float, done: asyncio.Future[None]) -> None:
        self.requests, self.ends, self.done = requests, ends, done
        self.buffer = b""
        self.statuses: Counter[str] = Counter()
        self.latencies: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one without saying so
        self._send()

    def _send(self) -> None:
        self.sent = time.perf_counter()
        self.transport.write(next(self.requests))

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head_end = self.buffer.find(b"\r\n\r\n")
        if head_end < 0:
            return
        head = self.buffer[:head_end].lower()
        at = head.index(b"content-length:") + 15
        line_end = head.find(b"\r", at)
        length = int(head[at : line_end if line_end > 0 else None])
        if len(self.buffer) < head_end + 4 + length:
            return
        now = time.perf_counter()
        self.statuses[head[9:12].decode()] += 1
        self.latencies.append(now - self.sent)
        self.buffer = b""
        if now < self.ends:
            self._send()
        else:
            self.transport.close()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_result(None)


def requests(plan: Plan, connection: int) -> Iterator[bytes]:
    """Endless requests of one connection, each with an idempotency key of its own."""
    heads = (
        f"POST {plan.path} HTTP/1.1\r\nHost: {plan.host}\r\nAuthorization: Bearer {plan.token}\r\n"
        "Content-Type: application/json\r\n"
    ).encode()
    run = time.time_ns()
    n = connection
    while True:
        body = plan.bodies[n % len(plan.bodies)].encode()
        key = f"Idempotency-Key: {run}-{connection}-{n}\r\n".encode() if plan.keyed else b""
        yield heads + key + b"Content-Length: %d\r\n\r\n" % len(body) + body
        n += plan.connections


async def fire(plan: Plan) -> Outcome:
    loop = asyncio.get_running_loop()
    started, spent_s = time.perf_counter(), time.process_time()
    connections = []
    for n in range(plan.connections):
        done = loop.create_future()
        protocol = Connection(requests(plan, n), started + plan.seconds, done)
        await loop.create_connection(lambda protocol=protocol: protocol, plan.host, plan.port)  # type: ignore[misc]
        connections.append(protocol)
    await asyncio.gather(*(protocol.done for protocol in connections))
    seconds, cpu_s = time.perf_counter() - started, time.process_time() - spent_s
    statuses: Counter[str] = Counter()
    latencies: list[float] = []
    for protocol in connections:
        statuses += protocol.statuses
        latencies += protocol.latencies
    return Outcome(dict(statuses), seconds, latencies, cpu_s)


if __name__ == "__main__":
    outcome = uvloop.run(fire(msgspec.json.decode(sys.stdin.buffer.read(), type=Plan)))
    tell(msgspec.json.encode(outcome))

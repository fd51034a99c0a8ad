"""The action door behind the real server: whole answers in one write, and what keeps connections in order."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
import uvicorn
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from shangmai.apps import serving
from shangmai.apps.api import create_app
from shangmai.kernel.settings import Settings
from tests.doors.conftest import ROUTES, Tokens

PATH = "/api/v1/actions/doors.keep_many"


def request(body: bytes, *more: str, method: str = "POST", version: str = "1.1") -> bytes:
    lines = [f"{method} {PATH} HTTP/{version}", "Host: test", "Authorization: Bearer all", *more]
    return "\r\n".join([*lines, f"Content-Length: {len(body)}", "", ""]).encode() + body


async def answer(reader: asyncio.StreamReader, method: str = "POST") -> tuple[bytes, dict[str, str], bytes]:
    """The next answer: status line, headers, body."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    first, *lines = head.strip().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    length = 0 if method == "HEAD" else int(headers["content-length"])
    return first.encode(), headers, await reader.readexactly(length)


class Watch:
    """A transport that notes what is written, write by write."""

    def __init__(self, transport: asyncio.Transport, writes: list[bytes]) -> None:
        self._transport, self._writes = transport, writes

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def write(self, sent: bytes) -> None:
        self._writes.append(sent)
        self._transport.write(sent)


@pytest.fixture
def writes() -> list[bytes]:
    """What the server writes to its sockets."""
    return []


@pytest_asyncio.fixture
async def port(things: asyncpg.Connection, settings: Settings, writes: list[bytes]) -> AsyncIterator[int]:
    class Watched(serving.Protocol):
        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            self.transport = Watch(transport, writes)  # type: ignore[assignment]

    listening = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(serving.config(create_app(settings, Tokens(), routes=ROUTES), Watched))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        await task


Stream = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest_asyncio.fixture
async def stream(port: int) -> AsyncIterator[Stream]:
    async with asyncio.timeout(60):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        yield reader, writer
        writer.close()


async def test_an_answer_is_one_write_with_all_its_headers(stream: Stream, writes: list[bytes]) -> None:
    reader, writer = stream
    writer.write(request(b'{"n": 1}', "X-Request-Id: my-request", "Idempotency-Key: k"))
    status, headers, body = await answer(reader)
    assert (status, body.partition(b",")[2]) == (b"HTTP/1.1 200 OK", b'"n":1,"name":"thing"}')
    assert len(writes) == 1
    assert headers.keys() == {
        "date", "content-type", "cache-control", "content-security-policy", "x-content-type-options", "referrer-policy",
        "x-frame-options", "x-request-id", "x-action-id", "content-length",
    }  # fmt: skip
    assert headers["x-request-id"] == "my-request"
    writer.write(request(b'{"n": 1}', "Idempotency-Key: k"))
    _, again, repeated = await answer(reader)
    assert (again["idempotent-replayed"], repeated, len(writes)) == ("true", body, 2)


async def test_refusals_too(stream: Stream, writes: list[bytes]) -> None:
    reader, writer = stream
    writer.write(request(b'{"n": 13}'))
    status, headers, body = await answer(reader)
    assert (status, b"Unlucky" in body) == (b"HTTP/1.1 409 Conflict", True)
    assert ("x-action-id" in headers, len(writes)) == (True, 1)


async def test_requests_sent_without_waiting_are_answered_in_order(stream: Stream, writes: list[bytes]) -> None:
    reader, writer = stream
    writer.write(b"".join(request(b'{"n": %d}' % n) for n in range(1, 6)))
    bodies = [(await answer(reader))[2] for _ in range(5)]
    assert [body.partition(b",")[2] for body in bodies] == [b'"n":%d,"name":"thing"}' % n for n in range(1, 6)]
    assert len(writes) == 5


@pytest.mark.parametrize(("more", "version"), [(["Connection: close"], "1.1"), ([], "1.0")])
async def test_a_connection_that_is_to_end_is_told_and_ends(stream: Stream, more: list[str], version: str) -> None:
    reader, writer = stream
    writer.write(request(b'{"n": 1}', *more, version=version))
    status, headers, _ = await answer(reader)
    assert (status, headers["connection"]) == (b"HTTP/1.1 200 OK", "close")
    assert await reader.read() == b""


async def test_head_has_no_body_and_the_connection_goes_on(stream: Stream) -> None:
    reader, writer = stream
    writer.write(request(b"", method="HEAD"))
    status, headers, _ = await answer(reader, "HEAD")
    assert (status, int(headers["content-length"]) > 0) == (b"HTTP/1.1 405 Method Not Allowed", True)
    writer.write(request(b'{"n": 2}'))
    assert (await answer(reader))[0] == b"HTTP/1.1 200 OK"


async def test_a_body_that_waits_to_be_asked_for_is_asked_for_once(stream: Stream) -> None:
    reader, writer = stream
    whole = request(b'{"n": 3}', "Expect: 100-continue")
    writer.write(whole[:-8])
    assert await reader.readuntil(b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
    writer.write(whole[-8:])
    assert (await answer(reader))[0] == b"HTTP/1.1 200 OK"


async def test_a_request_that_is_answered_leaves_no_circle_behind(stream: Stream) -> None:
    """Else every one stays, with its body, until a look for garbage, which makes all others wait."""
    reader, writer = stream
    gc.collect()
    gc.disable()
    try:
        before = cycles()
        for n in range(20):
            writer.write(request(b'{"n": %d}' % n))
            await answer(reader)
        assert cycles() <= before + 1, "the last one may still be held by its connection"
    finally:
        gc.enable()


def cycles() -> int:
    return sum(isinstance(each, RequestResponseCycle) for each in gc.get_objects())

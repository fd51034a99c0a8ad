"""The server's side of HTTP: uvicorn's, and a shorter way for answers that are whole when they are sent.

ASGI tells an answer's head and body apart. uvicorn looks at each header for letters that may not stand there, and
writes head and body to the socket one after the other, so the caller wakes twice. Here an application may hand over
both at once (`WHOLE`, in the scope's extensions), and they leave as one write.
"""

from __future__ import annotations

from functools import partial
from typing import Any
from weakref import ref

import uvicorn
from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol, RequestResponseCycle

from shangmai.kernel.http.answers import WHOLE


class Protocol(HttpToolsProtocol):
    """uvicorn's protocol, whose scopes offer the shorter way."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        if self.cycle is not None:
            # Weak: the cycle has the scope, and a circle would keep requests until garbage is looked for.
            self.scope["extensions"] = {WHOLE: partial(answer, ref(self.cycle))}  # type: ignore[dict-item]


def answer(answering: ref[RequestResponseCycle], status: int, head: bytes, body: bytes) -> bool:
    """Send the whole answer; False when it must go the long way: to HEAD, or while the caller reads too slowly.

    `head` are header lines, each with its end; the length is written here. The caller vouches for their letters.
    """
    cycle = answering()
    if cycle is None:
        return True  # nobody waits for it any more
    if cycle.response_started or cycle.flow.write_paused or cycle.scope["method"] == "HEAD":
        return False
    if cycle.disconnected:
        return True
    cycle.response_started, cycle.waiting_for_100_continue = True, False
    dated = b"".join([b"%b: %b\r\n" % (name, value) for name, value in cycle.default_headers])
    close = b"" if cycle.keep_alive else b"connection: close\r\n"
    length = b"content-length: %d\r\n\r\n" % len(body)
    cycle.transport.write(b"".join((STATUS_LINE[status], dated, head, close, length, body)))
    cycle.response_complete = True
    cycle.message_event.set()
    if not cycle.keep_alive:
        cycle.transport.close()
    cycle.on_response()
    return True


def config(app: Any, protocol: type[Protocol] = Protocol) -> uvicorn.Config:
    """How the API is served; a kind of protocol of one's own can watch."""
    return uvicorn.Config(
        app,
        http=protocol,
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=5,
        backlog=2048,
    )

"""Just enough HTTP/1.1 for buyers: requests are prepared bytes, answers are cut by their length or their chunks."""

from __future__ import annotations

from typing import Any, NamedTuple

import msgspec

Headers = dict[str, str]


class Answer(NamedTuple):
    status: int
    head: bytes
    body: bytes

    def json(self) -> Any:
        return msgspec.json.decode(self.body)

    def header(self, name: bytes) -> bytes:
        """The header's value, its name given in lower case; nothing if it is not there."""
        at = self.head.lower().find(b"\r\n" + name + b":")
        if at < 0:
            return b""
        at += len(name) + 3
        end = self.head.find(b"\r\n", at)
        return self.head[at : end if end > 0 else None].strip()


class Sender:
    """Makes the requests to one address; the headers that all have are laid out once."""

    def __init__(self, host: str, headers: Headers) -> None:
        lines = {"Host": host, "Accept": "application/json"} | headers
        self._common = b" HTTP/1.1\r\n" + _lines(lines)

    def get(self, path: str, **headers: str) -> bytes:
        return b"GET " + path.encode() + self._common + _lines(headers) + b"\r\n"

    def post(self, path: str, body: bytes, headers: Headers | None = None) -> bytes:
        head = b"POST " + path.encode() + self._common + b"Content-Type: application/json\r\n" + _lines(headers or {})
        return head + b"Content-Length: %d\r\n\r\n" % len(body) + body

    def post_json(self, path: str, body: object, headers: Headers | None = None) -> bytes:
        return self.post(path, msgspec.json.encode(body), headers)


def _lines(headers: Headers) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode()


def cut(received: bytes) -> Answer | None:
    """The answer, if it is whole; a buyer has one request under way, so nothing follows it."""
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head, rest = received[:head_end], received[head_end + 4 :]
    answer = Answer(int(head[9:12]), head, rest)
    length = answer.header(b"content-length")
    if length:
        return answer if len(rest) >= int(length) else None
    if answer.header(b"transfer-encoding") == b"chunked":
        return Answer(answer.status, head, _joined(rest)) if rest.endswith(b"0\r\n\r\n") else None
    return answer  # 204 and 304 have no body


def _joined(chunks: bytes) -> bytes:
    parts: list[bytes] = []
    at = 0
    while True:
        line_end = chunks.index(b"\r\n", at)
        size = int(chunks[at:line_end].split(b";")[0], 16)
        if not size:
            return b"".join(parts)
        parts.append(chunks[line_end + 2 : line_end + 2 + size])
        at = line_end + 4 + size

"""The sockets that API processes serve on: bound by the launcher, inherited by its children.

The launcher keeps its copies open, so while an API process is started again its connections wait instead of being
refused.
"""

from __future__ import annotations

import errno
import socket
import sys
from typing import Final

import psutil

BACKLOG: Final = 2048
PORTS_TRIED: Final = 50


class PortInUse(RuntimeError):
    """The chosen port is taken; the message says by whom and what to do."""

    def __init__(self, host: str, port: int) -> None:
        self.port = port
        super().__init__(
            f"端口 {port} 已被占用 · Port {port} on {host} is in use{_by_whom(port)}.\n"
            f"换一个端口 · Choose another: shangmai up --port {port + 1}   (SHANGMAI_PORT={port + 1})"
        )


def bind(host: str, port: int, processes: int, *, only_this_port: bool) -> list[socket.socket]:
    """One listening socket for each process; with `only_this_port` false, on the first free port from `port` on.

    On Linux each process has its own (SO_REUSEPORT), so that the kernel spreads connections over them; elsewhere they
    share one. Raises: PortInUse.
    """
    for candidate in range(port, port + (1 if only_this_port or port == 0 else PORTS_TRIED)):
        try:
            return _bind_all(host, candidate, processes)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
    raise PortInUse(host, port)


def _bind_all(host: str, port: int, processes: int) -> list[socket.socket]:
    first = _bind(host, port, shared=False)  # without sharing, so that another program on the port is noticed
    if processes == 1:
        return [first]
    if sys.platform != "linux":
        return [first, *(first.dup() for _ in range(processes - 1))]
    taken = first.getsockname()[1]
    first.close()
    return [_bind(host, taken, shared=True) for _ in range(processes)]


def _bind(host: str, port: int, *, shared: bool) -> socket.socket:
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
        listener.setblocking(False)
    except OSError:
        listener.close()
        raise
    return listener


def _by_whom(port: int) -> str:
    """Who listens there, as far as this user may know."""
    try:
        for connection in psutil.net_connections(kind="tcp"):
            if connection.status == psutil.CONN_LISTEN and connection.laddr.port == port and connection.pid:
                process = psutil.Process(connection.pid)
                return f" (pid {process.pid}: {' '.join(process.cmdline())[:120] or process.name()})"
    except (psutil.Error, OSError):
        return ""
    return ""

"""Servers of a test's own, to be killed, emptied or met for the first time."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from shangmai.kernel.db.embedded import EmbeddedPostgres, Server
from shangmai.kernel.db.embedded.processes import is_alive, wait_until


class OwnServer:
    """A running server and the power over it."""

    def __init__(self, postgres: EmbeddedPostgres, server: Server) -> None:
        self._postgres = postgres
        self.dsn = server.dsn()

    def kill(self) -> None:
        """SIGKILL for the server and all that it has started, as when a machine loses its power."""
        processes = self._processes()
        for process in processes:
            with suppress(psutil.NoSuchProcess):  # the first is their parent, without whom they end by themselves
                process.kill()
        assert wait_until(lambda: not any(map(is_alive, processes)), timeout_s=60)

    def write_late(self) -> None:
        """Until it is started again, what no commit waits for does not reach the disk."""
        postmaster = self._processes()[0].pid
        [writer] = [
            each  # looked for so that another one may end meanwhile
            for each in psutil.process_iter(["ppid", "cmdline"])
            if each.info["ppid"] == postmaster and "walwriter" in " ".join(each.info["cmdline"] or ())
        ]
        writer.suspend()

    def _processes(self) -> list[psutil.Process]:
        pid = int((self._postgres.where() / "data" / "postmaster.pid").read_text().split()[0])
        postmaster = psutil.Process(pid)
        return [postmaster, *postmaster.children()]

    def start_again(self) -> None:
        self._postgres.ensure_running()


@contextmanager
def own_server() -> Iterator[OwnServer]:
    with tempfile.TemporaryDirectory(prefix="shangmai_", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o755)  # under root the server runs as another user, who must be able to enter
        postgres = EmbeddedPostgres(home)
        with postgres as server:
            yield OwnServer(postgres, server)
        shutil.rmtree(postgres.where(), ignore_errors=True)

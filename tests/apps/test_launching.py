"""Ports, environment and children of the launcher, without starting everything."""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from shangmai.apps.children import Child, created_at, end_leftovers
from shangmai.apps.environment import as_environment, load_settings, port_is_chosen
from shangmai.apps.listening import PortInUse, bind


class TestBind:
    def test_a_free_port_is_taken(self) -> None:
        (one,) = bind("127.0.0.1", 0, 1, only_this_port=True)
        port = one.getsockname()[1]
        with pytest.raises(PortInUse, match=str(port)):
            bind("127.0.0.1", port, 2, only_this_port=True)
        (other,) = bind("127.0.0.1", port, 1, only_this_port=False)
        assert other.getsockname()[1] > port
        one.close()
        other.close()

    def test_several_sockets_share_a_port(self) -> None:
        sockets = bind("127.0.0.1", 0, 3, only_this_port=True)
        assert len({one.getsockname() for one in sockets}) == 1
        assert len({one.fileno() for one in sockets}) == 3
        for one in sockets:
            one.close()

    def test_the_port_of_a_program_that_shares_is_in_use_too(self) -> None:
        with socket.socket() as sharing:
            sharing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            sharing.bind(("127.0.0.1", 0))
            sharing.listen()
            with pytest.raises(PortInUse):
                bind("127.0.0.1", sharing.getsockname()[1], 2, only_this_port=True)


class TestEnvironment:
    def test_common_names_count_unless_ours_are_set(self) -> None:
        assert load_settings({"PORT": "9000"}).port == 9000
        assert load_settings({"PORT": "9000", "SHANGMAI_PORT": "9001"}).port == 9001
        assert load_settings({"PORT": "9000", "SHANGMAI_PORT": ""}).port == 9000
        assert load_settings({"DATABASE_URL": "postgresql://db/x"}).database_url == "postgresql://db/x"

    def test_whether_a_port_was_chosen(self) -> None:
        assert not port_is_chosen({})
        assert not port_is_chosen({"SHANGMAI_PORT": ""})
        assert port_is_chosen({"PORT": "8765"})
        assert port_is_chosen({"SHANGMAI_PORT": "8765"})

    def test_children_get_the_same_settings(self, tmp_path: Path) -> None:
        chosen = load_settings({"SHANGMAI_HOME": str(tmp_path), "SHANGMAI_DEMO": "true", "PORT": "9000", "A": "b"})
        env = as_environment(chosen, {"SHANGMAI_DEMO": "false", "PORT": "1", "A": "b"})
        assert env["A"] == "b"
        assert load_settings(env) == chosen


SLEEP = "import time; print('up', flush=True); time.sleep(60)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"


def child(code: str, log_file: Path) -> Child:
    return Child("one", ["-c", code], fds=(), env={}, log_file=log_file)


async def until_up(log_file: Path, times: int) -> None:
    async with asyncio.timeout(60):
        while not log_file.exists() or log_file.read_text().count("up") < times:  # noqa: ASYNC110, ASYNC240
            await asyncio.sleep(0.02)


class TestChild:
    async def test_one_that_ends_is_started_again(self, tmp_path: Path) -> None:
        one = child("print('up')", tmp_path / "log")
        keeping = asyncio.create_task(one.keep_alive())
        await until_up(tmp_path / "log", 2)
        assert one.early_ends >= 1
        assert "up" in one.last_words()
        await one.stop()
        keeping.cancel()

    async def test_it_is_stopped_in_order(self, tmp_path: Path) -> None:
        one = child(SLEEP, tmp_path / "log")
        keeping = asyncio.create_task(one.keep_alive())
        await until_up(tmp_path / "log", 1)
        await one.stop()
        await keeping
        assert one.pid is None

    async def test_one_that_does_not_listen_is_ended(self, tmp_path: Path) -> None:
        one = child(STUBBORN, tmp_path / "log")
        keeping = asyncio.create_task(one.keep_alive())
        await until_up(tmp_path / "log", 1)
        await one.stop(timeout_s=0.2)
        await keeping
        assert one.pid is None


def test_leftovers_are_known_by_pid_and_birth() -> None:
    process = subprocess.Popen([sys.executable, "-c", SLEEP], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert end_leftovers({process.pid: created_at(process.pid) - 100}) == 0  # somebody else's, with the same number
    assert process.poll() is None
    assert end_leftovers({process.pid: created_at(process.pid)}) == 1
    process.wait(5)
    assert end_leftovers({process.pid: 0.0}) == 0

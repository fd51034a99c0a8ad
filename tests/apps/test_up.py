"""`shangmai up` as real processes: first and second run, stop, and whatever is killed."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.apps.launched import a_home, database_processes, gone, launched, shangmai, until

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]

COMPANY = '{"code": "HQ", "name": "总部", "currency": "CNY"}'


@pytest.fixture
def home() -> Iterator[Path]:
    with a_home() as path:
        yield path


def test_first_run_stop_second_run(home: Path) -> None:
    with launched(home) as first:
        assert "is ready" in first.told
        assert f"{first.running.url}/api/docs" in first.told
        until(lambda: first.answers("/readyz"), told=lambda: first.told)
        assert "<h1" in first.get("/status").text
        made = shangmai(home, "action", "organization.create_company", "--json", COMPANY)
        assert made.returncode == 0, made.stderr
        family = first.family()
        assert len(family) > 5
        first.stop()
        until(lambda: gone(family), told=lambda: str(family))
        assert "the data is safe" in first.told
    with launched(home) as second:
        refused = shangmai(home, "action", "organization.create_company", "--json", COMPANY)
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["error"]["code"] == "organization.CompanyCodeTaken"
        second.stop()


def test_a_killed_launcher_leaves_nothing(home: Path) -> None:
    with launched(home) as first:
        family = first.family()
        first.process.kill()
        first.process.wait()
        until(lambda: gone(family), told=lambda: str(family))
        until(lambda: database_processes(home) == [])  # a session that was only just begun is none of the family
    with launched(home) as second:
        until(lambda: second.answers("/readyz"), told=lambda: second.told)


def test_a_new_start_ends_what_a_killed_launcher_left(home: Path) -> None:
    with launched(home) as first:
        left = [psutil.Process(pid) for pid in first.running.children]
        for process in left:
            process.suspend()  # too stuck to see its lifeline
        first.process.kill()
        first.process.wait()
        with launched(home) as second:
            assert "Ended 2 processes" in second.told
            assert gone(left)


def test_killed_children_and_a_killed_database_come_back(home: Path) -> None:
    with launched(home) as up:
        for module in ("shangmai.apps.api", "shangmai.apps.worker"):
            killed = up.child(module).pid
            psutil.Process(killed).kill()
            until(lambda killed=killed: killed not in up.running.children and len(up.running.children) == 2)  # type: ignore[misc]
        until(lambda: up.answers("/readyz"), told=lambda: up.told)
        for process in database_processes(home):
            with contextlib.suppress(psutil.NoSuchProcess):  # sessions end by themselves when the first process is gone
                process.kill()
        until(lambda: up.answers("/readyz", 503) or up.answers("/healthz"))
        until(lambda: up.answers("/healthz") and up.answers("/readyz"), told=lambda: up.told)
        made = shangmai(home, "action", "organization.create_company", "--json", COMPANY)
        assert made.returncode == 0, made.stderr


def test_connections_wait_while_the_api_is_started_again(home: Path) -> None:
    with launched(home) as up:
        up.child("shangmai.apps.api").kill()
        assert up.get("/healthz").status_code == 200


def test_several_api_processes_share_a_port(home: Path) -> None:
    with launched(home, SHANGMAI_API_PROCESSES="2") as up:
        pids = {up.get("/healthz").json()["pid"] for _ in range(60)}
        assert len(pids) == 2
        until(lambda: 'shangmai_job_queue{state="failed"}' in up.get("/metrics").text)


def test_a_second_launcher_in_the_same_home_is_told_so(home: Path) -> None:
    with launched(home) as up:
        second = shangmai(home, "up")
        assert second.returncode == 1
        assert up.running.url in second.stderr


class TestPort:
    def test_a_chosen_port_that_is_taken_is_an_error(self, home: Path) -> None:
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            port = other.getsockname()[1]
            for refused in (
                shangmai(home, "up", "--port", str(port)),
                shangmai(home, "up", SHANGMAI_PORT=str(port)),
                shangmai(home, "up", PORT=str(port)),
            ):
                assert refused.returncode == 1
                assert f"Port {port}" in refused.stderr
                assert f"--port {port + 1}" in refused.stderr
                assert "pid" in refused.stderr

    def test_the_default_port_gives_way(self, home: Path) -> None:
        with socket.socket() as other:
            other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # only who listens there is in the way
            try:
                other.bind(("127.0.0.1", 8765))
                other.listen()
            except OSError:
                pass  # taken by someone else, which does as well
            with launched(home, SHANGMAI_PORT="") as up:
                assert "Port 8765 is in use" in up.told
                until(lambda: up.answers("/healthz"), told=lambda: up.told)

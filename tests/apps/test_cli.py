"""The command line, beside nothing and on a home of its own."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.apps.launched import a_home, shangmai

COMPANY = '{"code": "HQ", "name": "总部", "currency": "CNY"}'

pytestmark = [pytest.mark.faults, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def home() -> Iterator[Path]:
    with a_home() as path:
        yield path


def company(code: str) -> str:
    return json.dumps({"code": code, "name": code, "currency": "CNY"})


def test_help_is_there_at_once(home: Path) -> None:
    """What takes a second or two is importing what the product stands on, and it is not."""
    told = shangmai(home, "--help", PYTHONPROFILEIMPORTTIME="1")
    assert told.returncode == 0
    assert "Start everything" in told.stdout
    imported = {line.rpartition("|")[2].strip() for line in told.stderr.splitlines() if line.startswith("import time:")}
    assert "shangmai.kernel.errors" in imported
    assert not imported & {"asyncio", "asyncpg", "litestar", "sqlalchemy", "shangmai.kernel.db", "shangmai.modules"}
    assert not home.exists()


class TestAction:
    def test_a_new_home_is_made_ready(self, home: Path) -> None:
        done = shangmai(home, "action", "organization.create_company", "--json", company("A"))
        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["code"] == "A"

    def test_a_refusal_is_exit_code_1(self, home: Path) -> None:
        shangmai(home, "action", "organization.create_company", "--json", company("B"))
        again = shangmai(home, "action", "organization.create_company", "--json", company("B"))
        assert again.returncode == 1
        assert json.loads(again.stdout)["error"]["code"] == "organization.CompanyCodeTaken"

    def test_a_dry_run_has_no_effect(self, home: Path) -> None:
        for _ in range(2):
            shown = shangmai(home, "action", "organization.create_company", "--json", company("C"), "--dry-run")
            assert shown.returncode == 0, shown.stdout
            assert json.loads(shown.stdout)["result"]["code"] == "C"

    def test_a_list_from_standard_input_with_a_key(self, home: Path) -> None:
        body = f"[{company('D')}, {{}}]"
        for _ in range(2):
            done = shangmai(home, "action", "organization.create_company", "--json", "-", "--key", "k", stdin=body)
            assert done.returncode == 1
            first, second = json.loads(done.stdout)
            assert first["code"] == "D"
            assert second["error"]["code"] == "kernel.InputInvalid"

    def test_a_user_acts_with_their_own_grants(self, home: Path) -> None:
        added = shangmai(home, "user", "add", "clerk", "--name", "Clerk", stdin="a-long-password-1\n")
        assert added.returncode == 0, added.stderr
        refused = shangmai(home, "action", "organization.create_company", "--json", company("E"), "--as", "clerk")
        assert refused.returncode == 1
        assert json.loads(refused.stdout)["error"]["code"] == "kernel.NotGranted"
        assert "clerk" in shangmai(home, "user", "list").stdout
        changed = shangmai(home, "user", "password", "clerk", stdin="another-long-one-2\n")
        assert changed.returncode == 0, changed.stderr
        unknown = shangmai(home, "user", "password", "nobody", stdin="another-long-one-2\n")
        assert unknown.returncode == 1

    def test_what_is_unknown_is_told(self, home: Path) -> None:
        told = shangmai(home, "action", "orders.fly")
        assert told.returncode == 1
        assert "orders.fly" in told.stderr
        assert "Traceback" not in told.stderr


def test_events_and_jobs(home: Path) -> None:
    assert json.loads(shangmai(home, "events", "drain").stdout)["handled"] >= 0
    lag = shangmai(home, "events", "lag")
    assert lag.returncode == 0
    assert json.loads(shangmai(home, "events", "parked").stdout) == []
    assert json.loads(shangmai(home, "jobs", "parked").stdout) == []
    assert json.loads(shangmai(home, "jobs", "waiting").stdout)["failed"] == 0
    replayed = shangmai(home, "jobs", "replay", "1")
    assert replayed.returncode == 1
    assert "Traceback" not in replayed.stderr


def test_a_sound_installation_proves(home: Path) -> None:
    shangmai(home, "events", "drain")
    proven = shangmai(home, "prove")
    assert proven.returncode == 0, proven.stdout + proven.stderr


def test_openapi_needs_no_database(home: Path) -> None:
    document = json.loads(shangmai(home, "openapi", SHANGMAI_DATABASE_URL="postgresql://nowhere.invalid/x").stdout)
    assert document["openapi"] == "3.1.0"
    assert "/api/v1/actions/organization.create_company" in document["paths"]


def test_a_backup_comes_back(home: Path, tmp_path: Path) -> None:
    shangmai(home, "action", "organization.create_company", "--json", company("KEPT"))
    file = tmp_path / "backup.shangmai"
    done = shangmai(home, "backup", str(file), "--with-key")
    assert done.returncode == 0, done.stderr
    drilled = shangmai(home, "restore", str(file), "--check")
    assert drilled.returncode == 0, drilled.stderr
    refused = shangmai(home, "restore", str(file))
    assert refused.returncode == 1
    assert "--replace" in refused.stderr
    with a_home() as other:
        restored = shangmai(other, "restore", str(file))
        assert restored.returncode == 0, restored.stderr
        again = shangmai(other, "action", "organization.create_company", "--json", company("KEPT"))
        assert json.loads(again.stdout)["error"]["code"] == "organization.CompanyCodeTaken"


def test_a_misspelt_setting_is_told(home: Path) -> None:
    told = shangmai(home, "prove", SHANGMAI_PROT="1")
    assert told.returncode == 1
    assert "SHANGMAI_PORT" in told.stderr
    assert "Traceback" not in told.stderr

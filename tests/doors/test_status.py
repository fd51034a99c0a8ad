"""Health, readiness, metrics, the status page and what it is made of."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from shangmai.apps import pulse, status
from shangmai.apps.site import PAGES
from shangmai.kernel.db.database import Database


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(status, "PING_TIMEOUT_S", 60)  # patch: a busy machine may take longer to say that all is well
    monkeypatch.setattr(status, "GAUGES_TIMEOUT_S", 60)  # patch: the same
    monkeypatch.setattr(pulse, "ALIVE_S", 45)  # patch: the same; a minute ago is too long ago all the same


class TestHealth:
    async def test_alive(self, http: httpx.AsyncClient) -> None:
        answer = await http.get("/healthz", headers={"authorization": ""})
        assert answer.status_code == 200
        assert (answer.json()["status"], answer.json()["database"]) == ("ok", "ok")
        assert re.fullmatch(r"\d+\.\d+\.\d+.*", answer.json()["version"])

    async def test_ready_when_a_worker_is_heard(self, http: httpx.AsyncClient, db: Database, things: Any) -> None:
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "migrated": True, "worker_seen_s_ago": None}
        async with db.transaction() as tx:
            await pulse.record(tx, "worker:here:1", {})
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (200, True)
        await things.execute("UPDATE pulses SET at = at - interval '1 minute'")
        answer = await http.get("/readyz")
        assert (answer.status_code, answer.json()["ready"]) == (503, False)

    async def test_not_ready_with_an_older_schema(self, http: httpx.AsyncClient, db: Database, things: Any) -> None:
        async with db.transaction() as tx:
            await pulse.record(tx, "worker:here:1", {})
        await things.execute("UPDATE alembic_version SET version_num = '0000'")
        answer = await http.get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {"ready": False, "migrated": False, "worker_seen_s_ago": None}

    async def test_metrics(self, http: httpx.AsyncClient) -> None:
        await http.post("/api/v1/actions/doors.keep", json={"n": 1})
        answer = await http.get("/metrics")
        assert answer.status_code == 200
        assert 'shangmai_actions_total{action="doors.keep",outcome="ok"}' in answer.text
        assert 'shangmai_action_seconds_count{action="doors.keep"}' in answer.text
        assert 'shangmai_pool_connections{state="idle"}' in answer.text
        assert 'shangmai_job_queue{state="failed"} 0.0' in answer.text


class TestPages:
    @pytest.mark.parametrize("path", ["/status", "/api/docs"])
    @pytest.mark.parametrize(("wished", "lang"), [("zh-CN", "zh-CN"), ("en-GB", "en"), ("fr", "en")])
    async def test_a_page_in_the_readers_language(
        self, http: httpx.AsyncClient, path: str, wished: str, lang: str
    ) -> None:
        answer = await http.get(path, headers={"accept-language": wished, "authorization": ""})
        assert answer.status_code == 200
        assert f'<html lang="{lang}">' in answer.text
        assert "default-src 'self'" in answer.headers["content-security-policy"]

    @pytest.mark.parametrize("path", ["/status", "/api/docs"])
    async def test_everything_it_needs_is_here(self, http: httpx.AsyncClient, path: str) -> None:
        html = (await http.get(path)).text
        wanted = re.findall(r'(?:src|href)="(/assets/[^"]+)"', html)
        assert len(wanted) >= 4
        for asset in wanted:
            answer = await http.get(asset)
            assert answer.status_code == 200
            again = await http.get(asset, headers={"if-none-match": answer.headers["etag"]})
            assert (again.status_code, again.content) == (304, b"")

    def test_nothing_comes_from_elsewhere(self) -> None:
        for path in PAGES.iterdir():
            addresses = set(re.findall(r"https?://[^\s\"'`)]+", path.read_text())) - {"http://www.w3.org/2000/svg"}
            assert addresses == set(), path.name

    def test_every_text_is_in_both_languages(self) -> None:
        for path in PAGES.glob("*.html"):
            html = path.read_text()
            assert html.count('class="zh"') + html.count(' zh"') == html.count('class="en"') + html.count(' en"'), (
                path.name
            )

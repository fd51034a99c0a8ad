"""What shoppers do is counted by day, and never by person."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from shangmai.kernel.actors import GUEST, Actor
from shangmai.kernel.clock import ManualClock, SystemClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.storefront.contract.behaviour import BehaviourThrottled
from shangmai.modules.storefront.http import routes
from shangmai.modules.storefront.rules.behaviour import every, words_of
from tests.routes import reading
from tests.storefront.conftest import Mall


@pytest_asyncio.fixture
async def db(dsn: str) -> AsyncIterator[Database]:
    """Its time stands still: a day does not end within a test, and nobody may send again because it took long."""
    async with await Database.connect(dsn, size=20, clock=ManualClock(SystemClock().now())) as database:
        yield database


async def note(mall: Mall, *events: dict[str, Any], **more: Any) -> Any:
    given = {"shop_id": mall.world.shop_id, "events": list(events), **more}
    return await mall.world.act("storefront.note_behaviour", given, actor=GUEST)


async def told(mall: Mall) -> tuple[dict[str, int], dict[str, int]]:
    scopes = {"shop": frozenset({mall.world.shop_id})}
    grants = frozenset({"storefront.read_behaviour"})
    who = Actor(id=new_id(), kind="user", name="m", grants=grants, scopes=scopes)
    async with reading(mall.world.db, routes, who) as client:
        answer = await client.get("/api/v1/storefront/behaviour", params={"shop_id": str(mall.world.shop_id)})
    assert answer.status_code == 200, answer.text
    body = answer.json()
    return {each["kind"]: each["count"] for each in body["days"]}, {w["words"]: w["count"] for w in body["words"]}


async def test_it_is_counted_by_kind_and_words(mall: Mall) -> None:
    id_ = await mall.goods("A", "杯子")
    await mall.settle()
    view = {"kind": "view", "product_id": id_}
    answer = await note(
        mall, view, view, {"kind": "search", "words": " 龙井  Cup "}, {"kind": "add", "product_id": id_}
    )
    assert (answer.counted, answer.every) == (4, 1)
    await note(mall, {"kind": "search", "words": "龙井 cup"}, {"kind": "buy", "product_id": id_}, every=10)
    assert await told(mall) == ({"view": 2, "search": 11, "add": 1, "buy": 10}, {"龙井 cup": 11})


async def test_what_is_not_shown_and_what_may_tell_who_it_is_is_left_out(mall: Mall) -> None:
    await mall.goods("A", "杯子")
    await mall.settle()
    await note(
        mall,
        {"kind": "view", "product_id": new_id()},
        {"kind": "view"},
        {"kind": "search", "words": "13812345678"},
        {"kind": "search", "words": "a@b.cn"},
        {"kind": "search", "words": "张江路100号"},
    )
    assert await told(mall) == ({}, {})


async def test_different_words_of_a_day_are_bounded(mall: Mall, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shangmai.modules.storefront.queries.behaviour.WORDS_A_DAY", 2)  # patch: three are too many
    for words in ("一", "二", "三", "二"):
        await note(mall, {"kind": "search", "words": words})
    assert (await told(mall))[1] == {"一": 1, "二": 2}


async def test_a_flood_from_one_place_is_refused(mall: Mall) -> None:
    for _ in range(30):
        await note(mall, {"kind": "search", "words": "茶"})
    with pytest.raises(BehaviourThrottled):
        await note(mall, {"kind": "search", "words": "茶"})
    assert (await told(mall))[1] == {"茶": 30}


def test_words_are_folded_and_a_rush_is_sampled() -> None:
    assert words_of("  ＬＯＮＧ 井 ") == "long 井"
    assert words_of("x" * 31) == ""
    assert (every(1), every(32)) == (1, 10)

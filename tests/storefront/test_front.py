"""Answers that are sent before routing are those that the route would send, and no longer than they are good."""

from __future__ import annotations

import asyncio
from pathlib import Path
from uuid import uuid4

import pytest

from shangmai.kernel.db.database import NOTIFY, Database
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.service import shelf
from shangmai.modules.storefront.service.shelf import Shelf, shelf_of
from tests.jobs.waiting import until
from tests.storefront.conftest import Mall
from tests.storefront.test_two_processes import PRODUCTS, api_process

OWN = {"date", "x-request-id"}
SHOP = ShopId(uuid4())
AT = ("/list", b"limit=20", b"zh-CN")


async def version() -> int:
    return 1


async def make() -> tuple[int, bytes]:
    return 1, b"[]"


@pytest.mark.timeout(180)
async def test_the_second_answer_is_the_first_in_every_header(
    mall: Mall, db: Database, dsn: str, tmp_path: Path
) -> None:
    id_ = await mall.goods("A", "杯子", 10)
    await mall.settle()
    async with api_process(tmp_path, dsn) as client:
        for address in (f"{PRODUCTS}?limit=20", f"{PRODUCTS}?q=beizi", f"{PRODUCTS}/{id_}"):
            for language in ("zh-CN", "en"):
                head = {"accept-language": language, "x-request-id": "asked-for-it"}
                answers = [await client.get(address, headers=head) for _ in range(3)]
                assert {each.content for each in answers} == {answers[0].content}
                assert {each.headers["x-request-id"] for each in answers} == {"asked-for-it"}
                heads = [{k: v for k, v in each.headers.items() if k not in OWN} for each in answers]
                assert heads[1] == heads[2] == heads[0]
                tag = {"if-none-match": answers[0].headers["etag"]}
                assert (await client.get(address, headers=head | tag)).status_code == 304
        assert (await client.head(f"{PRODUCTS}?limit=20")).status_code == 405
        assert (await client.get(f"{PRODUCTS}?limit=20&shop=NOBODY")).status_code == 404


async def test_an_address_is_known_after_its_answer_and_until_a_commit(db: Database) -> None:
    hearing = asyncio.create_task(shelf.listen(db))
    try:
        kept_by = shelf_of(db)
        await kept_by.hears.wait()
        assert kept_by.at(AT) is None
        answer = await kept_by.get(SHOP, "list", version, make)
        assert kept_by.at(AT) is None
        kept_by.note(AT, SHOP, "list", is_live=False)
        assert kept_by.at(AT) is answer
        assert kept_by.at((*AT[:2], b"en")) is None
        async with db.transaction() as tx:
            await tx.execute(NOTIFY, "")
        await until(lambda: forgotten(kept_by))
        assert await kept_by.get(SHOP, "list", version, make) is answer
        assert kept_by.at(AT) is answer
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


@pytest.mark.parametrize(
    ("names", "drafts"),
    [
        ("orders.placed.v1", 1),
        ("inventory.moved.v1,orders.paid.v1", 1),
        ("orders.placed.v1,pricing.promotion_published.v1", 2),
        ("inventory.warehouse_assigned.v1", 2),
        ("", 2),
    ],
)
async def test_where_only_pieces_move_a_page_is_not_described_again(db: Database, names: str, drafts: int) -> None:
    described: list[int] = []

    async def draft() -> int:
        described.append(len(described))
        return described[-1]

    async def finish(nth: int) -> bytes:
        return f"{nth}".encode()

    hearing = asyncio.create_task(shelf.listen(db))
    try:
        kept_by = shelf_of(db)
        await kept_by.hears.wait()
        first = await kept_by.get_live(SHOP, "page", draft, finish)
        assert await kept_by.get_live(SHOP, "page", draft, finish) is first
        woken = kept_by.next_wake
        async with db.transaction() as tx:
            await tx.execute(NOTIFY, names)
        await asyncio.wait_for(woken.wait(), 60)
        second = await kept_by.get_live(SHOP, "page", draft, finish)
        assert (second is not first, len(described), second.body) == (True, drafts, b"%d" % (drafts - 1))
    finally:
        hearing.cancel()
        await asyncio.gather(hearing, return_exceptions=True)


async def test_while_nobody_listens_no_address_is_known() -> None:
    kept_by = Shelf()
    await kept_by.get(SHOP, "list", version, make)
    kept_by.note(AT, SHOP, "list", is_live=False)
    assert kept_by.at(AT) is None


async def test_only_so_many_addresses_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shangmai.modules.storefront.service.shelf.ADDRESSES_MAX", 2)  # patch: a limit within reach
    kept_by = Shelf()
    kept_by.hears.set()
    await kept_by.get(SHOP, "list", version, make)
    for page in range(3):
        kept_by.note(("/list", b"%d" % page, b""), SHOP, "list", is_live=False)
    assert [kept_by.at(("/list", b"%d" % page, b"")) is None for page in range(3)] == [True, False, False]


async def forgotten(kept_by: Shelf) -> bool:
    return kept_by.at(AT) is None

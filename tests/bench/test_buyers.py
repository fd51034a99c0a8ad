"""The buyers that benchmarks send: what they walk, count and measure, against our own API and a shop that hangs up."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator

import psutil
import pytest

from bench.harness import KEY
from bench.peers.buyers import LOST, Crowd, Plan, walk
from bench.peers.goods import HOT_CODE, Good, goods
from bench.peers.measure import measured, plan, walked
from bench.peers.systems.base import Running
from bench.peers.systems.shangmai import SETTINGS, Shangmai, fill, pieces_left
from bench.peers.wire import Sender, cut
from bench.place import api
from shangmai.kernel.crypto import Vault, current_vault, use_vault
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader

FEW = [Good(f"P{n}", f"towel {n}", "A towel.", 1_000 + n, 100) for n in range(20)]
HOT = Good(HOT_CODE, "print", "A print.", 9_900, 5)


@pytest.fixture
def benchmarks_vault() -> Iterator[None]:
    """The vault of the processes that benchmarks start."""
    before = current_vault()
    use_vault(Vault([KEY]))
    yield
    use_vault(before)


@pytest.mark.usefixtures("benchmarks_vault")
async def test_buyers_check_out_until_there_is_nothing_left(db: Database, dsn: str, reader: Reader) -> None:
    given = await fill(db, [*FEW, HOT])
    await reader.drain()
    system = Shangmai()
    with api(dsn, **SETTINGS) as (port, pid):
        running = Running(port=port, processes=[psutil.Process(pid)], given=given)

        async def cost(journey: str, most: int) -> Counter[tuple[str, int]]:
            wanted = plan(system, running, journey, 4, journeys_max=most)
            found = await asyncio.to_thread(measured, wanted, running.processes)
            assert found.cpu_s > 0
            assert found.memory_mib > 10
            assert found.rate > 0
            return Counter((each.refusal, each.calls) for each in found.walks)

        assert await cost("checkout", 6) == {("", 2): 6}
        assert await cost("by steps", 4) == {("", 5): 4}
        assert await cost("hot", 9) == {("", 2): 5, ("inventory.OutOfStock", 1): 4}
        assert await asyncio.to_thread(pieces_left, running, given["hot"]) == 0
        for journey in ("detail", "list", "search"):
            walks = await asyncio.to_thread(walked, plan(system, running, journey, 2, journeys_max=4, seed=9))
            assert Counter(each.refusal for each in walks) == ({"": 4} if journey != "search" else {"nothing found": 4})
    await reader.drain()
    paid = await _count(db, "SELECT count(*) FROM orders WHERE paid_minor = total_minor")
    assert paid == 15


async def _count(db: Database, query: str) -> int:
    async with db.transaction() as tx:
        found: int = await tx.fetchval(query)
    return found


async def test_who_is_hung_up_on_comes_back() -> None:
    asked = 0

    async def shop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        while await reader.readuntil(b"\r\n\r\n"):
            asked += 1
            if asked == 2:
                break
            writer.write(b'HTTP/1.1 200 OK\r\nContent-Length: 28\r\n\r\n{"items": [1], "next": null}')
            await writer.drain()
        writer.close()

    async with await asyncio.start_server(shop, "127.0.0.1") as server:
        port = server.sockets[0].getsockname()[1]
        given: dict[str, object] = dict.fromkeys(("token", "shop_id", "merchant", "key", "hot", "prices"), "")
        given |= {name: ["x"] for name in ("skus", "products", "searches", "lists")}
        wanted = Plan("bench.peers.shangmai", "list", given, "127.0.0.1", port, buyers=1, journeys_max=4)
        outcome = await walk(Crowd(wanted))
    assert [each.refusal for each in outcome.walks] == ["", LOST, "", ""]


def test_answers_are_cut_by_length_or_by_chunks() -> None:
    whole = b"HTTP/1.1 200 OK\r\nX-Token: abc\r\nContent-Length: 2\r\n\r\n{}"
    for at in range(len(whole)):
        assert cut(whole[:at]) is None
    answer = cut(whole)
    assert answer is not None
    assert (answer.status, answer.json(), answer.header(b"x-token"), answer.header(b"x-other")) == (
        200,
        {},
        b"abc",
        b"",
    )
    chunked = cut(b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\n[1,\r\n2\r\n2]\r\n0\r\n\r\n")
    assert chunked is not None
    assert (chunked.status, chunked.json()) == (201, [1, 2])


def test_a_request_says_how_long_it_is() -> None:
    sender = Sender("shop", {"Authorization": "Bearer x"})
    head, _, body = sender.post_json("/a", {"b": "纸"}, {"Idempotency-Key": "k"}).partition(b"\r\n\r\n")
    assert head.startswith(b"POST /a HTTP/1.1\r\nHost: shop\r\n")
    assert b"Content-Length: %d" % len(body) in head
    assert {b"Authorization: Bearer x", b"Idempotency-Key: k"} < set(head.split(b"\r\n"))
    assert sender.get("/c").endswith(b"\r\n\r\n")


def test_all_sell_the_same_goods() -> None:
    offered = goods()
    assert len({good.code for good in offered}) == len(offered) == 1_001
    assert offered == goods()

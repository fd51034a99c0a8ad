"""Hammering a payment makes its hammerer wait, with word of how long; nobody else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
import pytest_asyncio

from shangmai.apps.api import create_app, default_authenticator
from shangmai.kernel.actors import GUEST
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.settings import Settings
from shangmai.modules.checkout.contract.placing import LinkInvalid
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import PayThrottled
from tests.doors.conftest import living
from tests.world import World

Shoppers = tuple[httpx.AsyncClient, httpx.AsyncClient, ManualClock]


@pytest_asyncio.fixture
async def shoppers(world: World, dsn: str) -> AsyncIterator[Shoppers]:
    """Two shoppers at two addresses, and the clock of the application: it stands still."""
    payments.use_provider(payments.TestGateway("http://127.0.0.1:9"))
    app = create_app(Settings(database_url=dsn, lang="en", demo=True, pool_size=4), default_authenticator())
    clock = ManualClock(world.db.clock.now())
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(living(app))
        app.state.db.clock = clock
        clients = []
        for address in ("203.0.113.7", "198.51.100.8"):
            transport = httpx.ASGITransport(app, client=(address, 1))  # type: ignore[arg-type]
            client = httpx.AsyncClient(transport=transport, base_url="http://test")
            clients.append(await stack.enter_async_context(client))
        yield clients[0], clients[1], clock


async def links(world: World) -> tuple[str, str]:
    made = [await world.act("orders.create_pay_link", {"order_id": (await world.place(1)).id}) for _ in range(2)]
    return f"/pay/{made[0].link.id}", f"/pay/{made[1].link.id}"


async def test_starting_payments_over_and_over(world: World, shoppers: Shoppers) -> None:
    hammerer, other, clock = shoppers
    first, second = await links(world)
    for _ in range(10):
        assert (await hammerer.post(first, data={"way": "test:page"})).status_code == 303
    told = await hammerer.post(first, data={"way": "test:page"}, headers={"accept-language": "en"})
    assert (told.status_code, told.json()["code"]) == (429, "payments.PayThrottled")
    assert (told.headers["retry-after"], told.json()["data"]) == ("6", {"retry_after_s": 6})
    assert "try again in 6 seconds" in told.json()["message"]
    assert (await other.post(first, data={"way": "test:page"})).status_code == 303, "the same link from elsewhere"
    assert (await hammerer.post(second, data={"way": "test:page"})).status_code == 303, "another link"
    clock.advance(seconds=6)
    assert (await hammerer.post(first, data={"way": "test:page"})).status_code == 303
    assert (await hammerer.post(first, data={"way": "test:page"})).status_code == 429


async def test_reloading_a_page_and_asking_for_its_state(world: World, shoppers: Shoppers) -> None:
    hammerer, other, _ = shoppers
    link, _ = await links(world)
    started = await world.act("orders.start_payment", {"order_id": (await world.place(1)).id})
    state = f"/pay/payments/{started.intent.id}/state"
    assert [(await hammerer.get(link)).status_code for _ in range(31)] == [200] * 30 + [429]
    assert [(await hammerer.get(state)).status_code for _ in range(241)] == [200] * 240 + [429]
    assert (await other.get(link)).status_code == 200
    assert (await other.get(state)).json() == {"state": "open"}


async def test_an_address_that_asks_for_everything(world: World, shoppers: Shoppers) -> None:
    hammerer, other, clock = shoppers
    nobody = "/pay/00000000-0000-7000-8000-{:012x}"
    codes = [(await hammerer.get(nobody.format(n))).status_code for n in range(601)]
    assert codes == [404] * 600 + [429]
    assert (await other.get(nobody.format(1))).status_code == 404
    clock.advance(seconds=1)
    assert (await hammerer.get(nobody.format(700))).status_code == 404


async def test_starting_payments_by_the_orders_link(world: World) -> None:
    world.db.clock = ManualClock(world.db.clock.now())
    given = {"link": "order_" + "A" * 43, "method": "test"}
    for _ in range(10):
        with pytest.raises(LinkInvalid):
            await world.act("checkout.pay_by_link", given, actor=GUEST, source="203.0.113.7")
    with pytest.raises(PayThrottled) as refused:
        await world.act("checkout.pay_by_link", given, actor=GUEST, source="203.0.113.7")
    assert refused.value.data == {"retry_after_s": 6}
    with pytest.raises(LinkInvalid):
        await world.act("checkout.pay_by_link", given, actor=GUEST, source="198.51.100.8")

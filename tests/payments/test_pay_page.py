"""The shopper's pages: a link, the choice of ways, one payment, and what its script asks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from shangmai.modules.orders.contract import NothingToPay, PaymentStatus
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import LinkNotFound, NothingDue, Scene
from shangmai.modules.payments.http.paying import scene_for
from tests.payments.conftest import PATIENT, working
from tests.payments.simulator import Simulator, account_at, simulating
from tests.payments.test_journey import until
from tests.world import World

PHONE = {"user-agent": "Mozilla/5.0 (iPhone) Mobile", "accept-language": "zh-CN"}


@pytest.fixture(scope="module")
def simulator_url() -> Iterator[str]:
    with simulating() as url:
        yield url


@pytest_asyncio.fixture
async def simulator(simulator_url: str, site: httpx.AsyncClient) -> AsyncIterator[Simulator]:
    service.use_public_url(str(site.base_url))
    one = Simulator(simulator_url)
    yield one
    await one.close()
    service.use_public_url(None)


async def test_by_qr_code_from_the_link_to_the_thanks(
    site: httpx.AsyncClient, simulator: Simulator, world: World
) -> None:
    await account_at(simulator, world, "wechat")
    await account_at(simulator, world, "alipay")
    order = await world.place(2, 1)
    opened = await world.act("orders.create_pay_link", {"order_id": order.id})
    assert (await world.act("orders.create_pay_link", {"order_id": order.id})).url == opened.url
    page = await site.get(opened.url, headers={"accept-language": "zh-CN"})
    assert page.status_code == 200
    for text in ("¥40.00", "微信支付", "支付宝", "测试支付", order.number, "wechat:native", "alipay:native"):
        assert text in page.text
    chosen = await site.post(opened.url, data={"way": "wechat:native"})
    assert chosen.status_code == 303
    address = chosen.headers["location"]
    shown = await site.get(address)
    assert "data:image/svg+xml" in shown.text
    assert "script-src 'sha256-" in shown.headers["content-security-policy"]
    assert (await site.get(f"{address}/state")).json() == {"state": "open"}
    intent = (
        await world.act("orders.start_payment", {"order_id": order.id, "provider": "wechat", "scene": "native"})
    ).intent
    assert address.endswith(str(intent.id))
    await simulator.pay(intent, notify=False)  # nobody tells us; the waiting page has it asked
    assert (await site.get(f"{address}/state?ask=true")).json() == {"state": "open"}
    async with working(world):
        await until(lambda: _is_paid(site, address))
    assert "Thank you" in (await site.get(address)).text
    assert "Nothing is to be paid" in (await site.get(opened.url)).text
    assert (await site.post(opened.url, data={"way": "wechat:native"})).headers["location"] == f"/pay/{opened.link.id}"
    assert await world.faults() == []
    with pytest.raises(NothingToPay):
        await world.act("orders.create_pay_link", {"order_id": order.id})


async def test_on_a_phone_alipay_leads_away_and_back(
    site: httpx.AsyncClient, simulator: Simulator, world: World
) -> None:
    await account_at(simulator, world, "alipay")
    order = await world.place(1)
    opened = await world.act("orders.create_pay_link", {"order_id": order.id})
    assert "alipay:h5" in (await site.get(opened.url, headers=PHONE)).text
    address = (await site.post(opened.url, data={"way": "alipay:h5"})).headers["location"]
    away = await site.get(address)
    assert away.status_code == 303
    assert away.headers["location"].startswith(simulator.base_url)
    async with httpx.AsyncClient(**PATIENT) as browser:
        cashier = await browser.get(away.headers["location"])
        assert "¥10.00" in cashier.text
        form = cashier.text.split('action="')[1].split('"')[0]
        pressed = await browser.post(f"{simulator.base_url}{form}")
        assert (pressed.status_code, pressed.headers["location"]) == (303, address)
    await until(lambda: _is_paid(site, address))
    assert "支付成功" in (await site.get(address, headers=PHONE)).text
    assert await world.faults() == []
    assert (await world.detail(order)).order.payment_status is PaymentStatus.PAID


async def test_who_comes_back_unpaid_can_go_on(site: httpx.AsyncClient, simulator: Simulator, world: World) -> None:
    await account_at(simulator, world, "alipay")
    opened = await world.act("orders.create_pay_link", {"order_id": (await world.place(1)).id})
    address = (await site.post(opened.url, data={"way": "alipay:page"})).headers["location"]
    assert (await site.get(address)).status_code == 303
    back = await site.get(address)
    assert back.status_code == 200
    assert "Go on to Alipay" in back.text
    assert f'href="/pay/{opened.link.id}"' in back.text


async def test_within_wechat(site: httpx.AsyncClient, simulator: Simulator, world: World) -> None:
    await account_at(simulator, world, "wechat")
    opened = await world.act("orders.create_pay_link", {"order_id": (await world.place(1)).id})
    address = (await site.post(opened.url, data={"way": "wechat:jsapi"})).headers["location"]
    assert "Open the shop" in (await site.get(address)).text
    assert 'data-payer="openid-1"' in (await site.get(f"{address}?payer=openid-1")).text
    params = (await site.get(f"{address}/params?payer=openid-1")).json()
    assert params["by"] == "params"
    assert params["params"]["signType"] == "RSA"
    assert (await site.get(f"{address}/params")).json()["code"] == "payments.PayerUnknown"


async def test_a_provider_that_is_away_is_told(site: httpx.AsyncClient, simulator: Simulator, world: World) -> None:
    await account_at(simulator, world, "wechat")
    opened = await world.act("orders.create_pay_link", {"order_id": (await world.place(1)).id})
    await simulator.misbehave({"on": "create", "how": "error"})
    address = (await site.post(opened.url, data={"way": "wechat:native"})).headers["location"]
    assert "can&#x27;t be opened now" in (await site.get(address)).text or "HTTP 500" in (await site.get(address)).text
    assert "data:image/svg+xml" in (await site.get(address)).text


async def test_a_part_that_was_paid_is_not_asked_for_again(site: httpx.AsyncClient, world: World) -> None:
    order = await world.place(2, 1)
    opened = await world.act("orders.create_pay_link", {"order_id": order.id})
    await world.pay(order, 1500)
    assert "¥25.00" in (await site.get(f"/pay/{opened.link.id}")).text
    started = await world.act(
        "payments.choose_method", {"link_id": opened.link.id, "provider": "test", "scene": "page"}
    )
    assert started.intent.amount_minor == 2500
    await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
    assert "Nothing is to be paid" in (await site.get(f"/pay/{opened.link.id}")).text
    with pytest.raises(NothingDue):
        await world.act("payments.choose_method", {"link_id": opened.link.id, "provider": "test", "scene": "page"})
    with pytest.raises(LinkNotFound):
        await world.act("payments.choose_method", {"link_id": uuid4(), "provider": "test", "scene": "page"})
    assert (await site.get(f"/pay/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    ("agent", "scene"),
    [
        ("iphone micromessenger", Scene.JSAPI),
        ("android mobile", Scene.H5),
        ("x11; linux", Scene.NATIVE),
    ],
)
def test_the_scene_that_suits(agent: str, scene: Scene) -> None:
    assert scene_for(agent, list(Scene)) is scene
    assert scene_for(agent, [Scene.PAGE]) is Scene.PAGE


async def _is_paid(site: httpx.AsyncClient, address: str) -> bool:
    told: dict[str, str] = (await site.get(f"{address}/state")).json()
    return told == {"state": "paid"}

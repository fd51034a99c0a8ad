"""WeChat Pay and Alipay over real HTTP, against the simulator in a process of its own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.jobs import list_parked
from shangmai.kernel.tx import Item
from shangmai.modules.orders.contract import PaymentStatus
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import (
    AccountIncomplete,
    NoPaymentAccount,
    OutsideLimits,
    PaymentIntent,
    ProviderAway,
    RefundExceedsPayment,
    Scene,
    SceneOff,
    ShownBy,
    Transaction,
)
from shangmai.modules.payments.jobs import look_after
from shangmai.modules.payments.providers import calling
from shangmai.modules.payments.service import accounts
from tests.payments.conftest import PATIENT, working
from tests.payments.simulator import Simulator, account_at, simulating
from tests.payments.test_journey import listed, until
from tests.world import World

BOTH = pytest.mark.parametrize("provider", ["wechat", "alipay"])


@pytest.fixture(scope="module")
def simulator_url() -> Iterator[str]:
    with simulating() as url:
        yield url


@pytest_asyncio.fixture
async def simulator(simulator_url: str, site: httpx.AsyncClient) -> AsyncIterator[Simulator]:
    """The simulator, well-behaved, with our side reachable for its notices."""
    service.use_public_url(str(site.base_url))
    one = Simulator(simulator_url)
    await one.misbehave()
    yield one
    await one.close()
    service.use_public_url(None)


async def asked(
    world: World, order: Any, provider: str, scene: Scene = Scene.NATIVE, *, shown: bool = True
) -> PaymentIntent:
    """A payment of the order, opened at its provider."""
    started = await world.act("orders.start_payment", {"order_id": order.id, "provider": provider, "scene": scene})
    intent: PaymentIntent = started.intent
    if shown:
        await service.present(world.runner, intent.id)
    return intent


async def verdicts(site: httpx.AsyncClient) -> list[str]:
    return [each["verdict"] for each in reversed(await listed(site, "callbacks"))]


async def refunds(site: httpx.AsyncClient) -> list[str]:
    return [each["status"] for each in await listed(site, "refund-calls")]


class TestPaying:
    @pytest.mark.parametrize(
        ("provider", "mode", "scene", "by"),
        [
            ("wechat", False, Scene.NATIVE, ShownBy.QR),
            ("wechat", True, Scene.H5, ShownBy.REDIRECT),
            ("wechat", False, Scene.JSAPI, ShownBy.PARAMS),
            ("alipay", False, Scene.NATIVE, ShownBy.QR),
            ("alipay", False, Scene.H5, ShownBy.REDIRECT),
            ("alipay", False, Scene.PAGE, ShownBy.REDIRECT),
        ],
    )
    async def test_every_scene(
        self, simulator: Simulator, world: World, provider: str, mode: bool, scene: Scene, by: ShownBy
    ) -> None:
        await account_at(simulator, world, provider, public_key_mode=mode)
        order = await world.place(2, 1)
        intent = await asked(world, order, provider, scene, shown=False)
        shown = await service.present(world.runner, intent.id, payer="openid-1", return_url="http://shop/back")
        again = await service.present(world.runner, intent.id, payer="openid-1", return_url="http://shop/back")
        assert (shown.by, again.by) == (by, by)
        if by is ShownBy.PARAMS:
            assert shown.params["package"] == again.params["package"]
            assert set(shown.params) == {"appId", "timeStamp", "nonceStr", "package", "signType", "paySign"}
        if provider == "alipay" and by is ShownBy.REDIRECT:
            async with httpx.AsyncClient(**PATIENT) as browser:
                assert "¥40.00" in (await browser.get(shown.url)).text
        assert await simulator.pay(intent) == [(200, "success")]
        assert await world.faults() == []
        after = (await world.detail(order)).order
        assert (after.paid_minor, after.payment_status) == (4000, PaymentStatus.PAID)

    async def test_within_wechat_the_payer_must_be_known(self, simulator: Simulator, world: World) -> None:
        await account_at(simulator, world, "wechat")
        intent = await asked(world, await world.place(1), "wechat", Scene.JSAPI, shown=False)
        with pytest.raises(Exception, match="openid"):
            await service.present(world.runner, intent.id)

    async def test_a_new_platform_certificate_is_fetched_once(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(accounts, "REFRESH_APART_S", 0.0)  # patch: two rotations within five seconds
        account = await account_at(simulator, world, "wechat")
        first = await asked(world, await world.place(1), "wechat")
        await simulator.pay(first)
        second = await asked(world, await world.place(1), "wechat", shown=False)
        serial = (await simulator.post("/rotate"))[-1]
        await service.present(world.runner, second.id)
        assert await simulator.pay(second) == [(200, "success")]
        (stored,) = [each for each in await listed(site, "accounts") if each["id"] == str(account.id)]
        assert serial in stored["certificates"]
        assert len(stored["certificates"]) >= 2
        assert await world.count("payments") == 2

    async def test_what_an_account_does_not_take(self, simulator: Simulator, world: World) -> None:
        order = await world.place(1)
        with pytest.raises(NoPaymentAccount):
            await asked(world, order, "wechat")
        await account_at(simulator, world, "wechat", scenes=["native"], min_minor=2000, max_minor=3000)
        with pytest.raises(SceneOff):
            await asked(world, order, "wechat", Scene.H5)
        with pytest.raises(OutsideLimits) as refused:
            await asked(world, order, "wechat")
        assert "微信支付单笔限额为 ¥20.00 至 ¥30.00，" in refused.value.message("zh-CN")
        assert "takes CN¥20.00 to CN¥30.00 at a time" in refused.value.message("en")
        assert await world.count("payment_intents") == 0


class TestAccounts:
    async def test_secrets_stay_and_are_never_shown(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, admin_conn: Any
    ) -> None:
        given = await simulator.register("wechat")
        first = await world.act("payments.set_account", given | {"company_id": world.company_id})
        kept = {name: given[name] for name in given if name not in ("private_key", "api_v3_key", "platform_key")}
        again = await world.act("payments.set_account", kept | {"company_id": world.company_id, "max_minor": 5000})
        assert (again.id, again.max_minor, again.has_private_key, again.has_api_v3_key) == (first.id, 5000, True, True)
        secret = given["private_key"].splitlines()[1]
        row = dict(await admin_conn.fetchrow("SELECT * FROM payment_accounts"))
        log = "".join(str(dict(each)) for each in await admin_conn.fetch("SELECT * FROM action_log"))
        shown = str(await listed(site, "accounts"))
        for text in (str(row), log, shown):
            assert secret not in text
            assert given["api_v3_key"] not in text
        assert "•••" in log

    @BOTH
    async def test_a_check_tells_what_is_wrong(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, provider: str
    ) -> None:
        account = await account_at(simulator, world, provider)
        other = await simulator.register(provider)
        async with working(world):
            await world.act("payments.check_account", {"account_id": account.id})
            await until(lambda: _checked(site, None))
            wrong = {name: other[name] for name in ("private_key",)}
            mine = {"company_id": world.company_id, "provider": provider, "merchant": account.merchant}
            mine |= {"app_id": account.app_id, "base_url": account.base_url, "environment": "simulator"}
            await world.act("payments.set_account", mine | {"certificate_serial": account.certificate_serial} | wrong)
            await world.act("payments.check_account", {"account_id": account.id})
            await until(lambda: _checked(site, "SIGN_ERROR" if provider == "wechat" else "isv.invalid-signature"))

    async def test_an_incomplete_account_is_refused(self, world: World) -> None:
        with pytest.raises(AccountIncomplete):
            await world.act(
                "payments.set_account", {"company_id": world.company_id, "provider": "alipay", "merchant": "2088"}
            )
        assert await world.count("payment_accounts") == 0

    async def test_a_shops_own_account_stands_first(self, simulator: Simulator, world: World) -> None:
        await account_at(simulator, world, "wechat")
        own = await account_at(simulator, world, "wechat", shop_id=world.shop_id)
        intent = await asked(world, await world.place(1), "wechat")
        assert (intent.account_id, intent.merchant) == (own.id, own.merchant)


class TestNotices:
    @BOTH
    async def test_forged_replayed_doubled_and_late(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, provider: str
    ) -> None:
        await account_at(simulator, world, provider)
        order = await world.place(2, 1)
        intent = await asked(world, order, provider)
        ((status, _),) = await simulator.pay(intent, forged=True)
        assert status == 401
        if provider == "wechat":
            ((status, _),) = await simulator.notify(intent, age_s=400)
            assert status == 401
        assert await world.count("payment_callbacks") == 0
        assert await simulator.notify(intent, notice_id="one", times=6) == [(200, "success")] * 6
        assert await simulator.notify(intent, notice_id="one") == [(200, "success")]
        assert await simulator.notify(intent, notice_id="two", state=None) == [(200, "success")]
        closed = "NOTPAY" if provider == "wechat" else "WAIT_BUYER_PAY"
        assert await simulator.notify(intent, state=closed) == [(200, "success")]
        assert await verdicts(site) == ["accepted", "recorded_already", "not_paid"]
        assert await world.count("payments") == 1
        assert await world.faults() == []

    @BOTH
    @pytest.mark.parametrize(
        ("how", "verdict"),
        [
            ({"total": 3999}, "wrong_amount"),
            ({"merchant": "1699999999"}, "wrong_merchant"),
            ({"app_id": "wxother"}, "wrong_app"),
            ({"currency": "USD"}, "wrong_currency"),
        ],
    )
    async def test_what_does_not_fit_moves_no_money(
        self,
        simulator: Simulator,
        world: World,
        site: httpx.AsyncClient,
        provider: str,
        how: dict[str, Any],
        verdict: str,
    ) -> None:
        if provider == "alipay" and "currency" in how:
            return  # its notices name none
        await account_at(simulator, world, provider)
        intent = await asked(world, await world.place(2, 1), provider)
        assert await simulator.pay(intent, **how) == [(200, "success")]
        assert await verdicts(site) == [verdict]
        assert await world.count("payments") == 0

    @BOTH
    async def test_another_accounts_notice(self, simulator: Simulator, world: World, provider: str) -> None:
        """Its signature is the platform's, but it is not sealed for us (WeChat), or names another app (Alipay)."""
        account = await account_at(simulator, world, provider)
        intent = await asked(world, await world.place(1), provider)
        other = await account_at(simulator, world, provider, shop_id=world.shop_id)
        assert other.id != account.id
        theirs = await asked(world, await world.place(1), provider)
        assert (theirs.account_id, intent.account_id) == (other.id, account.id)
        assert await simulator.pay(theirs) == [(200, "success")]
        assert await world.count("payments") == 1


class TestLost:
    @BOTH
    async def test_a_payment_nobody_told_of_is_asked_for(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, admin_conn: Any, provider: str
    ) -> None:
        await account_at(simulator, world, provider)
        order = await world.place(2, 1)
        intent = await asked(world, order, provider)
        await simulator.pay(intent, notify=False)
        await look_after(world.runner)
        assert await world.count("pgqueuer") == 0  # not yet
        await admin_conn.execute("UPDATE payment_intents SET asked_at = asked_at - interval '4 minutes'")
        await simulator.misbehave({"on": "query", "how": "unsigned"}, {"on": "query", "how": "error"})
        await look_after(world.runner)
        async with working(world):
            await until(lambda: _counts(world, "payments", 1))
        assert await verdicts(site) == ["accepted"]
        assert await simulator.notify(intent) == [(200, "success")]  # the notice comes after all
        assert await verdicts(site) == ["accepted", "recorded_already"]
        assert await world.faults() == []
        assert (await world.detail(order)).order.payment_status is PaymentStatus.PAID

    @BOTH
    async def test_opening_that_got_no_answer_is_safe_to_repeat(
        self, simulator: Simulator, world: World, provider: str
    ) -> None:
        await account_at(simulator, world, provider)
        intent = await asked(world, await world.place(1), provider, shown=False)
        await simulator.misbehave({"on": "create", "how": "lost"})
        with pytest.raises(ProviderAway):
            await service.present(world.runner, intent.id)
        assert (await simulator.trade(intent))["status"] == "open"
        assert (await service.present(world.runner, intent.id)).by is ShownBy.QR

    @BOTH
    async def test_canceled_is_closed_there_and_paid_meanwhile_goes_back(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, provider: str
    ) -> None:
        await account_at(simulator, world, provider)
        quiet, order = await world.place(1), await world.place(2, 1)
        unpaid, intent = await asked(world, quiet, provider), await asked(world, order, provider)
        await simulator.pay(intent, notify=False)
        for each in (quiet, order):
            await world.act("orders.cancel", {"order_id": each.id, "reason": "不要了"})
        async with working(world):
            await until(lambda: _trade_is(simulator, unpaid, "closed"))
            await until(lambda: _counts(world, "payments", 1))
            assert await world.faults() == []
            await until(lambda: _refunded(site, 1))
        assert (await verdicts(site))[0] == "late"
        assert (await simulator.trade(intent))["refunded"] == 4000
        after = (await world.detail(order)).order
        assert (after.status.value, after.paid_minor, after.refunded_minor) == ("canceled", 4000, 4000)

    @BOTH
    async def test_paid_after_the_order_ran_out_of_time_goes_back_and_takes_no_stock(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, provider: str
    ) -> None:
        """Nobody pays for pieces that were sold to somebody else meanwhile."""
        await account_at(simulator, world, provider)
        order = await world.place(100)
        intent = await asked(world, order, provider)
        expired = await world.act("orders.expire", {"order_id": order.id})
        assert expired.status.value == "canceled"
        other = await world.sell(100)  # every piece there is
        assert await simulator.pay(intent) == [(200, "success")]
        async with working(world):
            assert await world.faults() == []
            await until(lambda: _refunded(site, 1))
        trade = await simulator.trade(intent)
        assert (trade["refunds"], trade["refunded"]) == (1, 100_000)
        assert (await verdicts(site))[0] == "late"
        after = (await world.detail(order)).order
        assert (after.status.value, after.paid_minor, after.refunded_minor) == ("canceled", 100_000, 100_000)
        assert await world.stock_of(0) == (0, 0)
        assert (await world.detail(other)).order.status.value == "shipped"

    @BOTH
    async def test_expired_is_closed_there(
        self, simulator: Simulator, world: World, admin_conn: Any, provider: str
    ) -> None:
        await account_at(simulator, world, provider)
        intent = await asked(world, await world.place(1), provider)
        await admin_conn.execute(
            "UPDATE payment_intents SET created_at = created_at - interval '1 day', expires_at = now()"
        )
        async with working(world):
            await look_after(world.runner)
            await until(lambda: _trade_is(simulator, intent, "closed"))

    async def test_paid_in_two_tabs_the_second_goes_back(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient
    ) -> None:
        await account_at(simulator, world, "wechat")
        await account_at(simulator, world, "alipay")
        order = await world.place(2, 1)
        first, second = await asked(world, order, "wechat"), await asked(world, order, "alipay")
        await asyncio.gather(simulator.pay(first), simulator.pay(second))
        async with working(world):
            assert await world.faults() == []
            await until(lambda: _refunded(site, 1))
        refunded = [(await simulator.trade(each))["refunded"] for each in (first, second)]
        assert sorted(refunded) == [0, 4000]
        after = (await world.detail(order)).order
        assert (after.payment_status, after.paid_minor, after.refunded_minor) == (PaymentStatus.PAID, 8000, 4000)
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        async with working(world):
            await until(lambda: _refunded(site, 2))
        assert [(await simulator.trade(each))["refunded"] for each in (first, second)] == [4000, 4000]
        assert await world.faults() == []


class TestRefunds:
    async def paid(self, simulator: Simulator, world: World, provider: str) -> tuple[Any, PaymentIntent]:
        await account_at(simulator, world, provider)
        order = await world.place(2, 1)
        intent = await asked(world, order, provider)
        await simulator.pay(intent)
        assert await world.faults() == []
        await world.ship(order)
        return order, intent

    @BOTH
    @pytest.mark.parametrize("how", ["error", "lost", "unsigned"])
    async def test_in_parts_each_once_whatever_happens_to_the_answers(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, provider: str, how: str
    ) -> None:
        order, intent = await self.paid(simulator, world, provider)
        await simulator.misbehave(
            {"on": "refund", "how": how, "times": 2}, {"on": "refund_query", "how": "error", "times": 1}
        )
        await world.give_back(order, {1: 1}, method=provider)
        await world.give_back(order, {1: 1}, method=provider)
        async with working(world):
            await until(lambda: _refunded(site, 2))
        trade = await simulator.trade(intent)
        assert (trade["refunded"], trade["refunds"]) == (2000, 2)
        with pytest.raises(RefundExceedsPayment):
            await _refund_too_much(world, order, provider)
        assert await world.faults() == []

    @BOTH
    async def test_refused_is_parked_with_its_cause_and_can_be_tried_again(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, provider: str
    ) -> None:
        order, intent = await self.paid(simulator, world, provider)
        await simulator.misbehave({"on": "refund", "how": "refuse", "code": "NOT_ENOUGH"})
        await world.give_back(order, {1: 1}, method=provider)
        async with working(world):
            await until(lambda: _parked(world))
            (call,) = await listed(site, "refund-calls?status=failed")
            assert "NOT_ENOUGH" in call["reason"]
            again = await world.act("payments.retry_refund", {"call_id": call["id"]})
            assert again.status.value == "requested"
            await until(lambda: _refunded(site, 1))
        assert (await simulator.trade(intent))["refunded"] == 1000
        assert await _parked(world) is False

    @BOTH
    async def test_an_answer_that_came_too_late_is_asked_for(
        self,
        simulator: Simulator,
        world: World,
        site: httpx.AsyncClient,
        provider: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        order, intent = await self.paid(simulator, world, provider)
        monkeypatch.setattr(calling, "ANSWER_S", 2.0)  # patch: nobody waits ten seconds here
        service.use_public_url("http://127.0.0.1:9")  # where no notice arrives, so that only asking tells
        await simulator.misbehave({"on": "refund", "how": "hang", "seconds": 15.0})
        await world.give_back(order, {1: 1})  # by the way it came
        async with working(world):
            await until(lambda: _refunded(site, 1))
        trade = await simulator.trade(intent)
        assert (trade["refunds"], trade["refunded"]) == (1, 1000)
        (call,) = await listed(site, "refund-calls")
        assert call["attempts"] >= 2

    @BOTH
    async def test_many_at_once_never_give_back_more_than_was_paid(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, provider: str
    ) -> None:
        """Eight people refund 10.00 of an order of 40.00 at the same moment, each by a connection of their own."""
        _, intent = await self.paid(simulator, world, provider)
        outcomes = await asyncio.gather(*(_refund(world, intent, f"R{n}", 1000) for n in range(8)))
        assert sorted(outcomes) == [False] * 4 + [True] * 4
        async with working(world):
            await until(lambda: _refunded(site, 4))
        trade = await simulator.trade(intent)
        assert (trade["refunds"], trade["refunded"]) == (4, 4000)

    async def test_what_takes_its_time_is_told_or_asked(
        self, simulator: Simulator, world: World, site: httpx.AsyncClient, admin_conn: Any
    ) -> None:
        order, intent = await self.paid(simulator, world, "wechat")
        assert await simulator.post("/refunds-wait") is True
        try:
            await world.give_back(order, {1: 1}, method="wechat")
            async with working(world):
                await until(lambda: _states(site, ["processing"]))
                told = await simulator.post(f"/trades/{intent.id.hex}/refunds", {"status": "SUCCESS"})
                assert [tuple(each) for each in told["answers"]] == [(200, "success")]
                await until(lambda: _refunded(site, 1))
                await world.give_back(order, {1: 1}, method="wechat")
                await until(lambda: _states(site, ["processing", "done"]))
                await until(lambda: _no_call_waits(admin_conn))  # the one that sent it would stand for one that asks
                await simulator.post(f"/trades/{intent.id.hex}/refunds", {"status": "ABNORMAL", "notify": False})
                await admin_conn.execute("UPDATE refund_calls SET sent_at = sent_at - interval '4 minutes'")
                await look_after(world.runner)
                await until(lambda: _states(site, ["failed", "done"]))
        finally:
            assert await simulator.post("/refunds-wait") is False
        (call,) = await listed(site, "refund-calls?status=failed")
        assert "ABNORMAL" in call["reason"]


async def _refund_too_much(world: World, order: Any, provider: str) -> None:
    """By way of the port that orders use: more than the provider has left of what it took."""
    async with world.transaction() as tx:
        wanted = Transaction(
            order_id=order.id,
            company_id=world.company_id,  # type: ignore[arg-type]
            shop_id=world.shop_id,  # type: ignore[arg-type]
            customer_id=None,
            method=provider,
            reference="too-much",
            amount_minor=2001,
            currency="CNY",
            item=Item(SYSTEM, world.shop_id, tx.now),
        )
        (outcome,) = await service.refund(tx, [wanted])
    if isinstance(outcome, Exception):
        raise outcome


async def _refund(world: World, intent: PaymentIntent, reference: str, amount_minor: int) -> bool:
    """Whether it was refunded."""
    async with world.transaction() as tx:
        wanted = Transaction(
            order_id=intent.order_id,
            company_id=intent.company_id,
            shop_id=intent.shop_id,
            customer_id=None,
            method=intent.provider,
            reference=reference,
            amount_minor=amount_minor,
            currency="CNY",
            item=Item(SYSTEM, intent.shop_id, tx.now),
        )
        try:
            async with tx.savepoint():
                (outcome,) = await service.refund(tx, [wanted])
        except RefundExceedsPayment:
            return False
    return not isinstance(outcome, Exception)


async def _checked(site: httpx.AsyncClient, problem: str | None) -> bool:
    (account,) = await listed(site, "accounts")
    told = account["problem"]
    return account["checked_at"] is not None and (told is None if problem is None else problem in (told or ""))


async def _counts(world: World, table: str, number: int) -> bool:
    return await world.count(table) == number


async def _trade_is(simulator: Simulator, intent: PaymentIntent, status: str) -> bool:
    return bool((await simulator.trade(intent))["status"] == status)


async def _refunded(site: httpx.AsyncClient, number: int) -> bool:
    return await refunds(site) == ["done"] * number


async def _states(site: httpx.AsyncClient, states: list[str]) -> bool:
    return await refunds(site) == states


async def _no_call_waits(admin: Any) -> bool:
    return not await admin.fetchval(
        "SELECT count(*) FROM pgqueuer WHERE entrypoint = 'payments.call_refund' AND status IN ('queued', 'picked')"
    )


async def _parked(world: World) -> bool:
    async with world.db.reading(SYSTEM) as tx:
        return bool(await list_parked(tx, "payments.call_refund"))

"""Checking out: one call from goods to a placed order that waits for its payment, or a refusal with nothing changed."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.checkout import service
from shangmai.modules.checkout.contract.carts import CartChanged
from shangmai.modules.checkout.contract.placing import (
    CheckoutPriceChanged,
    CheckoutSettings,
    InvoicesOff,
    LinesOrCart,
    LinkInvalid,
    LookupsThrottled,
    MethodOff,
    NoteTooLong,
    NothingSelected,
    OrderNotFoundByPhone,
    PickupPointNotFound,
    ReceiverNeeded,
    SignInToOrder,
    SkuNotOnOffer,
    TaxNumberWrong,
    WantedLine,
)
from shangmai.modules.checkout.rules.invoices import SIGNS, check_sign, is_credit_code
from shangmai.modules.checkout.service.sealing import open_invoice
from shangmai.modules.inventory.contract import OutOfStock
from shangmai.modules.logistics.contract import NotDelivered, RegionUnknown
from shangmai.modules.orders import service as orders
from shangmai.modules.payments import service as payments
from shangmai.modules.payments.contract import CreditExceeded, CustomerNeeded, ProviderOff
from shangmai.modules.payments.service import providers
from tests.checkout.conftest import RECEIVER, Mall

TABLES = ("orders", "checkout_orders", "payment_intents", "stock_transfers", "document_numbers")


@pytest.fixture
def gateway() -> None:
    """The test gateway, at an address where nobody answers."""
    payments.use_provider(payments.TestGateway("http://127.0.0.1:9"))


async def freight(mall: Mall, **zone: Any) -> None:
    zones = [{"first": 1000, "first_minor": 800, "next": 1000, "next_minor": 200, **zone}]
    given = {"code": "KD", "name": "快递", "basis": "weight", "zones": zones, "not_to": ["540000"]}
    await mall.world.act("logistics.save_freight_template", {"shop_id": mall.world.shop_id, **given})


class TestGuests:
    async def test_one_call_does_it_all(self, mall: Mall, gateway: None) -> None:
        await freight(mall)
        placed = await mall.place(2, 1, expected_total_minor=4800, method="test", note="送前电话 🙏")
        assert (placed.total_minor, placed.currency) == (4800, "CNY")
        assert (placed.payment.state, placed.payment.method, placed.payment.amount_minor) == ("due", "test", 4800)
        assert placed.payment.pay_url.endswith(str(placed.payment.intent_id))
        detail = await mall.world.detail(_of(placed))
        assert [(line.kind, line.qty, line.amount_minor) for line in detail.lines] == [
            ("goods", 2, 2000), ("goods", 1, 2000), ("freight", 1, 800),
        ]  # fmt: skip
        assert (await mall.world.stock_of(0), await mall.world.stock_of(1)) == ((100, 2), (100, 1))
        assert await mall.world.faults() == []

    async def test_the_receiver_has_the_regions_names_in_full(self, mall: Mall) -> None:
        placed = await mall.place(1)
        async with mall.world.db.reading(SYSTEM) as tx:
            receiver = await orders.receiver_of(tx, placed.order_id)
        assert receiver is not None
        assert (receiver.province, receiver.city, receiver.district) == ("上海市", "上海市", "浦东新区")

    async def test_a_shop_may_want_members_only(self, mall: Mall) -> None:
        await mall.world.act("checkout.set_settings", {"shop_id": mall.world.shop_id, "guests": False})
        with pytest.raises(SignInToOrder):
            await mall.place(1)
        member = await mall.member()
        placed = await mall.place(1, actor=member)
        assert (await mall.world.detail(_of(placed))).order.customer_id == member.id


class TestRefusals:
    @pytest.mark.parametrize(
        ("more", "refusal"),
        [
            ({"expected_total_minor": 1}, CheckoutPriceChanged),
            ({"receiver": None}, ReceiverNeeded),
            ({"receiver": RECEIVER | {"street": " "}}, ReceiverNeeded),
            ({"receiver": RECEIVER | {"province": ""}}, ReceiverNeeded),
            ({"receiver": RECEIVER | {"province": "东京"}}, RegionUnknown),
            ({"region": "999999"}, RegionUnknown),
            ({"region": "540102"}, NotDelivered),
            ({"method": "on_delivery"}, MethodOff),
            ({"method": "on_account"}, CustomerNeeded),
            ({"method": "nobody"}, ProviderOff),
            ({"note": "长" * 201}, NoteTooLong),
            ({"invoice": {"kind": "company", "title": "某某公司", "tax_no": "91350100M000100Y44"}}, TaxNumberWrong),
            ({"delivery": {"kind": "pickup"}}, PickupPointNotFound),
            ({"lines": []}, CartChanged),
            ({"cart_version": 1}, LinesOrCart),
        ],
    )
    async def test_nothing_has_changed(self, mall: Mall, more: dict[str, Any], refusal: type[Exception]) -> None:
        await freight(mall)
        before = [await mall.world.count(table) for table in TABLES]
        with pytest.raises(refusal):
            await mall.place(2, **{"expected_total_minor": 2800, "cart_token": mall.token(), **more})
        assert [await mall.world.count(table) for table in TABLES] == before
        assert await mall.world.stock_of(0) == (100, 0)

    async def test_a_changed_total_says_what_changed(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 2)
        sku = mall.world.skus[0]
        await mall.world.act("catalog.set_prices", {"sku_id": sku, "price_minor": 900, "currency": "CNY"})
        with pytest.raises(CheckoutPriceChanged) as refused:
            await mall.place(cart_token=token, cart_version=1, expected_total_minor=2000)
        assert refused.value.data["total_minor"] == 1800
        assert refused.value.data["lines"] == [
            {"kind": "goods", "sku_id": sku, "qty": 2, "amount_minor": 1800, "unit_when_added_minor": 1000}
        ]
        assert (await mall.view(token)).version == 1

    async def test_what_is_not_on_offer(self, mall: Mall) -> None:
        hidden = await mall.world.make_sku("HIDDEN", 500)  # made, but not listed
        with pytest.raises(SkuNotOnOffer):
            await mall.place(lines=[{"sku_id": hidden}], expected_total_minor=500)
        with pytest.raises(SkuNotOnOffer):
            await mall.place(lines=[{"sku_id": new_id()}], expected_total_minor=500)

    async def test_more_than_there_is(self, mall: Mall) -> None:
        with pytest.raises(OutOfStock):
            await mall.place(101)
        assert await mall.world.count("checkout_orders") == 0

    async def test_nothing_selected(self, mall: Mall) -> None:
        token = mall.token()
        lines = [{"sku_id": mall.world.skus[0], "qty": 1, "selected": False}]
        given = {"shop_id": mall.world.shop_id, "cart_token": token, "lines": lines}
        await mall.world.act("checkout.set_lines", given, actor=GUEST)
        with pytest.raises(NothingSelected):
            await mall.place(cart_token=token, cart_version=1)


class TestPrices:
    async def test_no_price_is_taken_from_the_caller(self, mall: Mall) -> None:
        """There is no field for one: what is sent besides is refused at the door or ignored."""
        given = mall.wish(1) | {"lines": [{"sku_id": str(mall.world.skus[0]), "qty": 1, "unit_price": "0.01"}]}
        call = Call(
            action="checkout.place", input=read_input(ACTIONS["checkout.place"], given), actor=GUEST, door="test"
        )
        placed = (await mall.world.runner.run(call)).unwrap()
        assert placed.total_minor == 1000

    async def test_a_free_shipping_promotion_takes_the_freight_off(self, mall: Mall) -> None:
        await freight(mall)
        promotion = {
            "code": "FREE",
            "name": "满 20 包邮",
            "layer": "shipping",
            "when": {"period": {"from": "2020-01-01T00:00:00Z", "to": "2099-01-01T00:00:00Z"}},
            "benefit": {"kind": "free_shipping", "threshold": {"at": 2000}},
        }
        made = await mall.world.act("pricing.create_promotion", promotion)
        await mall.world.act("pricing.publish_promotion", {"promotion_id": made.id})
        quoted = await mall.quote(lines=_lines(mall, 2), region="310115")
        assert (quoted.total_minor, quoted.freight.total_minor, quoted.freight_text) == (2000, 800, "首1kg ¥8.00")
        placed = await mall.place(2, expected_total_minor=2000)
        detail = await mall.world.detail(_of(placed))
        assert [(line.kind, line.amount_minor) for line in detail.lines] == [("goods", 2000), ("freight", 0)]
        little = await mall.quote(lines=_lines(mall, 1), region="310115")
        assert little.total_minor == 1800
        assert [hint.name for hint in little.hints] == ["满 20 包邮"]

    async def test_the_quote_is_what_it_costs(self, mall: Mall) -> None:
        await freight(mall)
        quoted = await mall.quote(lines=_lines(mall, 2, 1), region="310115")
        assert quoted.total_minor == 4800
        assert (await mall.place(2, 1, expected_total_minor=quoted.total_minor)).total_minor == 4800
        assert set(quoted.methods) >= {"later"}


class TestCarts:
    async def test_what_was_ordered_leaves_the_cart(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 2, 1)
        keep = [{"sku_id": mall.world.skus[1], "qty": 1, "selected": False}]
        given = {"shop_id": mall.world.shop_id, "cart_token": token, "lines": keep}
        cart = await mall.world.act("checkout.set_lines", given, actor=GUEST)
        placed = await mall.place(cart_token=token, cart_version=cart.version, expected_total_minor=2000)
        view = await mall.view(token)
        assert placed.total_minor == 2000
        assert ([line.qty for line in view.lines], view.version) == ([1], cart.version + 1)

    async def test_a_double_click_is_one_order(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 2)
        wish = mall.wish(cart_token=token, cart_version=1, expected_total_minor=2000)
        first, second = await asyncio.gather(
            *(mall.world.answer("checkout.place", wish, actor=GUEST, key="one-random-key") for _ in range(2))
        )
        assert first.unwrap().order_id is not None
        assert first.encoded == second.encoded
        assert await mall.world.count("orders") == 1

    async def test_a_lost_answer_is_given_again(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 2)
        wish = mall.wish(cart_token=token, cart_version=1, expected_total_minor=2000)
        first = await mall.world.answer("checkout.place", wish, actor=GUEST, key="lost-answer-key")
        again = await mall.world.answer("checkout.place", wish, actor=GUEST, key="lost-answer-key")
        assert (again.replayed, again.encoded) == (True, first.encoded)
        assert b"order_" in again.encoded

    async def test_of_two_tabs_one_places_the_cart(self, mall: Mall) -> None:
        """Real connections, one for each of four processes, each with a key of its own."""
        token = mall.token()
        await mall.set(token, 2)
        answers = await _at_once(mall, [mall.wish(cart_token=token, cart_version=1, expected_total_minor=2000)] * 4)
        assert sum(answer.error is None for answer in answers) == 1
        assert {type(answer.error) for answer in answers if answer.error is not None} == {CartChanged}
        assert (await mall.world.count("orders"), await mall.world.stock_of(0)) == (1, (100, 2))

    async def test_of_two_tabs_in_one_batch_one_places_the_cart(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 2)
        wish = mall.wish(cart_token=token, cart_version=1, expected_total_minor=2000)
        calls = [_call(wish) for _ in range(3)]
        answers = await mall.world.runner.run_list(calls)
        assert [type(answer.error) for answer in answers] == [type(None), CartChanged, CartChanged]


class TestMethods:
    async def test_on_delivery_waits_for_no_payment_and_can_be_sent(self, mall: Mall) -> None:
        await mall.world.act("checkout.set_settings", {"shop_id": mall.world.shop_id, "on_delivery": True})
        placed = await mall.place(1, method="on_delivery")
        assert (placed.payment.state, placed.payment.amount_minor, placed.expires_at) == ("on_delivery", 1000, None)
        assert (await mall.world.ship(_of(placed))).status == "shipped"

    async def test_on_account_within_the_credit_limit(self, mall: Mall) -> None:
        member = await mall.member()
        limit = {"company_id": mall.world.company_id, "customer_id": member.id, "limit_minor": 1500}
        await mall.world.act("payments.set_credit_limit", limit)
        assert "on_account" in (await mall.quote(actor=member, lines=_lines(mall, 1))).methods
        placed = await mall.place(1, actor=member, method="on_account")
        order = (await mall.world.detail(_of(placed))).order
        assert (placed.payment.state, order.terms, order.customer_id) == ("on_account", "on_account", member.id)
        with pytest.raises(CreditExceeded):
            await mall.place(1, actor=member, method="on_account")
        assert await mall.world.count("checkout_orders") == 1
        assert await mall.world.stock_of(0) == (100, 1)

    async def test_one_who_has_no_credit_left_spoils_nobody_elses_order(self, mall: Mall) -> None:
        member = await mall.member()
        calls = [_call(mall.wish(1)), _call(mall.wish(1, method="on_account"), member), _call(mall.wish(1))]
        answers = await mall.world.runner.run_list(calls)
        assert [type(answer.error) for answer in answers] == [type(None), CreditExceeded, type(None)]
        assert await mall.world.stock_of(0) == (100, 2)

    async def test_in_a_demo_it_can_be_paid_by_the_placing_itself(self, mall: Mall, gateway: None) -> None:
        """Counted once, with what follows from money: no worker is needed for it, and none counts it again."""
        calls = [_call(mall.wish(1)), _call(mall.wish(2, method="test_at_once")), _call(mall.wish(1, method="nobody"))]
        later, placed, refused = await mall.world.runner.run_list(calls)
        assert type(refused.error) is ProviderOff
        step = placed.unwrap().payment
        assert (step.state, step.amount_minor, step.pay_url, placed.unwrap().expires_at) == ("paid", 2000, "", None)
        for _ in range(2):
            orders_ = [(await mall.world.detail(_of(each.unwrap()))).order for each in (later, placed)]
            assert [(each.paid_minor, each.payment_status) for each in orders_] == [(0, "unpaid"), (2000, "paid")]
            await mall.world.reader.drain()
        assert await mall.world.count("payments") == 1
        assert (await mall.world.ship(_of(placed.unwrap()))).status == "shipped"
        assert await mall.world.faults() == []

    @pytest.mark.parametrize("size", [1, 20])
    async def test_that_takes_no_statement_more_whatever_the_batch(
        self, mall: Mall, clock: ManualClock, gateway: None, size: int
    ) -> None:
        async def sent(method: str) -> list[str]:
            statements: list[str] = []
            calls = [_call(mall.wish(1, method=method)) for _ in range(size)]
            async with mall.world.db.connection() as conn:
                conn.add_query_logger(lambda told: statements.append(told.query.split()[0]))
            assert [each.error for each in await mall.world.runner.run_list(calls)] == [None] * size
            return statements

        for _ in range(2):
            await sent("test_at_once")  # what never changes is remembered from now on
        await sent("later")
        # Whether what is remembered has changed since; the goods; the accounts, which are nearly empty.
        told = ["BEGIN;SET", "SELECT", "SELECT", "SELECT", "WITH", "COMMIT"]
        assert await sent("test_at_once") == told
        assert await sent("later") == told

    async def test_where_there_is_no_test_gateway_nothing_is_paid_by_placing(
        self, mall: Mall, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(providers, "_providers", {})  # patch: a registry of this test's own
        before = [await mall.world.count(table) for table in TABLES]
        with pytest.raises(ProviderOff):
            await mall.place(1, method="test_at_once")
        assert [await mall.world.count(table) for table in TABLES] == before

    async def test_what_costs_nothing_asks_for_nothing(self, mall: Mall) -> None:
        gift = await mall.world.make_sku("GIFT", 0, kind="service")
        await mall.list_sku(gift)
        placed = await mall.place(lines=[{"sku_id": gift}], expected_total_minor=0, method="later")
        assert (placed.payment.state, placed.expires_at) == ("none", None)

    async def test_it_waits_as_long_as_the_shop_says(self, mall: Mall) -> None:
        await mall.world.act("checkout.set_settings", {"shop_id": mall.world.shop_id, "payment_minutes": 7})
        placed = await mall.place(1)
        detail = await mall.world.detail(_of(placed))
        assert placed.expires_at == detail.order.placed_at + timedelta(minutes=7)


class TestPickup:
    async def point(self, mall: Mall, **more: Any) -> Any:
        given = {
            "shop_id": mall.world.shop_id,
            "warehouse_id": mall.world.warehouse_id,
            "name": "人民广场店",
            "region": "310101",
            "street": "西藏中路1号",
        }
        return await mall.world.act("checkout.save_pickup_point", given | more)

    async def test_it_is_held_there_and_costs_no_freight(self, mall: Mall) -> None:
        await freight(mall)
        point = await self.point(mall)
        receiver = {"name": "张三", "phone": "13812345678"}
        delivery = {"kind": "pickup", "point_id": point.id}
        placed = await mall.place(1, receiver=receiver, delivery=delivery)
        async with mall.world.db.reading(SYSTEM) as tx:
            whom = await orders.receiver_of(tx, placed.order_id)
        assert placed.total_minor == 1000
        assert whom is not None
        assert (whom.name, whom.district, whom.street) == ("张三", "黄浦区", "西藏中路1号 人民广场店")

    async def test_a_closed_one_is_refused(self, mall: Mall) -> None:
        point = await self.point(mall)
        await self.point(mall, id=point.id, active=False)
        with pytest.raises(PickupPointNotFound):
            await mall.place(1, delivery={"kind": "pickup", "point_id": point.id})


class TestInvoices:
    async def test_a_wish_is_kept_encrypted(self, mall: Mall) -> None:
        invoice = {"kind": "company", "title": "某某科技有限公司", "tax_no": "91350100m000100y43"}
        placed = await mall.place(1, invoice=invoice)
        async with mall.world.db.reading(SYSTEM) as tx:
            sealed = await tx.fetchval("SELECT invoice FROM checkout_orders")
        assert "某某".encode() not in sealed
        assert open_invoice(sealed, placed.order_id).tax_no == "91350100M000100Y43"

    async def test_it_goes_when_the_customer_is_erased(self, mall: Mall) -> None:
        member = await mall.member()
        await mall.place(1, actor=member, invoice={"title": "王小明"})
        await mall.world.act("members.erase", {"customer_id": member.id, "reason": "本人要求"})
        await mall.world.reader.drain()
        async with mall.world.db.reading(SYSTEM) as tx:
            row = await tx.fetchrow("SELECT invoice, phone_hash FROM checkout_orders")
        assert row is not None
        assert tuple(row) == (None, None)

    async def test_a_shop_may_give_none(self, mall: Mall) -> None:
        await mall.world.act("checkout.set_settings", {"shop_id": mall.world.shop_id, "invoices": False})
        with pytest.raises(InvoicesOff):
            await mall.place(1, invoice={"title": "张三"})

    @pytest.mark.parametrize("code", ["91350100M000100Y43", "91110000802100433B"])
    def test_codes_that_are_right(self, code: str) -> None:
        assert is_credit_code(code)

    def test_one_wrong_sign_is_found(self) -> None:
        code = "91350100M000100Y43"
        for place in range(18):
            for sign in SIGNS:
                changed = code[:place] + sign + code[place + 1 :]
                assert is_credit_code(changed) == (changed == code)

    def test_the_check_sign_is_one_of_the_signs(self) -> None:
        assert check_sign("91350100M000100Y4") == "3"


class TestLookups:
    async def find(self, mall: Mall, number: str, phone: str = "13812345678") -> Any:
        return await mall.world.act("checkout.find_order", {"number": number, "phone": phone}, actor=GUEST)

    async def test_by_number_and_phone(self, mall: Mall) -> None:
        placed = await mall.place(2)
        found = await self.find(mall, placed.number, "138 1234 5678")
        assert (found.order_id, found.status, found.total_minor) == (placed.order_id, "placed", 2000)
        assert found.receiver == "张** 138****5678 上海市上海市****"
        assert found.link == placed.link

    async def test_by_link(self, mall: Mall) -> None:
        placed = await mall.place(2)
        async with mall.world.db.reading(SYSTEM) as tx:
            assert (await service.find_by_link(tx, placed.link)).number == placed.number
            forged = placed.link[:-2] + ("AA" if placed.link[-2:] != "AA" else "BB")
            for link in (forged, "order_" + "A" * 43):
                with pytest.raises(LinkInvalid):
                    await service.find_by_link(tx, link)

    async def test_guessing_ends_after_five(self, mall: Mall) -> None:
        placed = await mall.place(1)
        for n in range(5):
            with pytest.raises(OrderNotFoundByPhone):
                await self.find(mall, placed.number, f"1390000000{n}")
        with pytest.raises(LookupsThrottled):
            await self.find(mall, placed.number)

    async def test_an_order_of_no_checkout_is_not_found(self, mall: Mall) -> None:
        order = await mall.world.place(1, receiver=RECEIVER)
        with pytest.raises(OrderNotFoundByPhone):
            await self.find(mall, order.number)

    async def test_a_payment_can_be_started_by_link(self, mall: Mall, gateway: None) -> None:
        placed = await mall.place(1)
        step = await mall.world.act("checkout.pay_by_link", {"link": placed.link, "method": "test"}, actor=GUEST)
        assert (step.state, step.amount_minor) == ("due", 1000)
        with pytest.raises(LinkInvalid):
            await mall.world.act("checkout.pay_by_link", {"link": "order_" + "A" * 43, "method": "test"}, actor=GUEST)


def _of(placed: Any) -> Any:
    """What the world's helpers ask of an order."""
    return SimpleNamespace(id=placed.order_id, total_minor=placed.total_minor, paid_minor=0)


def _lines(mall: Mall, *quantities: int) -> Any:
    return tuple(
        WantedLine(sku_id=SkuId(sku), qty=qty) for sku, qty in zip(mall.world.skus, quantities, strict=False) if qty
    )


def _call(wish: dict[str, Any], actor: Actor = GUEST) -> Call:
    spec = ACTIONS["checkout.place"]
    return Call(action=spec.name, input=read_input(spec, wish), actor=actor, door="test", key=str(new_id()))


async def _at_once(mall: Mall, wishes: list[dict[str, Any]], actor: Actor = GUEST) -> list[Any]:
    runners = [Runner(mall.world.db) for _ in wishes]
    return list(
        await asyncio.gather(*(runner.run(_call(wish, actor)) for runner, wish in zip(runners, wishes, strict=True)))
    )


def test_without_settings_guests_may_order() -> None:
    assert CheckoutSettings(shop_id=new_id()).guests  # type: ignore[arg-type]

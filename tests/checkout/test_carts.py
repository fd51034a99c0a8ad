"""Carts: kept, merged, looked at as they stand now, and removed when they are left."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import GUEST, SYSTEM, Actor
from shangmai.kernel.ids import new_id
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.checkout import service
from shangmai.modules.checkout.contract.carts import (
    LINES_MAX,
    QTY_MAX,
    CartChanged,
    CartFull,
    CartId,
    CartLine,
    CartOfNobody,
    CartQtyTooLarge,
    CartSkuUnknown,
    CartTokenInvalid,
    NotYourCart,
    SetCartLines,
    SetLine,
)
from shangmai.modules.checkout.contract.placing import AskCheckout
from shangmai.modules.checkout.rules import tokens
from shangmai.modules.checkout.rules.carts import KeptCart, merge, set_lines
from shangmai.modules.organization.contract import ShopId
from tests.checkout.conftest import Mall
from tests.pricing.making import publish

AT: Final = datetime(2026, 1, 1, tzinfo=UTC)


def quantities(cart: Any) -> list[int]:
    return [line.qty for line in cart.lines]


class TestKeeping:
    async def test_lines_are_set_and_taken_out(self, mall: Mall) -> None:
        token = mall.token()
        cart = await mall.set(token, 2, 1)
        assert (quantities(cart), cart.version, cart.pieces) == ([2, 1], 1, 3)
        assert [line.price_minor for line in cart.lines] == [1000, 2000]
        again = await mall.set(token, 2, 1)
        assert (again.version, again.lines) == (1, cart.lines)
        assert quantities(await mall.set(token, 0, 4)) == [4]

    async def test_pieces_are_added(self, mall: Mall) -> None:
        token, sku = mall.token(), mall.world.skus[0]
        for more, there in ((2, 2), (3, 5)):
            given = {"shop_id": mall.world.shop_id, "cart_token": token, "lines": [{"sku_id": sku, "qty": more}]}
            cart = await mall.world.act("checkout.add_to_cart", given, actor=GUEST)
            assert quantities(cart) == [there]

    async def test_those_who_add_at_once_all_count(self, mall: Mall) -> None:
        token, sku = mall.token(), mall.world.skus[0]
        given = {"shop_id": mall.world.shop_id, "cart_token": token, "lines": [{"sku_id": sku, "qty": 1}]}
        do = read_input(ACTIONS["checkout.add_to_cart"], given)
        call = Call(action="checkout.add_to_cart", input=do, actor=GUEST, door="test")
        runners = [Runner(mall.world.db) for _ in range(8)]  # as many processes, each with connections of its own
        await asyncio.gather(*(runner.run(call) for runner in runners))
        assert quantities(await mall.view(token)) == [8]

    async def test_a_token_is_kept_as_a_hash_only(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 1)
        async with mall.world.db.reading(SYSTEM) as tx:
            owner = await tx.fetchval("SELECT owner FROM carts")
            logged = await tx.fetchval("SELECT input::text FROM action_log WHERE action = 'checkout.set_lines'")
        assert owner == tokens.cart_hash(token)
        assert token not in logged

    @pytest.mark.parametrize("token", ["cart_" + "A" * 43, "cart_" + "A" * 22])
    async def test_a_made_up_token_is_refused(self, mall: Mall, token: str) -> None:
        with pytest.raises(CartTokenInvalid):
            await mall.set(token, 1)
        assert await mall.world.count("carts") == 0

    async def test_nobody_has_no_cart(self, mall: Mall) -> None:
        with pytest.raises(CartOfNobody):
            await mall.set(None, 1)

    async def test_a_member_has_one_and_no_other(self, mall: Mall) -> None:
        one, other = await mall.member(), await mall.member("13900139000")
        await mall.set(None, 1, actor=one)
        assert quantities(await mall.view(actor=one)) == [1]
        assert quantities(await mall.view(actor=other)) == []
        with pytest.raises(NotYourCart):
            await mall.set(None, 1, actor=one, customer_id=other.id)
        with pytest.raises(NotYourCart):
            await mall.set(None, 1, actor=GUEST, customer_id=other.id)

    async def test_a_version_that_is_past_is_refused(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 1)
        with pytest.raises(CartChanged):
            await mall.set(token, 5, version=0)
        assert quantities(await mall.set(token, 5, version=1)) == [5]

    async def test_limits(self, mall: Mall) -> None:
        token, shop = mall.token(), mall.world.shop_id
        with pytest.raises(CartSkuUnknown):
            await mall.world.act(
                "checkout.set_lines",
                {"shop_id": shop, "cart_token": token, "lines": [{"sku_id": new_id(), "qty": 1}]},
                actor=GUEST,
            )
        assert await mall.world.count("carts") == 0
        await mall.set(token, QTY_MAX)
        lines = [{"sku_id": mall.world.skus[0], "qty": 1}]
        with pytest.raises(CartQtyTooLarge):
            await mall.world.act(
                "checkout.add_to_cart", {"shop_id": shop, "cart_token": token, "lines": lines}, actor=GUEST
            )
        assert quantities(await mall.view(token)) == [QTY_MAX]


class TestMerging:
    async def merge(self, mall: Mall, token: str, actor: Any) -> Any:
        given = {"shop_id": mall.world.shop_id, "cart_token": token}
        return await mall.world.act("checkout.merge_cart", given, actor=actor)

    async def test_pieces_add_up_and_it_says_so(self, mall: Mall) -> None:
        member, token = await mall.member(), mall.token()
        await mall.set(None, 2, actor=member)
        await mall.set(token, 3, 1)
        merged = await self.merge(mall, token, member)
        assert quantities(merged) == [5, 1]
        assert [(each.notice, each.before, each.now) for each in merged.notices] == [
            ("added_up", 2, 5),
            ("moved", 0, 1),
        ]
        again = await self.merge(mall, token, member)
        assert (quantities(again), again.notices) == ([5, 1], ())
        assert await mall.world.count("carts") == 1

    async def test_at_the_most_a_line_takes(self, mall: Mall) -> None:
        member, token = await mall.member(), mall.token()
        await mall.set(None, QTY_MAX - 1, actor=member)
        await mall.set(token, 3)
        merged = await self.merge(mall, token, member)
        assert (quantities(merged), merged.notices[0].notice) == ([QTY_MAX], "capped")

    async def test_a_guest_alone_has_nothing_to_merge_into(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 3)
        with pytest.raises(CartOfNobody):
            await self.merge(mall, token, GUEST)
        assert quantities(await mall.view(token)) == [3]

    def test_what_no_longer_fits_is_left_out(self) -> None:
        full = [SkuId(new_id()) for _ in range(LINES_MAX)]
        merged, notices = merge(kept([SkuId(new_id()), full[0]]), kept(full))
        assert len(merged.lines) == LINES_MAX
        assert [each.notice for each in notices] == ["left_out", "added_up"]

    def test_a_full_cart_takes_nothing_more(self) -> None:
        full = kept([SkuId(new_id()) for _ in range(LINES_MAX)])
        one = SkuId(new_id())
        do = SetCartLines(shop_id=full.shop_id, lines=(SetLine(sku_id=one, qty=1),))
        with pytest.raises(CartFull):
            set_lines(full, do, lambda _: 1, {one}, AT)


def kept(skus: list[SkuId]) -> KeptCart:
    lines = tuple(CartLine(sku_id=sku, qty=1, selected=True, price_minor=1, added_at=AT) for sku in skus)
    shop = ShopId(new_id())
    return KeptCart(id=CartId(new_id()), shop_id=shop, owner=b"", customer_id=None, version=1, lines=lines)


class TestLooking:
    async def test_it_tells_the_quote(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 2, 1)
        view = await mall.view(token)
        assert (view.total_minor, view.currency, view.invalid) == (4000, "CNY", ())
        assert [(line.unit_minor, line.amount_minor, line.available) for line in view.lines] == [
            (1000, 2000, 100), (2000, 2000, 100),
        ]  # fmt: skip

    async def test_an_unknown_cart_is_empty(self, mall: Mall) -> None:
        view = await mall.view(mall.token())
        assert (view.lines, view.version, view.quote) == ((), 0, None)

    async def test_what_changed_since_it_was_put_in(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 1, 1)
        await self.reprice(mall, 900, 2500)
        view = await mall.view(token)
        assert [[(n.notice, n.text) for n in line.notices] for line in view.lines] == [
            [("cheaper", "加入时 ¥10.00，现价 ¥9.00，已降价")], [("dearer", "加入时 ¥20.00，现价 ¥25.00")],
        ]  # fmt: skip
        assert view.total_minor == 3400

    async def reprice(self, mall: Mall, *minors: int) -> None:
        for sku, minor in zip(mall.world.skus, minors, strict=False):
            await mall.world.act("catalog.set_prices", {"sku_id": sku, "price_minor": minor, "currency": "CNY"})

    async def test_what_is_short_gone_and_off(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 101, 1, 1)
        await mall.world.place(0, 100)  # the second is sold out
        async with mall.world.db.reading(SYSTEM) as tx:
            product = await tx.fetchval("SELECT product_id FROM skus WHERE id = $1", mall.world.skus[2])
        await mall.world.act("catalog.delist_product", {"product_id": product})
        view = await mall.view(token, lang="en")
        assert [[n.text for n in line.notices] for line in view.lines] == [["101 wanted, 100 left"]]
        assert [[n.notice for n in line.notices] for line in view.invalid] == [["gone"], ["off"]]
        assert view.total_minor == 101_000

    async def test_only_what_is_selected_is_quoted(self, mall: Mall) -> None:
        token = mall.token()
        await mall.set(token, 2, 1)
        lines = [{"sku_id": mall.world.skus[0], "qty": 2, "selected": False}]
        given = {"shop_id": mall.world.shop_id, "cart_token": token, "lines": lines}
        await mall.world.act("checkout.set_lines", given, actor=GUEST)
        assert (await mall.view(token)).total_minor == 2000

    async def test_as_many_statements_whatever_the_number_of_lines(self, mall: Mall) -> None:
        counted = []
        for quantity in ((1,), (1, 1, 1)):
            token = mall.token()
            await mall.set(token, *quantity)
            await mall.view(token)  # what never changes is remembered from now on
            statements: list[str] = []

            def note(told: Any, into: list[str] = statements) -> None:
                into.append(told.query)

            async with mall.world.db.connection() as conn:
                conn.add_query_logger(note)  # the connection that is taken next
            await mall.view(token)
            async with mall.world.db.connection() as conn:
                conn.remove_query_logger(note)
            counted.append(len(statements))
        assert counted[0] == counted[1] == 6  # begin, the cart, the goods, their stock, what is in force, rollback

    async def test_few_statements_whatever_there_is_to_look_at(self, mall: Mall) -> None:
        """Freight, a price list, promotions with limits, floors, costs, a customer with a level and coupons."""
        world = mall.world
        zones = [{"first": 1000, "first_minor": 800, "next": 1000, "next_minor": 200}]
        freight = {"shop_id": world.shop_id, "code": "KD", "name": "快递", "basis": "weight", "zones": zones}
        await world.act("logistics.save_freight_template", freight)
        await publish(world, limits={"uses_total": 5, "uses_per_buyer": 3})
        await world.act("pricing.create_price_list", {"code": "P", "name": "P", "kind": "base", "currency": "CNY"})
        await world.act("pricing.set_prices", {"price_list": "P", "sku_id": world.skus[0], "price_minor": 900})
        await world.act("pricing.set_floors", {"sku_id": world.skus[0], "currency": "CNY", "floor_minor": 100})
        policy = {"company_id": world.company_id, "policy": {"never_below_cost": True}}
        await world.act("pricing.set_policy", policy)
        member, token = await mall.member(), mall.token()
        await world.act("members.set_level", {"customer_id": member.id, "level": "gold"})
        await mall.set(token, 20, 3, 1)
        await mall.set(None, 20, 3, 1, actor=member)
        for actor, cart_token, expected in ((GUEST, token, 8), (member, None, 11)):
            do = AskCheckout(
                shop_id=ShopId(world.shop_id), cart_token=cart_token, region="310115", best_coupons=actor is member
            )
            counted = [await statements(mall, actor, do) for _ in range(2)]
            assert counted[1] == expected, "what never changes is remembered from the first look on"


async def statements(mall: Mall, actor: Actor, do: AskCheckout) -> int:
    """How many statements a look at a cart sends, between the transaction's begin and its end."""
    told: list[str] = []

    def note(each: Any) -> None:
        told.append(each.query)

    async with mall.world.db.reading(SYSTEM) as tx:
        tx.conn.add_query_logger(note)
        view = await service.view_cart(tx, actor, do, "zh-CN")
        tx.conn.remove_query_logger(note)
    assert (view.problem, view.total_minor > 0) == ("", True)
    return len(told)


class TestLeaving:
    async def test_guests_carts_go_and_members_stay(self, mall: Mall) -> None:
        member, token = await mall.member(), mall.token()
        await mall.set(None, 1, actor=member)
        await mall.set(token, 1)
        before = await mall.world.act("checkout.expire_carts", {"days": 30})
        async with mall.world.db.transaction() as tx:
            await tx.execute("UPDATE carts SET touched_at = touched_at - $1::interval", timedelta(days=31))
        after = await mall.world.act("checkout.expire_carts", {"days": 30})
        assert (before.removed, after.removed, await mall.world.count("carts")) == (0, 1, 1)

    async def test_an_erased_member_leaves_none(self, mall: Mall) -> None:
        member = await mall.member()
        await mall.set(None, 1, actor=member)
        await mall.world.act("members.erase", {"customer_id": member.id, "reason": "本人要求"})
        await mall.world.reader.drain()
        assert await mall.world.count("carts") == 0

"""Kinds that set the price of a piece, with answers worked out by hand."""

from datetime import timedelta
from uuid import UUID

import pytest

from shangmai.kernel.clock import Period
from shangmai.modules.pricing.contract import (
    AmountOff,
    Bargain,
    Buyer,
    DepositPresale,
    FlashSale,
    GroupBuy,
    GroupTier,
    Layer,
    LevelOff,
    LevelPrice,
    Limits,
    MemberPrice,
    Offer,
    PointsPrice,
    Quota,
    SkuPrice,
    SpecialPrice,
    Tier,
)
from tests.pricing.rules.making import NOW, basket, line, only, paid, price, promo, promo_id, reasons, sku

GOLD = Buyer(id=UUID(int=1), level="gold")


def test_special_price_by_sku_then_by_percentage():
    special = promo(1, Layer.PRICE, SpecialPrice(prices=(SkuPrice(sku(1), 500),), off_bp=1_500))
    assert paid(basket(line(1, 2, 999), line(2, 2, 999)), special) == [1_000, 2 * 849]  # 999 − 149.85 → 849


def test_a_price_that_is_not_lower_changes_nothing():
    answer = price(basket(line(1, 1, 400)), [promo(1, Layer.PRICE, SpecialPrice(prices=(SkuPrice(sku(1), 500),)))])
    assert (answer.totals.payable_minor, reasons(answer)) == (400, {"P001": "not_lower"})


def test_never_below_the_floor():
    special = promo(1, Layer.PRICE, SpecialPrice(off_bp=9_000))
    assert paid(basket(line(1, 3, 1_000, floor_minor=700)), special) == [2_100]


@pytest.mark.parametrize(("level", "expected"), [("gold", 900), ("silver", 950), ("", 1_000)])
def test_member_price_by_level(level, expected):
    member = promo(
        1, Layer.PRICE, MemberPrice(levels=(LevelOff("silver", 500),), prices=(LevelPrice("gold", sku(1), 900),))
    )
    assert paid(basket(line(1, 1, 1_000), buyer=Buyer(id=UUID(int=1), level=level)), member) == [expected]


class TestFlashSale:
    FLASH = FlashSale(prices=(SkuPrice(sku(1), 600),))

    def test_pieces_beyond_the_limit_cost_the_next_best_price(self):
        flash = promo(1, Layer.PRICE, self.FLASH, limits=Limits(pieces_per_order=2))
        member = promo(2, Layer.PRICE, MemberPrice(levels=(LevelOff("gold", 1_000),)))
        answer = price(basket(line(1, 5, 1_000), buyer=GOLD), [flash, member])
        assert answer.lines[0].paid_minor == 2 * 600 + 3 * 900
        assert [(step.amount_minor, step.pieces) for step in answer.lines[0].steps] == [(800, 2), (300, 3)]

    def test_what_is_left_of_the_buyers_quota_counts_over_lines(self):
        flash = promo(1, Layer.PRICE, FlashSale(prices=(SkuPrice(sku(1), 600), SkuPrice(sku(2), 500))))
        quota = Quota(promotion_id=promo_id(1), pieces_left=3)
        of = basket(line(1, 2, 1_000), line(2, 2, 1_000), quotas=(quota,))
        assert paid(of, flash) == [600 + 1_000, 1_000]  # the two that save 500 first

    def test_a_budget_pays_for_whole_pieces(self):
        quota = Quota(promotion_id=promo_id(1), budget_left_minor=1_000)
        assert paid(basket(line(1, 5, 1_000), quotas=(quota,)), promo(1, Layer.PRICE, self.FLASH)) == [2 * 600 + 3_000]

    def test_a_used_up_quota_is_told(self):
        quota = Quota(promotion_id=promo_id(1), pieces_left=0)
        answer = price(basket(line(1, 1, 1_000), quotas=(quota,)), [promo(1, Layer.PRICE, self.FLASH)])
        assert reasons(answer) == {"P001": "used_up"}


class TestOffers:
    def test_a_line_without_the_offer_costs_what_it_costs(self):
        group = promo(1, Layer.PRICE, GroupBuy(tiers=(GroupTier(2, 500),)))
        assert paid(basket(line(1, 1, 1_000)), group) == [1_000]

    @pytest.mark.parametrize(
        ("offer", "expected"),
        [
            ({"group_size": 1}, 1_000),
            ({"group_size": 2}, 800),
            ({"group_size": 5}, 700),
            ({"group_size": 2, "leader": True}, 600),
        ],
    )
    def test_a_group_by_its_size(self, offer, expected):
        group = GroupBuy(tiers=(GroupTier(2, 800), GroupTier(5, 700)), leader_price_minor=600)
        of = basket(line(1, 1, 1_000, offer=Offer(promotion_id=promo_id(1), **offer)))
        assert paid(of, promo(1, Layer.PRICE, group)) == [expected]

    @pytest.mark.parametrize(("reached", "expected"), [(None, 1_000), (450, 450), (100, 300)])
    def test_a_bargain_down_to_its_lowest_price(self, reached, expected):
        of = basket(line(1, 1, 1_000, offer=Offer(promotion_id=promo_id(1), price_minor=reached)))
        assert paid(of, promo(1, Layer.PRICE, Bargain(lowest_minor=300))) == [expected]

    def test_goods_for_points_as_far_as_points_go(self):
        exchange = promo(1, Layer.PRICE, PointsPrice(points=100, price_minor=50))
        of = basket(line(1, 3, 1_000, offer=Offer(promotion_id=promo_id(1))), points_available=250)
        answer = price(of, [exchange])
        assert (answer.lines[0].paid_minor, answer.lines[0].points, answer.totals.points) == (1_100, 200, 200)


class TestDeposit:
    BALANCE = Period(NOW + timedelta(days=3), NOW + timedelta(days=5))
    PRESALE = DepositPresale(deposit_minor=5_000, worth_minor=10_000, balance=BALANCE)

    def of(self, **more):
        return basket(line(1, 2, 50_000, offer=Offer(promotion_id=promo_id(1))), freight_minor=600, **more)

    def test_the_deposit_counts_double_off_the_balance(self):
        totals = price(self.of(), [promo(1, Layer.PRICE, self.PRESALE)]).totals
        assert (totals.payable_minor, totals.deposit_minor, totals.balance_minor) == (90_600, 10_000, 80_600)
        assert totals.balance_window == self.BALANCE

    def test_a_plain_deposit_makes_nothing_cheaper_and_counts(self):
        plain = DepositPresale(deposit_minor=5_000, worth_minor=5_000, balance=self.BALANCE)
        answer = price(self.of(), [promo(1, Layer.PRICE, plain)])
        totals = answer.totals
        assert (totals.payable_minor, totals.deposit_minor, totals.balance_minor) == (100_600, 10_000, 90_600)
        assert ([one.code for one in answer.applied], answer.lines[0].steps) == (["P001"], ())

    def test_a_plain_deposit_gives_way_to_a_lower_price(self):
        plain = DepositPresale(deposit_minor=5_000, worth_minor=5_000, balance=self.BALANCE)
        cheaper = promo(2, Layer.PRICE, SpecialPrice(off_bp=1_000))
        answer = price(self.of(), [promo(1, Layer.PRICE, plain), cheaper])
        assert ([one.code for one in answer.applied], answer.totals.deposit_minor) == (["P002"], 0)

    def test_nothing_takes_the_line_below_the_deposit(self):
        vast = promo(2, Layer.ORDER, AmountOff(tiers=(Tier(0, 89_000),)))
        answer = price(self.of(), [promo(1, Layer.PRICE, self.PRESALE), vast])
        totals = answer.totals
        assert (totals.payable_minor, totals.deposit_minor, totals.balance_minor) == (10_600, 10_000, 600)
        assert [step.amount_minor for step in answer.lines[0].steps] == [10_000, 80_000]


def test_scope_excludes():
    special = promo(1, Layer.PRICE, SpecialPrice(off_bp=5_000), scope=only(1))
    assert paid(basket(line(1, 1, 100), line(2, 1, 100)), special) == [50, 100]

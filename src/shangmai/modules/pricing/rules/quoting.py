"""A basket's quote: find the best combination, work it out once more with its trace, say why the rest is not in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import repeat

from msgspec.structs import replace

from shangmai.kernel.money import allocate
from shangmai.modules.pricing.contract import (
    Applied,
    Basket,
    DepositPresale,
    FunderShare,
    Policy,
    Promotion,
    Quote,
    QuotedGift,
    QuotedLine,
    Refused,
    Step,
    Totals,
)
from shangmai.modules.pricing.contract.benefits import Measure
from shangmai.modules.pricing.rules.applying import Effect, Turns, after
from shangmai.modules.pricing.rules.benefits.gift import GiftWork
from shangmai.modules.pricing.rules.benefits.work import measured
from shangmai.modules.pricing.rules.candidates import Candidate, find
from shangmai.modules.pricing.rules.cart import Cart, floor_by
from shangmai.modules.pricing.rules.explaining import why_not, why_not_price
from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.price_layer import PriceLayer
from shangmai.modules.pricing.rules.search import search
from shangmai.modules.pricing.rules.state import State
from shangmai.modules.pricing.rules.taxing import tax_of

ENGINE = 2
"""Rises when the same basket, promotions and policy would give another quote."""


def quote(
    basket: Basket, index: PromotionIndex, policy: Policy, out_of_time: Callable[[], bool] | None = None
) -> Quote:
    """Price a basket, with the whole trace.

    Pure and deterministic, but for `out_of_time`: asked now and then, it may stop the search early, and then the quote
    is not `proven`.
    """
    cart = Cart(basket, policy)
    found = find(cart, index)
    turns = Turns(cart, found.candidates)
    best = search(turns, out_of_time)
    trace = _Trace(turns, best.chosen)
    trace.work_out()
    return Quote(
        currency=basket.currency,
        lines=tuple(trace.lines()),
        freight_steps=tuple(trace.steps[cart.n]),
        gifts=tuple(trace.gifts),
        totals=trace.totals(),
        applied=tuple(trace.applied),
        refused=(*trace.refused, *sorted(found.refused, key=lambda one: (one.code, one.promotion_id))),
        proven=best.proven,
        stopped=best.stopped,
        policy=policy,
        engine=ENGINE,
    )


class _Trace:
    """The chosen combination worked out turn by turn, with a step for everything that a line or the freight gets."""

    def __init__(self, turns: Turns, chosen: int) -> None:
        self.turns, self.chosen = turns, chosen
        self.cart, self.candidates = turns.cart, turns.candidates
        self.state = State(self.cart)
        self.steps: list[list[Step]] = [[] for _ in range(self.cart.n + 1)]
        self.deposits = [0] * self.cart.n
        self.deposit: DepositPresale | None = None
        self.gifts: list[QuotedGift] = []
        self.applied: list[Applied] = []
        self.refused: list[Refused] = []
        self.borne: dict[tuple[str, str], FunderShare] = {}
        self.taxes: list[int] = []

    def work_out(self) -> None:
        self._set_prices(self.turns.layer)
        for one in self.candidates[self.turns.prices :]:
            if self.chosen >> one.place & 1:
                self._take_turn(one)
            else:
                self.refused.append(why_not(one, self.state, self.chosen, self.turns))
        lines = self.cart.lines
        self.taxes = tax_of(
            self.state.amounts[: self.cart.n], self.cart.qty, [line.tax_rate_bp for line in lines], self.cart.policy
        )

    def lines(self) -> Iterable[QuotedLine]:
        for i, line in enumerate(self.cart.lines):
            steps = self.steps[i]
            yield QuotedLine(
                key=line.key,
                sku_id=line.sku_id,
                qty=line.qty,
                unit_list_minor=line.list_minor,
                list_minor=self.cart.listed[i],
                price=line.price,
                steps=tuple(steps),
                paid_minor=self.state.amounts[i],
                tax_minor=self.taxes[i],
                points=sum([step.points for step in steps]),
                deposit_minor=self.deposits[i],
                floor_minor=self.state.floors[i],
                floor_by=floor_by(line, self.cart.policy),
            )

    def totals(self) -> Totals:
        listed, amounts, n = self.cart.listed, self.state.amounts, self.cart.n
        goods, paid, tax = sum(listed[:n]), sum(amounts[:n]), sum(self.taxes)
        payable = paid + amounts[n] + (0 if self.cart.policy.tax_included else tax)
        deposit = sum(self.deposits)
        steps = [step for of_line in self.steps for step in of_line]
        return Totals(
            goods_minor=goods,
            off_minor=goods - paid,
            freight_minor=listed[n],
            freight_off_minor=listed[n] - amounts[n],
            tax_minor=tax,
            payable_minor=payable,
            points=sum([step.points for step in steps]),
            deposit_minor=deposit,
            balance_minor=payable - deposit if deposit else 0,
            balance_window=self.deposit.balance if self.deposit else None,
            funders=tuple(self.borne[key] for key in sorted(self.borne)),
        )

    def _set_prices(self, layer: PriceLayer) -> None:
        for one in layer.candidates:
            if self.chosen >> one.place & 1:
                lowered = layer.lower(self.state, one.place)
                assert lowered is not None, "a promotion that was chosen has an effect"
                self.state = lowered
        self.state = layer.settle(self.state)
        off = dict.fromkeys(range(len(layer.candidates)), 0)
        points = dict(off)
        makers = [_maker(one.promotion) for one in layer.candidates]
        made: list[list[Step]] = [[] for _ in layer.candidates]
        for given in layer.give_out(self.state.chosen):
            one, line = layer.candidates[given.place], self.cart.lines[given.line]
            amount, used = (line.list_minor - given.unit) * given.pieces, one.points_each * given.pieces
            part = given.pieces if given.pieces < line.qty else 0
            if amount or used:
                step = makers[given.place](amount, used, part)
                made[given.place].append(step)
                self.steps[given.line].append(step)
            off[given.place] += amount
            points[given.place] += used
            if isinstance(one.promotion.benefit, DepositPresale):
                self.deposit = one.promotion.benefit
                self.deposits[given.line] += one.promotion.benefit.deposit_minor * given.pieces
        for one in layer.candidates:
            if self.chosen >> one.place & 1:
                self.applied.append(_applied(one, off[one.place], points[one.place]))
                self._bear(one.promotion, made[one.place], off[one.place])
            else:
                self.refused.append(why_not_price(one, self.state, self.candidates))

    def _take_turn(self, one: Candidate) -> None:
        effect = self.turns.effect(one, self.state)
        assert effect is not None, "a promotion that was chosen has an effect"
        assert one.work is not None
        self._add_steps(one.promotion, effect)
        applied = _applied(one, effect.off, effect.points)
        following = one.work.missing(self.state, effect.lines)
        self.applied.append(applied if following is None else replace(applied, next=following))
        self._add_gifts(one, effect)
        self.state = after(one, self.state, effect)

    def _add_steps(self, promotion: Promotion, effect: Effect) -> None:
        step, made = _maker(promotion), []
        points = iter(allocate(effect.points, [amount for _, amount in effect.shares])) if effect.points else repeat(0)
        for (i, amount), used in zip(effect.shares, points, strict=False):
            if amount:
                one = step(amount, used, 0)
                made.append(one)
                self.steps[i].append(one)
        self._bear(promotion, made, effect.off)

    def _bear(self, promotion: Promotion, steps: list[Step], off: int) -> None:
        """Add up who bears a promotion's steps, which come to `off`."""
        if not steps:
            return
        if len(promotion.funders) == 1:
            only = promotion.funders[0]
            shares = [FunderShare(only.funder, off, only.party)]
        else:
            shares = [share for step in steps for share in step.funders]
        for one in shares:
            key = (one.funder.value, one.party or "")
            before = self.borne.get(key)
            if before is not None:
                one = FunderShare(before.funder, before.amount_minor + one.amount_minor, before.party)
            self.borne[key] = one

    def _add_gifts(self, one: Candidate, effect: Effect) -> None:
        if not isinstance(one.work, GiftWork):
            return
        keys = tuple(self.cart.lines[i].key for i in effect.lines)
        counted = tuple(measured(self.state, (i,), one.work.threshold) for i in effect.lines)
        for given in effect.given:
            self.gifts.append(
                QuotedGift(
                    promotion_id=one.promotion.id,
                    version=one.promotion.version,
                    sku_id=given.item.sku_id,
                    qty=given.qty,
                    value_minor=given.item.value_minor,
                    line_keys=keys,
                    counted=counted,
                    sets=given.sets,
                    at=given.tier.at,
                    by_pieces=one.work.benefit.measure is Measure.PIECES,
                )
            )


def _maker(promotion: Promotion) -> Callable[[int, int, int], Step]:
    """Give what makes a promotion's steps, of an amount, points and pieces: a quote has a hundred, so it reads once."""
    promotion_id, version, layer = promotion.id, promotion.version, promotion.layer
    only = promotion.funders[0] if len(promotion.funders) == 1 else None

    def make(amount: int, points: int, pieces: int) -> Step:
        funders = _split(promotion, amount) if only is None else (FunderShare(only.funder, amount, only.party),)
        if not points and not pieces:  # as most are, and each value that is given takes its time
            return Step(promotion_id=promotion_id, version=version, layer=layer, amount_minor=amount, funders=funders)
        return Step(
            promotion_id=promotion_id,
            version=version,
            layer=layer,
            amount_minor=amount,
            funders=funders,
            points=points,
            pieces=pieces,
        )

    return make


def _split(promotion: Promotion, amount: int) -> tuple[FunderShare, ...]:
    parts = allocate(amount, [one.share_bp for one in promotion.funders])
    return tuple(
        FunderShare(one.funder, part, one.party) for one, part in zip(promotion.funders, parts, strict=True) if part
    )


def _applied(one: Candidate, off: int, points: int) -> Applied:
    promotion = one.promotion
    return Applied(
        promotion_id=promotion.id,
        version=promotion.version,
        code=promotion.code,
        name=promotion.name,
        name_en=promotion.name_en,
        layer=promotion.layer,
        amount_minor=off,
        points=points,
        coupon=one.coupon if promotion.needs_coupon else None,
    )

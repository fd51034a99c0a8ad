"""A promotion in words: 满300减40，上不封顶. The texts are in the module's catalogs, under `say`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from shangmai.kernel import i18n
from shangmai.kernel.clock import UnknownTimezone, timezone
from shangmai.kernel.money import Money
from shangmai.modules.pricing.contract import (
    AddOn,
    AmountOff,
    Bargain,
    Basis,
    BundlePrice,
    BuyXGetY,
    DepositPresale,
    Exchange,
    FlashSale,
    FreeShipping,
    FunderKind,
    Gift,
    GiftPick,
    GroupBuy,
    Measure,
    MemberPrice,
    NthDiscount,
    PercentOff,
    PointsDeduction,
    PointsPrice,
    PriceForPieces,
    Promotion,
    Selection,
    SkuPrice,
    SpecialPrice,
    Threshold,
)
from shangmai.modules.pricing.contract.promotion import WeeklyWindow

NAMED_MAX: Final = 3
"""So many goods are named; of more, how many they are."""
ALL_BP: Final = 10_000
EVERY_DAY: Final = 7


class Speech(Struct, frozen=True):
    """What words need besides the promotion: the language, the currency, names of goods and shops by id."""

    lang: i18n.Lang
    currency: str
    names: Mapping[UUID, str]

    def say(self, key: str, **data: object) -> str:
        return i18n.t(f"pricing.say.{key}", self.lang, **data)

    def listed(self, parts: Sequence[str]) -> str:
        return self.say("and").join(parts)

    def amount(self, minor: int) -> str:
        """300, 19.9 in Chinese yuan, as people say 满300减40; ¥300 or $19.90 else."""
        if self.is_yuan:
            return f"{Money(minor, self.currency).major().normalize():f}"
        text = Money(minor, self.currency).format(self.lang)
        return text.removesuffix(".00")

    def price(self, minor: int) -> str:
        """An amount that stands by itself: 99元, ¥99."""
        return self.say("yuan", amount=self.amount(minor)) if self.is_yuan else self.amount(minor)

    @property
    def is_yuan(self) -> bool:
        return self.lang == "zh-CN" and self.currency == "CNY"

    def off(self, bp: int) -> str:
        """8折, 免费; 20 % off, free."""
        if bp == ALL_BP:
            return self.say("free")
        is_zh = self.lang == "zh-CN"
        return self.say("off", n=_plain(Decimal(ALL_BP - bp) / 1000 if is_zh else Decimal(bp) / 100))

    def name(self, id_: UUID) -> str:
        return self.names.get(id_) or self.say("one_of_goods")

    def moment(self, at: datetime, zone: str) -> str:
        """By the clock there; in UTC where there is no such zone, or the moment lies at the end of all days."""
        try:
            at = at.astimezone(timezone(zone))
        except (UnknownTimezone, OverflowError):
            at = at.astimezone(UTC)
        return f"{at:%Y-%m-%d %H:%M}"


def gives(promotion: Promotion, speech: Speech) -> str:
    """What it gives, and the most it gives to an order."""
    benefit = promotion.benefit
    words = SAYING[type(benefit)](benefit, speech)
    limits, every = promotion.limits, getattr(benefit, "every", False)
    if limits.off_max_minor is not None:
        return words + speech.say("at_most", amount=speech.price(limits.off_max_minor))
    if limits.times_per_order is not None:
        return words + speech.say("times_at_most", n=limits.times_per_order)
    return words + (speech.say("no_cap") if every and isinstance(benefit, AmountOff) else "")


def goods(promotion: Promotion, speech: Speech) -> str:
    """Which goods: 全场, 3 个 SKU, 除 … 外."""
    scope = promotion.scope
    words = speech.say("all_goods") if scope.include == Selection() else _selection(scope.include, speech)
    if scope.exclude != Selection():
        words += speech.say("except", goods=_selection(scope.exclude, speech))
    return words


def buyers(promotion: Promotion, speech: Speech) -> str:
    """For whom, where, and on which further condition."""
    scope = promotion.scope
    parts = []
    if scope.shops:
        parts.append(speech.say("shops", what=speech.listed([speech.name(shop) for shop in scope.shops])))
    if scope.channels:
        parts.append(speech.say("channels", what=speech.listed(scope.channels)))
    parts.append(speech.say("levels", what=speech.listed(scope.levels)) if scope.levels else speech.say("everybody"))
    if scope.regions:
        parts.append(speech.say("regions", what=speech.listed(scope.regions)))
    if promotion.needs_coupon:
        parts.append(speech.say("with_coupon"))
    if promotion.condition:
        parts.append(speech.say("condition", condition=promotion.condition))
    return speech.say("comma").join(parts)


def when(promotion: Promotion, speech: Speech) -> str:
    """From when to when, in which hours of the week, by the clock there."""
    at = promotion.when
    start = speech.moment(at.period.start, at.timezone)
    words = (
        speech.say("from_on", start=start)
        if at.period.end is None
        else speech.say("from_to", start=start, end=speech.moment(at.period.end, at.timezone))
    )
    return speech.say("comma").join([words, *(_window(window, speech) for window in at.windows)])


def limits(promotion: Promotion, speech: Speech) -> str:
    """How often and how much; 不限 where nothing is limited."""
    of = promotion.limits
    counted = {
        "uses_total": of.uses_total,
        "uses_per_buyer": of.uses_per_buyer,
        "pieces_per_buyer": of.pieces_per_buyer,
        "pieces_total": of.pieces_total,
        "pieces_per_order": of.pieces_per_order,
    }
    parts = [speech.say(key, n=f"{n:,}") for key, n in counted.items() if n is not None]
    if of.budget_minor is not None:
        parts.append(speech.say("budget", amount=speech.price(of.budget_minor)))
    return speech.say("comma").join(parts) or speech.say("unlimited")


def borne(promotion: Promotion, speech: Speech) -> str:
    """Who bears it: 商家承担; 平台承担 50 %、商家承担 50 %."""
    funders = promotion.funders
    if len(funders) == 1 and funders[0].share_bp == ALL_BP:
        return speech.say("borne", who=_who(funders[0].funder, funders[0].party, speech))
    return speech.listed(
        [
            speech.say(
                "borne_part", who=_who(one.funder, one.party, speech), percent=_plain(Decimal(one.share_bp) / 100)
            )
            for one in funders
        ]
    )


# --- what each kind gives ------------------------------------------------------------------------------------------


def _special_price(benefit: SpecialPrice, speech: Speech) -> str:
    parts = [_prices(benefit.prices, speech)] if benefit.prices else []
    if benefit.off_bp:
        parts.append(speech.say("others_off" if benefit.prices else "all_off", off=speech.off(benefit.off_bp)))
    return speech.say("special", prices=speech.say("comma").join(parts))


def _flash_sale(benefit: FlashSale, speech: Speech) -> str:
    return speech.say("flash", prices=_prices(benefit.prices, speech))


def _member_price(benefit: MemberPrice, speech: Speech) -> str:
    parts = [speech.say("level_off", level=one.level, off=speech.off(one.off_bp)) for one in benefit.levels]
    if benefit.prices:
        parts.append(speech.say("level_prices", n=len(benefit.prices)))
    return speech.say("member", prices=speech.listed(parts))


def _group_buy(benefit: GroupBuy, speech: Speech) -> str:
    tiers = [speech.say("group_tier", size=tier.size, price=speech.price(tier.price_minor)) for tier in benefit.tiers]
    if benefit.leader_price_minor is not None:
        tiers.append(speech.say("leader", price=speech.price(benefit.leader_price_minor)))
    return speech.say("group", tiers=speech.listed(tiers))


def _bargain(benefit: Bargain, speech: Speech) -> str:
    return speech.say("bargain", price=speech.price(benefit.lowest_minor))


def _points_price(benefit: PointsPrice, speech: Speech) -> str:
    points = speech.say("points", n=f"{benefit.points:,}")
    price = f"{points} + {speech.price(benefit.price_minor)}" if benefit.price_minor else points
    return speech.say("points_price", price=price)


def _deposit(benefit: DepositPresale, speech: Speech) -> str:
    return speech.say(
        "deposit" if benefit.worth_minor == benefit.deposit_minor else "deposit_worth",
        deposit=speech.price(benefit.deposit_minor),
        worth=speech.price(benefit.worth_minor),
        start=f"{benefit.balance.start:%Y-%m-%d}",
        end="…" if benefit.balance.end is None else f"{benefit.balance.end:%Y-%m-%d}",
    )


def _amount_off(benefit: AmountOff, speech: Speech) -> str:
    tiers = []
    for tier in benefit.tiers:
        off = speech.amount(tier.off)
        if tier.at == 0:
            tiers.append(speech.say("off_at_once", off=speech.price(tier.off)))
        else:
            key = "every_off" if benefit.every else "tier_off"
            tiers.append(speech.say(key, at=_at(tier.at, benefit.measure, speech), off=off))
    return speech.say("comma").join(tiers) + _basis(benefit.basis, benefit.measure, speech)


def _percent_off(benefit: PercentOff, speech: Speech) -> str:
    tiers = [
        speech.say("all_off", off=speech.off(tier.off))
        if tier.at == 0
        else speech.say("tier_percent", at=_at(tier.at, benefit.measure, speech), off=speech.off(tier.off))
        for tier in benefit.tiers
    ]
    return speech.say("comma").join(tiers) + _basis(benefit.basis, benefit.measure, speech)


def _price_for_pieces(benefit: PriceForPieces, speech: Speech) -> str:
    return speech.say("price_for_pieces", price=speech.price(benefit.price_minor), n=benefit.pieces)


def _nth(benefit: NthDiscount, speech: Speech) -> str:
    off = speech.say("half_price") if benefit.off_bp == ALL_BP // 2 else speech.off(benefit.off_bp)
    words = speech.say("nth", n=benefit.nth, off=off)
    return words + (speech.say("same_sku") if benefit.same_sku else "")


def _buy_x_get_y(benefit: BuyXGetY, speech: Speech) -> str:
    what = "" if benefit.of == Selection() else speech.say("of", goods=_selection(benefit.of, speech))
    if benefit.off_bp == ALL_BP:
        return speech.say("buy_get", buy=benefit.buy, get=benefit.get) + what
    return speech.say("buy_get_off", buy=benefit.buy, get=benefit.get, off=speech.off(benefit.off_bp)) + what


def _bundle(benefit: BundlePrice, speech: Speech) -> str:
    items = " + ".join(_times(speech.name(item.sku_id), item.qty) for item in benefit.items)
    return speech.say("bundle", items=items, price=speech.price(benefit.price_minor))


def _add_on(benefit: AddOn, speech: Speech) -> str:
    return speech.say(
        "add_on", reach=_reach(benefit.threshold, speech), n=benefit.pieces, prices=_prices(benefit.prices, speech)
    )


def _exchange(benefit: Exchange, speech: Speech) -> str:
    if benefit.price_minor:
        return speech.say("exchange_for", n=benefit.pieces, price=speech.price(benefit.price_minor))
    return speech.say("exchange", n=benefit.pieces)


def _gift(benefit: Gift, speech: Speech) -> str:
    tiers = []
    for tier in benefit.tiers:
        items = speech.listed([_times(speech.name(item.sku_id), item.qty) for item in tier.items])
        key = "gift_at_once" if tier.at == 0 else "gift_every" if benefit.every else "gift_tier"
        tiers.append(speech.say(key, at=_at(tier.at, benefit.measure, speech), items=items))
    words = speech.say("comma").join(tiers)
    if benefit.pick is not GiftPick.ALL:
        words += speech.say(f"gift_{benefit.pick.value}")
    if benefit.every:
        words += speech.say("sets_at_most", n=benefit.sets_max)
    return words


def _points(benefit: PointsDeduction, speech: Speech) -> str:
    words = speech.say("points_off", n=f"{benefit.step:,}", worth=speech.price(benefit.worth_minor))
    if benefit.share_max_bp < ALL_BP:
        words += speech.say("points_share", percent=_plain(Decimal(benefit.share_max_bp) / 100))
    return _reach(benefit.threshold, speech) + words


def _free_shipping(benefit: FreeShipping, speech: Speech) -> str:
    words = speech.say("free_shipping", reach=_reach(benefit.threshold, speech))
    if benefit.off_max_minor is not None:
        words += speech.say("freight_at_most", amount=speech.price(benefit.off_max_minor))
    if benefit.not_to:
        words += speech.say("not_to", regions=speech.listed(benefit.not_to))
    return words


SAYING: Final[dict[type[Any], Callable[[Any, Speech], str]]] = {
    SpecialPrice: _special_price,
    FlashSale: _flash_sale,
    MemberPrice: _member_price,
    GroupBuy: _group_buy,
    Bargain: _bargain,
    PointsPrice: _points_price,
    DepositPresale: _deposit,
    AmountOff: _amount_off,
    PercentOff: _percent_off,
    PriceForPieces: _price_for_pieces,
    NthDiscount: _nth,
    BuyXGetY: _buy_x_get_y,
    BundlePrice: _bundle,
    AddOn: _add_on,
    Exchange: _exchange,
    Gift: _gift,
    PointsDeduction: _points,
    FreeShipping: _free_shipping,
}


# --- parts of sentences --------------------------------------------------------------------------------------------


def _at(at: int, measure: Measure, speech: Speech) -> str:
    return speech.say("pieces", n=at) if measure is Measure.PIECES else speech.amount(at)


def _reach(threshold: Threshold, speech: Speech) -> str:
    if threshold.at == 0:
        return ""
    return speech.say("reach", at=_at(threshold.at, threshold.measure, speech))


def _basis(basis: Basis, measure: Measure, speech: Speech) -> str:
    plain = measure is Measure.PIECES or basis is Basis.RUNNING
    return "" if plain else speech.say(f"basis_{basis.value}")


def _prices(prices: Sequence[SkuPrice], speech: Speech) -> str:
    if len(prices) > NAMED_MAX:
        lowest = min(one.price_minor for one in prices)
        return speech.say("many_prices", n=len(prices), price=speech.price(lowest))
    return speech.listed([f"{speech.name(one.sku_id)} {speech.price(one.price_minor)}" for one in prices])


def _selection(of: Selection, speech: Speech) -> str:
    kinds: tuple[tuple[str, Sequence[UUID]], ...] = (
        ("skus", of.skus),
        ("products", of.products),
        ("categories", of.categories),
        ("brands", of.brands),
    )
    parts = [_named(key, ids, speech) for key, ids in kinds if ids]
    if of.tags:
        parts.append(speech.say("tags", what=speech.listed(of.tags)))
    return speech.listed(parts)


def _named(key: str, ids: Sequence[UUID], speech: Speech) -> str:
    names = [speech.names[id_] for id_ in ids if id_ in speech.names]
    if len(ids) <= NAMED_MAX and len(names) == len(ids):
        return speech.listed(names)
    return speech.say(key, n=len(ids))


def _times(name: str, qty: int) -> str:
    return f"{name} ×{qty}"


def _window(window: WeeklyWindow, speech: Speech) -> str:
    days = speech.listed([speech.say(f"day_{day}") for day in window.days])
    if len(set(window.days)) == EVERY_DAY:
        days = speech.say("every_day")
    return f"{days} {_clock(window.start_minute)}–{_clock(window.end_minute)}"


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"


def _who(funder: FunderKind, party: str | None, speech: Speech) -> str:
    who = i18n.t(f"pricing.sheet.{funder.value}", speech.lang)
    return f"{who} {party}" if party else who


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"

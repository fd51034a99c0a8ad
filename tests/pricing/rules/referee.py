"""The best combination by trying every set of promotions, written from the contract's words and nothing of the engine.

It knows fewer kinds, keeps every piece in a list, and is in no hurry.
"""

from dataclasses import dataclass, field
from itertools import product

from shangmai.kernel.money import allocate
from shangmai.modules.pricing.contract import (
    ONE_AN_ORDER,
    AmountOff,
    Basis,
    Basket,
    BuyXGetY,
    FlashSale,
    FreeShipping,
    Gift,
    Layer,
    Measure,
    NthDiscount,
    PercentOff,
    PointsDeduction,
    PriceForPieces,
    Promotion,
    Selection,
    SpecialPrice,
    Threshold,
)
from shangmai.modules.pricing.contract.basket import BasketLine

LAYERS = list(Layer)
FREIGHT = -1


def half_up(amount: int, bp: int) -> int:
    whole, rest = divmod(amount * bp, 10_000)
    return whole + (rest >= 5_000)


@dataclass
class Answer:
    payable: int
    gift_value: int
    chosen: tuple[str, ...]


@dataclass
class Play:
    """A basket while promotions are applied to it one by one."""

    basket: Basket
    amounts: dict[int, int] = field(default_factory=dict)
    lines: dict[int, BasketLine] = field(default_factory=dict)
    priced: dict[int, int] = field(default_factory=dict)
    discounted: dict[int, int] | None = None
    touched: list[tuple[Promotion, set[int]]] = field(default_factory=list)
    gift_value: int = 0
    points: int = 0

    def __post_init__(self):
        for one in sorted(self.basket.lines, key=lambda one: one.key):
            self.lines[one.key] = one
            self.amounts[one.key] = one.list_minor * one.qty
        self.amounts[FREIGHT] = self.basket.freight_minor
        self.points = self.basket.points_available

    def floor(self, key: int) -> int:
        one = self.lines.get(key)
        return 0 if one is None else min(one.floor_minor or 0, one.list_minor) * one.qty

    def measure(self, keys: list[int], threshold: Threshold) -> int:
        if threshold.measure is Measure.PIECES:
            return sum(self.lines[key].qty for key in keys)
        if threshold.basis is Basis.LIST:
            return sum(self.lines[key].list_minor * self.lines[key].qty for key in keys)
        if threshold.basis is Basis.PRICED:
            return sum(self.priced[key] for key in keys)
        now = self.discounted if threshold.basis is Basis.DISCOUNTED and self.discounted else self.amounts
        return sum(now[key] for key in keys)

    def pieces(self, keys: list[int]) -> list[tuple[int, int]]:
        """Every piece as (price, line), the dearest first."""
        found = []
        for key in keys:
            qty = self.lines[key].qty
            base, dearer = divmod(self.amounts[key], qty)
            found += [(base + 1, key)] * dearer + [(base, key)] * (qty - dearer)
        return sorted(found, key=lambda one: (-one[0], one[1]))


def names(selection: Selection, one: BasketLine) -> bool:
    if selection == Selection():
        return True
    return one.sku_id in selection.skus or bool(set(one.category_ids) & set(selection.categories))


def covered(promotion: Promotion, basket: Basket) -> list[int]:
    keys = sorted(one.key for one in basket.lines if names(promotion.scope.include, one))
    match promotion.benefit:
        case FlashSale(prices=prices) | SpecialPrice(prices=prices, off_bp=0):
            priced = {one.sku_id for one in prices}
            return [one.key for one in sorted(basket.lines, key=key_of) if one.key in keys and one.sku_id in priced]
    return keys


def key_of(one: BasketLine) -> int:
    return one.key


def together(one: Promotion, other: Promotion) -> bool:
    def admits(a: Promotion, b: Promotion) -> bool:
        if b.id in a.combines.never:
            return False
        if b.id in a.combines.always:
            return True
        return a.combines.same_layer or a.layer is Layer.PRICE if a.layer is b.layer else b.layer in a.combines.layers

    return admits(one, other) and admits(other, one)


def rivals(one: Promotion, other: Promotion) -> bool:
    if one.group is not None and one.group == other.group:
        return True
    whole = (one.layer is other.layer and one.layer in ONE_AN_ORDER) or Layer.SHIPPING in (one.layer, other.layer)
    return whole and not together(one, other)


def best(basket: Basket, promotions: list[Promotion]) -> Answer:
    """Try all wishes; of equal ones the first when listed by turns, with before without."""
    turns = sorted(
        (one for one in promotions if covered(one, basket)),
        key=lambda one: (LAYERS.index(one.layer), -one.priority, len(covered(one, basket)), one.code),
    )
    found: Answer | None = None
    for taken in product((True, False), repeat=len(turns)):
        answer = play(basket, [one for one, is_in in zip(turns, taken, strict=True) if is_in], turns)
        if found is None or answer.payable < found.payable:
            found = answer
    assert found is not None
    return found


def play(basket: Basket, wished: list[Promotion], turns: list[Promotion]) -> Answer:
    """Work out what comes of some wishes."""
    game = Play(basket)
    prices = [one for one in turns if one.layer is Layer.PRICE]
    selective = any(not together(one, other) for one in prices for other in prices if other is not one)
    taken: list[Promotion] = []
    for one in wished:
        if one.layer is Layer.PRICE and not any(rivals(one, other) for other in taken):
            game = Play(basket)
            if one in set_prices(game, [*taken, one], turns) or selective:
                taken.append(one)
    game = Play(basket)
    taken = set_prices(game, taken, turns)
    game.priced = dict(game.amounts)
    for one in wished:
        if one.layer is Layer.PRICE or any(rivals(one, other) for other in taken):
            continue
        if LAYERS.index(one.layer) >= LAYERS.index(Layer.COUPON) and game.discounted is None:
            game.discounted = dict(game.amounts)
        if take_turn(game, one):
            taken.append(one)
    return Answer(sum(game.amounts.values()), game.gift_value, tuple(one.code for one in taken))


def unit_price(promotion: Promotion, one: BasketLine) -> int | None:
    benefit = promotion.benefit
    assert isinstance(benefit, SpecialPrice | FlashSale)
    for sku_price in benefit.prices:
        if sku_price.sku_id == one.sku_id:
            return sku_price.price_minor
    off_bp = benefit.off_bp if isinstance(benefit, SpecialPrice) else 0
    return one.list_minor - half_up(one.list_minor, off_bp) if off_bp else None


def set_prices(game: Play, chosen: list[Promotion], turns: list[Promotion]) -> list[Promotion]:
    """Give each piece its lowest price, where it saves most first; tell who is on some piece."""
    offers = []
    for promotion in chosen:
        for key in covered(promotion, game.basket):
            one = game.lines[key]
            price = unit_price(promotion, one)
            if price is not None:
                price = max(price, min(one.floor_minor or 0, one.list_minor))
                if price < one.list_minor:
                    offers.append((one.list_minor - price, turns.index(promotion), key))
    left = {key: one.qty for key, one in game.lines.items()}
    limits = [one.limits.pieces_per_order or 10**9 for one in turns]
    acted: dict[int, set[int]] = {}
    for saving, turn, key in sorted(offers, key=lambda offer: (-offer[0], offer[1], offer[2])):
        if any(key in keys and not together(turns[turn], turns[other]) for other, keys in acted.items()):
            continue
        for _ in range(left[key]):
            if limits[turn] == 0:
                break
            game.amounts[key] -= saving
            left[key] -= 1
            acted.setdefault(turn, set()).add(key)
            limits[turn] -= 1
    game.touched = [(turns[turn], acted[turn]) for turn in sorted(acted)]
    return [turns[turn] for turn in sorted(acted)]


def take_turn(game: Play, promotion: Promotion) -> bool:
    closed = {key for other, keys in game.touched if not together(promotion, other) for key in keys}
    keys = [key for key in covered(promotion, game.basket) if key not in closed]
    if not keys:
        return False
    if isinstance(promotion.benefit, Gift):
        value = gift_value(game, promotion.benefit, keys)
        if value is None:
            return False
        game.gift_value += value
        game.touched.append((promotion, set(keys)))
        return True
    off, weights, is_percent = discount(game, promotion, keys)
    if promotion.limits.off_max_minor is not None:
        off = min(off, promotion.limits.off_max_minor)
    if off <= 0:
        return False
    bearers = [key for key, weight in weights.items() if weight]
    room = {key: max(0, game.amounts[key] - game.floor(key)) for key in bearers}
    shares = spread(min(off, sum(room.values())) if not is_percent else off, weights, room, is_percent)
    for key, amount in shares.items():
        game.amounts[key] -= amount
    if not sum(shares.values()):
        return False
    game.touched.append((promotion, set(keys) if not isinstance(promotion.benefit, FreeShipping) else {FREIGHT}))
    if isinstance(promotion.benefit, PointsDeduction):
        steps = -(-sum(shares.values()) // promotion.benefit.worth_minor)
        game.points -= steps * promotion.benefit.step
    return True


def spread(off: int, weights: dict[int, int], room: dict[int, int], is_percent: bool) -> dict[int, int]:
    """Share by weight; a percentage is cut at a line's floor, an amount goes on to the lines that have room."""
    keys = [key for key in weights if weights[key]]
    shares = dict(zip(keys, allocate(off, [weights[key] for key in keys]), strict=True))
    if is_percent:
        return {key: min(amount, room[key]) for key, amount in shares.items()}
    full = {key for key in keys if shares[key] >= room[key]}
    if all(shares[key] <= room[key] for key in keys):
        return shares
    done = {key: room[key] for key in full}
    rest = {key: weights[key] for key in keys if key not in full}
    return done | (spread(off - sum(done.values()), rest, room, False) if rest else {})


def gift_value(game: Play, benefit: Gift, keys: list[int]) -> int | None:
    have = game.measure(keys, Threshold(measure=benefit.measure, basis=benefit.basis))
    reached = [tier for tier in benefit.tiers if have >= tier.at]
    if not reached:
        return None
    sets = min(have // reached[-1].at, benefit.sets_max) if benefit.every else 1
    stock = {one.sku_id: one.available for one in game.basket.gift_stock}
    qty = [(item, min(sets, stock.get(item.sku_id, 0) // item.qty) * item.qty) for item in reached[-1].items]
    return sum(count * item.value_minor for item, count in qty) if any(count for _, count in qty) else None


def discount(game: Play, promotion: Promotion, keys: list[int]) -> tuple[int, dict[int, int], bool]:
    """Give the amount off, by what each line bears it, and whether it is a percentage of each line."""
    amounts = {key: game.amounts[key] for key in keys}
    total = sum(amounts.values())
    times_max = promotion.limits.times_per_order or 10**9
    match promotion.benefit:
        case AmountOff() as it:
            have = game.measure(keys, Threshold(measure=it.measure, basis=it.basis))
            if it.every:
                return min(total, min(have // it.tiers[0].at, times_max) * it.tiers[0].off), amounts, False
            return min(total, max([tier.off for tier in it.tiers if have >= tier.at], default=0)), amounts, False
        case PercentOff() as it:
            have = game.measure(keys, Threshold(measure=it.measure, basis=it.basis))
            off_bp = max([tier.off for tier in it.tiers if have >= tier.at], default=0)
            return half_up(total, off_bp), amounts, True
        case NthDiscount(nth=size, off_bp=off_bp):
            return nth(game, keys, size, 1, off_bp, times_max)
        case BuyXGetY(buy=buy, get=get, off_bp=off_bp):
            return nth(game, keys, buy + get, get, off_bp, times_max)
        case PriceForPieces() as it:
            return for_pieces(game, keys, it, times_max)
        case PointsDeduction() as it:
            if game.measure(keys, it.threshold) < it.threshold.at:
                return 0, {}, False
            most = total * it.share_max_bp // 10_000 // it.worth_minor
            return min(game.points // it.step, most) * it.worth_minor, amounts, False
        case FreeShipping() as it:
            freight = game.amounts[FREIGHT]
            if game.measure(keys, it.threshold) < it.threshold.at:
                return 0, {}, False
            return min(freight, it.off_max_minor or freight), {FREIGHT: freight}, False
    raise AssertionError(promotion.benefit)


Discount = tuple[int, dict[int, int], bool]


def nth(game: Play, keys: list[int], size: int, get: int, off_bp: int, times_max: int) -> Discount:
    pieces = game.pieces(keys)
    groups = min(len(pieces) // size, times_max)
    off, weights = 0, dict.fromkeys(keys, 0)
    for group in range(groups):
        members = pieces[group * size : (group + 1) * size]
        off += sum(half_up(price, off_bp) for price, _ in members[-get:])
        for price, key in members:
            weights[key] += price
    return off, weights, False


def for_pieces(game: Play, keys: list[int], it: PriceForPieces, times_max: int) -> Discount:
    pieces = game.pieces(keys)
    off, weights = 0, dict.fromkeys(keys, 0)
    for group in range(min(len(pieces) // it.pieces, times_max)):
        members = pieces[group * it.pieces : (group + 1) * it.pieces]
        if sum(price for price, _ in members) <= it.price_minor:
            break
        off += sum(price for price, _ in members) - it.price_minor
        for price, key in members:
            weights[key] += price
    return off, weights, False

"""A basket as the search works on it: whole numbers by line position, sets of lines as the bits of an integer."""

from __future__ import annotations

from shangmai.modules.pricing.contract import Basket, Policy, Selection
from shangmai.modules.pricing.contract.basket import BasketLine
from shangmai.modules.pricing.contract.floors import FloorBy

Lines = tuple[int, ...]
"""Positions of lines, rising."""


class Cart:
    """Lines stand in the order of their keys; the freight stands behind the last one, at position `n`.

    `listed`: amounts of whole lines at list prices, then the freight. `floors`: what they may go down to;
    `unit_floors`: what a piece of a line may.
    `goods`: all lines as bits; `every`: the same as positions, the very tuple that `members` gives for it; `plain`:
    without those that were taken as add-ons.
    """

    __slots__ = (
        "_members",
        "basket",
        "every",
        "floors",
        "goods",
        "has_floors",
        "lines",
        "listed",
        "n",
        "plain",
        "policy",
        "qty",
        "unit_floors",
    )

    def __init__(self, basket: Basket, policy: Policy) -> None:
        self.basket, self.policy = basket, policy
        self.lines: list[BasketLine] = sorted(basket.lines, key=lambda line: line.key)
        self.n = n = len(self.lines)
        self.qty = [line.qty for line in self.lines]
        self.listed = [line.list_minor * line.qty for line in self.lines]
        self.listed.append(basket.freight_minor)
        self.unit_floors = [_floor_of(line, policy) for line in self.lines]
        self.floors = [floor * line.qty for floor, line in zip(self.unit_floors, self.lines, strict=True)]
        self.floors.append(0)
        self.has_floors = any(self.floors)
        self.goods = (1 << n) - 1
        self.plain = self.goods
        for i, line in enumerate(self.lines):
            if line.add_on_of is not None:
                self.plain &= ~(1 << i)
        self.every: Lines = tuple(range(n))
        self._members: dict[int, Lines] = {self.goods: self.every}

    def members(self, mask: int) -> Lines:
        """Give the positions of the bits, remembered for the next time."""
        found = self._members.get(mask)
        if found is None:
            places, left = [], mask
            while left:
                lowest = left & -left
                places.append(lowest.bit_length() - 1)
                left ^= lowest
            found = self._members[mask] = tuple(places)
        return found

    def sum_of(self, amounts: list[int], lines: Lines) -> int:
        """Add up the amounts of lines; those of all goods, as most promotions ask, several times as fast."""
        if lines is self.every:
            return sum(amounts) - amounts[-1]
        return sum([amounts[i] for i in lines])

    def mask_of(self, selection: Selection) -> int:
        """Give the lines that a selection names; one that names nothing selects all."""
        if selection == _ALL:
            return self.goods
        wanted = Names(selection)
        return sum(1 << i for i, line in enumerate(self.lines) if wanted.name(line))


def _floor_of(line: BasketLine, policy: Policy) -> int:
    """Give what a piece may go down to: its floor, or its cost where the company says so; the list price at most."""
    floor = line.floor_minor or 0
    if not floor and not policy.never_below_cost:
        return 0
    if policy.never_below_cost and line.cost_minor is not None:
        floor = max(floor, line.cost_minor)
    return min(floor, line.list_minor)


def floor_by(line: BasketLine, policy: Policy) -> FloorBy | None:
    """What sets the floor of a line, if it has one."""
    if (line.floor_minor is None and not policy.never_below_cost) or not _floor_of(line, policy):
        return None
    if policy.never_below_cost and (line.cost_minor or 0) > (line.floor_minor or 0):
        return FloorBy.COST
    return line.floor_by


class Names:
    """A selection as sets, to ask of many lines."""

    __slots__ = ("brands", "categories", "products", "skus", "tags")

    def __init__(self, selection: Selection) -> None:
        self.skus = {one.int for one in selection.skus}
        self.products = {one.int for one in selection.products}
        self.categories = {one.int for one in selection.categories}
        self.brands = {one.int for one in selection.brands}
        self.tags = frozenset(selection.tags)

    def name(self, line: BasketLine) -> bool:
        return (
            line.sku_id.int in self.skus
            or line.product_id.int in self.products
            or any(one.int in self.categories for one in line.category_ids)
            or (line.brand_id is not None and line.brand_id.int in self.brands)
            or not self.tags.isdisjoint(line.tags)
        )


_ALL = Selection()

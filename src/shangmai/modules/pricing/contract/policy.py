"""How amounts are rounded and combinations chosen: every choice that another shop may make differently."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct


class Leftover(StrEnum):
    """Which lines get the minor units that proportional shares leave over, one each.

    REMAINDER: the largest remainders, which is fairest to each line (default). FIRST, LAST: by line key. LARGEST: the
    largest amounts.
    """

    REMAINDER = "remainder"
    FIRST = "first"
    LAST = "last"
    LARGEST = "largest"


class PercentRounding(StrEnum):
    """How the discount of a percentage comes to whole minor units: half up, or down, which favours the shop."""

    HALF_UP = "half_up"
    DOWN = "down"


class TaxOn(StrEnum):
    """What tax is rounded on: each piece, each line, or all lines of one rate together."""

    UNIT = "unit"
    ROW = "row"
    TOTAL = "total"


class Goal(StrEnum):
    """BUYER: the combination that costs the buyer least. PRIORITY: in each layer whatever goes first is taken."""

    BUYER = "buyer"
    PRIORITY = "priority"


class Policy(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`tax_included`: prices hold the tax; otherwise it comes on top.

    `never_below_cost`: no promotion takes a line below what its pieces cost in the warehouse that the order leaves from
    (moving average, rounded up to the minor unit for a piece); a list price below it stays. Cost holds no tax.

    `turns_max`: how many turns of promotions the search may work out before it answers with the best found so far and
    says that this is not proven. 12 competing promotions need less than 100,000. `search_ms_max`: how long it may
    search at most, so that no basket keeps others waiting; it is looked at now and then, and the quote says when it was
    hit.
    """

    leftover: Leftover = Leftover.REMAINDER
    percent_rounding: PercentRounding = PercentRounding.HALF_UP
    tax_on: TaxOn = TaxOn.ROW
    tax_included: bool = True
    goal: Goal = Goal.BUYER
    turns_max: Annotated[int, Meta(ge=1)] = 100_000
    search_ms_max: Annotated[int, Meta(ge=1, le=60_000)] = 2_000
    never_below_cost: bool = False

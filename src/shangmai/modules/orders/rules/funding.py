"""What funders bear of an order, and how much of it falls away with what goes back.

A share falls away with its line: of each the larger of the part of its pieces and the part of its money that went back.
Each share's end is rounded, not the difference, so any sequence of returns ends exactly at the share, and between them
no share is ever off by more than half a minor unit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import Final
from uuid import UUID, uuid5

from shangmai.modules.orders.contract import LineKind, OrderId, OrderLine
from shangmai.modules.orders.contract.funding import FREIGHT, Funding
from shangmai.modules.orders.rules import goes_back, part_gone
from shangmai.modules.pricing.contract import FunderKind, PromotionId, Quote

NOTHING: Final = Fraction(0)
ALL: Final = Fraction(1)
PARTIES: Final = UUID("6d1c6b5e-6c5b-5d0c-9a52-2b8f3f6a9f11")
"""Makes ids of parties that are named by a text."""


def fundings(order_id: OrderId, quote: Quote) -> list[Funding]:
    """What others than the shop bear of the quote, by promotion, funder and line; nothing where the sum is nothing."""
    steps = [(line.key, step) for line in quote.lines for step in line.steps]
    steps += [(FREIGHT, step) for step in quote.freight_steps]
    borne: dict[tuple[PromotionId, FunderKind, str, int], int] = defaultdict(int)
    for line, step in steps:
        for share in step.funders:
            if share.funder is not FunderKind.SHOP:
                borne[step.promotion_id, share.funder, share.party or "", line] += share.amount_minor
    named = {applied.promotion_id: applied for applied in quote.applied}
    return [
        Funding(
            order_id=order_id,
            promotion_id=promotion_id,
            funder=funder,
            party=party,
            line=line,
            version=named[promotion_id].version,
            code=named[promotion_id].code,
            name=named[promotion_id].name,
            amount_minor=amount,
        )
        for (promotion_id, funder, party, line), amount in borne.items()
        if amount
    ]


def to_reverse(funding: Funding, lines: Sequence[OrderLine], *, canceled: bool) -> int:
    """How much more of a funding falls away, as the order's lines stand now; 0 when nothing more went back."""
    gone = ALL if canceled else _gone(funding.line, lines)
    return max(goes_back(funding.amount_minor, NOTHING, gone) - funding.reversed_minor, 0)


def _gone(line: int, lines: Sequence[OrderLine]) -> Fraction:
    if line == FREIGHT:
        return _freight_gone(lines)
    return next(part_gone(each) for each in lines if each.line == line)


def _freight_gone(lines: Sequence[OrderLine]) -> Fraction:
    """The part of the freight that was given back; of freight that cost nothing, all once all goods have gone back."""
    freight = [line for line in lines if line.kind is LineKind.FREIGHT]
    paid = sum(line.amount_minor for line in freight)
    if paid:
        return Fraction(sum(line.returned_minor for line in freight), paid)
    is_over = all(part_gone(line) == ALL for line in lines if line.kind is LineKind.GOODS)
    return ALL if is_over else NOTHING


def party_id(funder: FunderKind, party: str) -> UUID | None:
    """The id by which the ledger keeps a party's share: the party's own if it is one, else one made of its name."""
    if not party:
        return None
    try:
        return UUID(party)
    except ValueError:
        return uuid5(PARTIES, f"{funder.value}:{party}")

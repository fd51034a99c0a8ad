"""Money that no order can take, as vouchers: refunds above the price or without a sale, credits, fees, bad debts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum

from msgspec import Struct

from shangmai.modules.migration.contract import Accounts, Kind, LedgerIntent, ReturnIntent, ReturnMatch

Accounted = tuple[Kind, int]  # signed: above zero in our favour


class Purpose(StrEnum):
    """Why a voucher is posted beside the orders."""

    UNMATCHED = "unmatched"
    EXCESS = "excess"
    CREDIT = "credit"
    DISCOUNT = "discount"
    POSTING = "posting"


SUMMARIES = {
    Purpose.UNMATCHED: "无原单退款 {number}",
    Purpose.EXCESS: "超出原价的退款 {number}",
    Purpose.CREDIT: "无商品的冲销 {number}",
    Purpose.DISCOUNT: "订单折扣 {number}",
    Purpose.POSTING: "{number} {note}",
}
assert SUMMARIES.keys() == set(Purpose)


class Side(Struct, frozen=True):
    """A side of a voucher: one of the two amounts is zero. `by_party` says that it is the customer's share."""

    account: str
    debit_minor: int
    credit_minor: int
    by_party: bool


def voucher(accounts: Accounts, amounts: Iterable[Accounted], against: str | None = None) -> list[Side]:
    """Give the sides of a voucher for amounts by kind, none when they come to nothing.

    An account that stands on both sides is netted. `against` overrides the account of the other side.
    """
    nets: Counter[tuple[str, bool]] = Counter()
    for kind, amount_minor in amounts:
        chosen = accounts.of(kind)
        other = against or chosen.against or accounts.money
        nets[chosen.account, False] -= amount_minor  # in our favour: a credit of the kind's account
        nets[other, other not in (against, accounts.money)] += amount_minor
    return [
        Side(account, max(net, 0), max(-net, 0), by_party) for (account, by_party), net in sorted(nets.items()) if net
    ]


def summary_of(purpose: Purpose, number: str, note: str = "") -> str:
    return SUMMARIES[purpose].format(number=number, note=note).strip()[:200]


def of_return(intent: ReturnIntent, match: ReturnMatch) -> Iterator[tuple[Purpose, list[Accounted]]]:
    """Give what of a return's money no order can take, by purpose."""
    kinds: Mapping[int, Kind] = {line.row_no: line.kind for line in intent.lines}
    unmatched = [(kinds[rest.return_row_no], -rest.amount_minor) for rest in match.unmatched]
    excess = [(kinds[piece.return_row_no], -piece.excess_minor) for piece in match.pieces if piece.excess_minor]
    credits = [(line.kind, -line.amount_minor) for line in match.credits]
    for purpose, amounts in ((Purpose.UNMATCHED, unmatched), (Purpose.EXCESS, excess), (Purpose.CREDIT, credits)):
        if amounts:
            yield purpose, amounts


def of_posting(intent: LedgerIntent) -> list[Accounted]:
    return [(intent.kind, intent.amount_minor)]

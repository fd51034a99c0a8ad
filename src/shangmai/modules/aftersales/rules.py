"""What may be asked for of an order, and what it comes to. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.modules.aftersales.contract import (
    AfterSaleKind,
    AfterSaleLine,
    AfterSalePolicy,
    AfterSaleState,
    AlreadyAsked,
    AskableLine,
    AskedLine,
    AskedTooLate,
    KindNotTaken,
    TooMuchAsked,
)
from shangmai.modules.orders.contract import DuplicateLines, LineKind, LineNotFound, Order, OrderLine

OPEN: Final = frozenset({AfterSaleState.ASKED, AfterSaleState.APPROVED})


class Taken(Struct, frozen=True):
    """What earlier requests take of a line: `open_qty` whose goods or money are still to come back, `paid_qty` whose
    money went back without their goods.
    """

    open_qty: int = 0
    paid_qty: int = 0
    is_open: bool = False


NOTHING: Final = Taken()


def days_of(policy: AfterSalePolicy, kind: AfterSaleKind) -> int:
    """For how many days after the arrival a shop takes requests of this kind."""
    return {
        AfterSaleKind.REFUND: policy.refund_days,
        AfterSaleKind.RETURN: policy.return_days,
        AfterSaleKind.EXCHANGE: policy.exchange_days,
    }[kind]


def until(policy: AfterSalePolicy, signed_at: datetime | None) -> dict[AfterSaleKind, datetime | None]:
    """Until when each kind that the shop takes can be asked for; None while nobody has said that it arrived."""
    return {
        kind: None if signed_at is None else signed_at + timedelta(days=days)
        for kind in AfterSaleKind
        if (days := days_of(policy, kind))
    }


def check_in_time(
    order: Order, kind: AfterSaleKind, policy: AfterSalePolicy, signed_at: datetime | None, now: datetime
) -> AppError | None:
    """Why a request of this kind comes too late, or None."""
    ends = until(policy, signed_at)
    if kind not in ends:
        return KindNotTaken(kind=kind.value)
    last = ends[kind]
    return AskedTooLate(number=order.number, days=days_of(policy, kind)) if last is not None and now > last else None


def left_of(line: OrderLine, awaited: int, taken: Taken) -> int:
    """How many pieces of a line can still be asked for."""
    return max(line.shipped_qty - line.returned_qty - awaited - taken.open_qty - taken.paid_qty, 0)


def worth_of(line: OrderLine, taken: Taken, qty: int) -> int:
    """What so many more pieces come to, in minor units: their share of the line, a running sum rounded down.

    So pieces that go back one by one come to exactly what all come to at once, and never to more than the line has
    left of its money.
    """
    if not line.shipped_qty:
        return 0
    before = line.returned_qty + taken.paid_qty
    share = (
        line.shipped_minor * min(before + qty, line.shipped_qty) // line.shipped_qty
        - line.shipped_minor * min(before, line.shipped_qty) // line.shipped_qty
    )
    return max(min(share, line.shipped_minor - line.returned_minor), 0)


def askable(
    lines: Sequence[OrderLine], awaited: Mapping[int, int], taken: Mapping[int, Taken]
) -> tuple[AskableLine, ...]:
    """The lines of goods of which something can be asked for now."""
    found = []
    for line in lines:
        mine = taken.get(line.line, NOTHING)
        left = left_of(line, awaited.get(line.line, 0), mine)
        if line.kind is LineKind.GOODS and line.sku_id is not None and left and not mine.is_open:
            worth = worth_of(line, mine, left)
            found.append(
                AskableLine(line=line.line, sku_id=line.sku_id, title=line.title, qty=left, amount_minor=worth)
            )
    return tuple(found)


def asked(
    order: Order,
    lines: Sequence[OrderLine],
    awaited: Mapping[int, int],
    taken: Mapping[int, Taken],
    wanted: Sequence[AskedLine],
) -> list[AfterSaleLine] | AppError:
    """The request's lines with what each comes to, or why it can't be asked for."""
    goods = {line.line: line for line in lines if line.kind is LineKind.GOODS and line.sku_id is not None}
    found: dict[int, AfterSaleLine] = {}
    for each in wanted:
        line = goods.get(each.line)
        if line is None or line.sku_id is None:
            return LineNotFound(number=order.number, line=each.line)
        if each.line in found:
            return DuplicateLines(line=each.line)
        mine = taken.get(each.line, NOTHING)
        if mine.is_open:
            return AlreadyAsked(number=order.number, line=each.line)
        left = left_of(line, awaited.get(each.line, 0), mine)
        if each.qty > left:
            return TooMuchAsked(number=order.number, line=each.line, left=left, qty=each.qty)
        found[each.line] = AfterSaleLine(
            line=each.line,
            sku_id=line.sku_id,
            title=line.title,
            qty=each.qty,
            amount_minor=worth_of(line, mine, each.qty),
            to_sku_id=each.sku_id,
        )
    return list(found.values())


def shared(lines: Sequence[AfterSaleLine], refund_minor: int | None) -> list[int]:
    """What each line gives back: its own share, or its part of the sum that was decided on, by largest remainder."""
    amounts = [line.amount_minor for line in lines]
    whole = sum(amounts)
    if refund_minor is None or refund_minor == whole:
        return amounts
    weights = amounts if whole else [line.qty for line in lines]
    total = sum(weights)
    parts = [refund_minor * weight // total for weight in weights]
    order = sorted(range(len(lines)), key=lambda n: (-(refund_minor * weights[n] % total), n))
    for n in order[: refund_minor - sum(parts)]:
        parts[n] += 1
    return parts

"""Pure: rows of a provider's bill to its movements, and these beside our own.

Layouts: WeChat Pay 交易账单 (https://pay.weixin.qq.com/doc/v3/merchant/4013071155), Alipay 业务明细
(https://opendocs.alipay.com/open/204/106262), and a plain one for any other. Amounts stand in major units there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Final, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from msgspec import Struct

from shangmai.kernel.money import decimals_of
from shangmai.kernel.sheets import Row, header_key
from shangmai.modules.payments.contract import PaymentKind
from shangmai.modules.payments.contract.statements import LineVerdict, StatementEntry, StatementRowUnreadable

T = TypeVar("T")

ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Bills are written by the clock of China."""
_SIGNS: Final = re.compile(r"[￥¥元,\s]")
_TIMES: Final = ("%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M:%S", "%Y-%m-%d %H:%M", "%Y/%m/%d %H:%M", "%Y-%m-%d", "%Y/%m/%d")

KINDS: Final = {
    **dict.fromkeys(("SUCCESS", "支付", "收款", "交易", "payment"), PaymentKind.PAYMENT),
    **dict.fromkeys(("REFUND", "退款", "refund"), PaymentKind.REFUND),
}


class Layout(Struct, frozen=True):
    """Which columns say what; of several names the first that the bill has counts. `fee_sign`: how fees are written."""

    marks: tuple[str, ...]
    kind: str
    at: tuple[str, ...]
    fee: str
    fee_sign: int
    payment: Mapping[str, tuple[str, ...]]
    refund: Mapping[str, tuple[str, ...]]
    failed: tuple[str, str] | None = None


LAYOUTS: Final = (
    Layout(
        marks=("微信订单号", "商户订单号", "交易状态"),
        kind="交易状态",
        at=("交易时间",),
        fee="手续费",
        fee_sign=1,
        payment={
            "transaction": ("微信订单号",),
            "own": ("商户订单号",),
            "amount": ("订单金额", "总金额", "应结订单金额"),
        },
        refund={"transaction": ("微信退款单号",), "own": ("商户退款单号",), "amount": ("申请退款金额", "退款金额")},
        failed=("退款状态", "FAIL"),
    ),
    Layout(
        marks=("支付宝交易号", "业务类型", "订单金额（元）"),
        kind="业务类型",
        at=("完成时间", "创建时间"),
        fee="服务费（元）",
        fee_sign=-1,
        payment={"transaction": ("支付宝交易号",), "own": ("商户订单号",), "amount": ("订单金额（元）",)},
        refund={"transaction": ("支付宝交易号",), "own": ("退款批次号/请求号",), "amount": ("订单金额（元）",)},
    ),
    Layout(
        marks=("流水号", "类型", "金额", "时间"),
        kind="类型",
        at=("时间",),
        fee="手续费",
        fee_sign=1,
        payment={"transaction": ("流水号",), "own": ("商户单号",), "amount": ("金额",)},
        refund={"transaction": ("流水号",), "own": ("商户单号",), "amount": ("金额",)},
    ),
)


def layout_of(headers: Iterable[str]) -> Layout | None:
    """The layout that a bill with these headers has."""
    present = {header_key(header) for header in headers}
    return next((each for each in LAYOUTS if all(header_key(mark) in present for mark in each.marks)), None)


def read_entries(layout: Layout, headers: Sequence[str], rows: Iterable[Row], currency: str) -> list[StatementEntry]:
    """The payments and refunds of a bill, in its order; sums at its end and what moved no money are left out.

    Raises: StatementRowUnreadable, and what is wrong with a row as a whole.
    """
    places = {header_key(header): place for place, header in reversed(list(enumerate(headers)))}
    entries = []
    for row in rows:
        first = str(row.cells[0] or "")
        if first.startswith(("总交易", "#", "合计")):
            break  # what follows are sums
        if row.error is not None:
            raise row.error
        entry = _entry(layout, _Cells(row, places), currency)
        if entry is not None:
            entries.append(entry)
    return entries


class _Cells:
    """The cells of a row by header."""

    def __init__(self, row: Row, places: Mapping[str, int]) -> None:
        self._row, self._places = row, places

    def find(self, names: Iterable[str]) -> tuple[str, object]:
        """The first of these columns that the bill has, and its cell."""
        for name in names:
            place = self._places.get(header_key(name))
            if place is not None:
                return name, self._row.cells[place]
        return next(iter(names), ""), None

    def read(self, names: Iterable[str], as_: Callable[[object], T]) -> T:
        name, cell = self.find(names)
        try:
            return as_(cell)
        except (ValueError, InvalidOperation, ArithmeticError):
            raise StatementRowUnreadable(row=self._row.no, column=name, value=str(cell or "")[:40]) from None


def _entry(layout: Layout, cells: _Cells, currency: str) -> StatementEntry | None:
    kind = KINDS.get(str(cells.find([layout.kind])[1] or "").strip())
    if kind is None:
        return None  # revoked, or a transfer that is none of ours
    if kind is PaymentKind.REFUND and layout.failed:
        column, value = layout.failed
        if cells.find([column])[1] == value:
            return None
    columns = layout.payment if kind is PaymentKind.PAYMENT else layout.refund

    def minor(cell: object) -> int:
        return _minor(cell, currency)

    return StatementEntry(
        kind=kind,
        transaction=cells.read(columns["transaction"], _number),
        own_number=_text(cells.find(columns["own"])[1])[:64],
        amount_minor=abs(cells.read(columns["amount"], minor)),
        fee_minor=layout.fee_sign * cells.read([layout.fee], lambda cell: minor(cell or "0")),
        at=cells.read(layout.at, _instant),
    )


def _text(cell: object) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _number(cell: object) -> str:
    text = _text(cell)
    if not 1 <= len(text) <= 64:
        raise ValueError(text)
    return text


def _minor(cell: object, currency: str) -> int:
    """Fees have more decimals than the currency; a half is rounded away from zero, as providers do."""
    number = Decimal(_SIGNS.sub("", _text(cell)))
    if not number.is_finite() or abs(number) > 10**11:
        raise ValueError(str(cell))
    return int(number.scaleb(decimals_of(currency)).quantize(Decimal(1), ROUND_HALF_UP))


def _instant(cell: object) -> datetime:
    if isinstance(cell, datetime):
        return (cell if cell.tzinfo else cell.replace(tzinfo=ZONE)).astimezone(UTC)
    for pattern in _TIMES:
        try:
            return datetime.strptime(_text(cell), pattern).replace(tzinfo=ZONE).astimezone(UTC)
        except ValueError:
            continue
    raise ValueError(str(cell))


def period_of(entries: Sequence[StatementEntry]) -> tuple[datetime, datetime]:
    """The days of China's calendar that the movements lie in."""
    first, last = min(entry.at for entry in entries), max(entry.at for entry in entries)
    return _midnight(first), _midnight(last + timedelta(days=1))


def _midnight(at: datetime) -> datetime:
    return at.astimezone(ZONE).replace(hour=0, minute=0, second=0, microsecond=0).astimezone(UTC)


class Own(Struct, frozen=True, kw_only=True):
    """Money of ours that went by the provider: a payment, or a refund asked of it. `own_number`: its id in hex."""

    id: UUID
    kind: PaymentKind
    transaction: str
    own_number: str
    amount_minor: int
    order_id: UUID
    at: datetime


class Fits(Struct, frozen=True):
    """What an entry of a bill comes to, and our money that it is."""

    verdict: LineVerdict
    own: Own | None


def compare(entries: Sequence[StatementEntry], ours: Iterable[Own]) -> list[Fits]:
    """Each entry beside ours: refunds by our own number where it is told, else by the provider's; each fits once."""
    known: dict[tuple[PaymentKind, str], Own] = {}
    for own in ours:
        if own.transaction:
            known.setdefault((own.kind, own.transaction), own)
        if own.kind is PaymentKind.REFUND:
            known[own.kind, own.own_number] = own
    taken: set[UUID] = set()
    fits = []
    for entry in entries:
        found = own_of(entry, known)
        fits.append(_fit(entry, found, is_taken=found is not None and found.id in taken))
        if found is not None:
            taken.add(found.id)
    return fits


def own_of(entry: StatementEntry, known: Mapping[tuple[PaymentKind, str], Own]) -> Own | None:
    if entry.kind is PaymentKind.REFUND:
        found = known.get((entry.kind, plain_number(entry.own_number))) if entry.own_number else None
        if found is not None:
            return found
    return known.get((entry.kind, entry.transaction))


def _fit(entry: StatementEntry, own: Own | None, *, is_taken: bool) -> Fits:
    if own is None:
        return Fits(LineVerdict.MISSING_HERE, None)
    if is_taken:
        return Fits(LineVerdict.REPEATED, own)
    same = entry.amount_minor == own.amount_minor
    return Fits(LineVerdict.MATCHED if same else LineVerdict.AMOUNT_DIFFERS, own)


def plain_number(text: str) -> str:
    """A number of ours as providers write it, with or without hyphens."""
    return text.replace("-", "").lower()

"""Checking carriers' bills against price cards, weights and where parcels went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import Lang
from shangmai.kernel.ids import new_id
from shangmai.kernel.money import Money, TooManyDecimals
from shangmai.kernel.sheets.making import SheetFormat, Value, make_sheet
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.logistics.contract.billing import (
    REASONS,
    BillLine,
    BillLineChecked,
    BillLineId,
    RecordBillLine,
    WeightNotUsable,
)
from shangmai.modules.logistics.contract.parcels import Parcel
from shangmai.modules.logistics.contract.price_cards import CarrierCard
from shangmai.modules.logistics.queries import billing as queries
from shangmai.modules.logistics.queries import price_cards
from shangmai.modules.logistics.queries.billing import Name
from shangmai.modules.logistics.rules.billing import NOTHING_OWED, Billed, check
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound

DISPUTED_MAX: Final = 100_000
WEIGHT_MAX_G: Final = 1_000_000
HEADERS: Final = {
    "zh-CN": ("运单号", "账单金额", "应付金额", "差额", "账单重量(g)", "我方重量(g)", "原因"),
    "en": ("Waybill", "Billed", "Expected", "Difference", "Billed g", "Our g", "Reasons"),
}


@action(
    "logistics.record_bill_line",
    grant="logistics.audit_bills",
    many=True,
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, WeightNotUsable, TooManyDecimals],
)
async def record_bill_line(tx: Tx, do: Sequence[RecordBillLine]) -> list[BillLine | AppError]:
    """Check lines of carriers' bills against the price card, our weight and where the parcel went.

    A line that is there already is checked anew. A number that was billed in another line is owed once. Event
    logistics.bill_line_checked.v1, for each that is not as it should be.
    """
    companies = await organization.get_companies(tx, {each.company_id for each in do})
    outcomes: dict[int, BillLine | AppError] = {}
    read: dict[int, tuple[RecordBillLine, Billed]] = {}
    for index, each in enumerate(do):
        company = companies.get(each.company_id)
        billed = CompanyNotFound(company_id=each.company_id) if company is None else _billed(each, company.currency)
        if isinstance(billed, Billed):
            read[index] = (each, billed)
        else:
            outcomes[index] = billed
    if read:
        outcomes |= await _check(tx, read)
    return [outcomes[index] for index in range(len(do))]


def _billed(do: RecordBillLine, currency: str) -> Billed | AppError:
    grams = None if do.weight_kg is None else do.weight_kg * 1000
    if grams is not None and not (grams.is_finite() and 0 <= grams <= WEIGHT_MAX_G and grams == int(grams)):
        return WeightNotUsable(weight_kg=str(do.weight_kg))
    try:
        amount = Money.parse(str(do.amount), currency)
    except AppError as refusal:
        return refusal
    return Billed(amount.minor, None if grams is None else int(grams), do.to_region)


async def _check(tx: Tx, read: Mapping[int, tuple[RecordBillLine, Billed]]) -> dict[int, BillLine | AppError]:
    names = {_name(each) for each, _ in read.values()}
    await queries.lock_names(tx, names)
    found, before = await queries.parcels_called(tx, names), await queries.billed(tx, names)
    cards = await price_cards.cards_of(tx, {company for company, _, _ in names})
    lines: dict[int, tuple[BillLine, Item]] = {}
    for index, (each, billed) in read.items():
        first = before.setdefault(_name(each), (each.bill, each.line))
        line = _checked(each, billed, found.get(_name(each)), cards, tx.items[index], first)
        lines[index] = (line, tx.items[index])
    # One that is named twice in the batch is written once, as it was named last.
    last = {_key(line): (line, item) for line, item in lines.values()}
    stored = await queries.put(tx, list(last.values()))
    for line, item in last.values():
        if line.reasons:
            tx.emit(_told(line), item)
    return {index: stored[_key(line)] for index, (line, _) in lines.items()}


def _checked(
    do: RecordBillLine,
    billed: Billed,
    parcel: Parcel | None,
    cards: Sequence[CarrierCard],
    item: Item,
    first: tuple[str, str],
) -> BillLine:
    own = [c for c in cards if c.company_id == do.company_id and (c.carrier or c.code) == do.carrier]
    said = check(billed, parcel, own, is_repeated=first != (do.bill, do.line))
    return BillLine(
        id=BillLineId(new_id()),
        company_id=do.company_id,
        carrier=do.carrier,
        bill=do.bill,
        waybill=do.waybill,
        line=do.line,
        parcel_id=None if parcel is None else parcel.id,
        billed_minor=billed.amount_minor,
        billed_g=billed.weight_g,
        expected_minor=said.expected_minor,
        expected_g=said.expected_g,
        difference_minor=said.difference_minor,
        reasons=said.reasons,
        checked_at=item.now,
    )


def _name(do: RecordBillLine) -> Name:
    return do.company_id, do.carrier, do.waybill


def _key(line: BillLine) -> tuple[CompanyId, str, str, str, str]:
    return line.company_id, line.carrier, line.bill, line.waybill, line.line


def _told(line: BillLine) -> BillLineChecked:
    return BillLineChecked(
        company_id=line.company_id,
        carrier=line.carrier,
        bill=line.bill,
        waybill=line.waybill,
        difference_minor=line.difference_minor,
        reasons=line.reasons,
    )


async def dispute_sheet(tx: Tx, of: tuple[CompanyId, str, str], format: SheetFormat, lang: Lang) -> tuple[str, bytes]:
    """A file for the carrier: each line that is billed too high, with what it should be and why; its name, and it.

    Raises: CompanyNotFound.
    """
    company_id, carrier, bill = of
    company = (await organization.get_companies(tx, [company_id])).get(company_id)
    if company is None:
        raise CompanyNotFound(company_id=company_id)
    lines = await queries.page(tx, of, True, None, DISPUTED_MAX)
    wrong = [line for line in lines if line.difference_minor > 0 or set(line.reasons) & NOTHING_OWED]
    rows = [_row(line, company.currency, lang) for line in wrong]
    return f"{carrier}-{bill}.{format.value}", make_sheet(format, f"{carrier} {bill}", HEADERS[lang], rows)


def _row(line: BillLine, currency: str, lang: Lang) -> list[Value]:
    why = [REASONS[reason][0 if lang == "zh-CN" else 1] for reason in line.reasons]
    return [
        line.waybill,
        _major(line.billed_minor, currency),
        None if line.expected_minor is None else _major(line.expected_minor, currency),
        _major(line.difference_minor, currency),
        line.billed_g,
        line.expected_g,
        ("；" if lang == "zh-CN" else "; ").join(why),
    ]


def _major(minor: int, currency: str) -> Decimal:
    return Money(minor, currency).major()

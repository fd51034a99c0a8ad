"""Carrying documents out, portion by portion, through the actions that people use too."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

from msgspec import Struct

from shangmai.kernel.actions.contract import Answer, Call
from shangmai.kernel.money import line_amount
from shangmai.modules.inventory.contract import Adjust, AdjustLine, Bucket, ReceiptLine, ReceiptReason, Receive
from shangmai.modules.inventory.contract import AdjustReason as StockReason
from shangmai.modules.ledger.contract import PostEntry, VoucherLine
from shangmai.modules.migration.contract import (
    AdjustIntent,
    AdjustReason,
    Kind,
    LedgerIntent,
    Line,
    Receipt,
    ReturnIntent,
    ReturnMatch,
    SaleIntent,
)
from shangmai.modules.migration.rules import (
    Chunk,
    Classified,
    Numbered,
    Purpose,
    Sold,
    Survey,
    document_name,
    of_posting,
    of_return,
    order_lines,
    returned_by_order,
    sold,
    summary_of,
    voucher,
)
from shangmai.modules.migration.rules.entries import Accounted
from shangmai.modules.migration.service.desk import Desk
from shangmai.modules.migration.service.preparing import Directory
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    LineKind,
    OrderId,
    PayOrder,
    PlaceLine,
    PlaceOrder,
    ReturnLine,
    ReturnOrder,
    ShipOrder,
)

RECEIPT_LINES_MAX: Final = 1000
DISCOUNT_METHOD: Final = "discount"
DISCOUNT_ACCOUNT: Final = "1012"
"""Where the ledger's rule puts what is paid by a method of its own; the voucher of the discount takes it away again."""

KINDS: Final = {Kind.GOODS: LineKind.GOODS, Kind.FREIGHT: LineKind.FREIGHT}

REASONS: Final = {
    AdjustReason.DAMAGED: StockReason.DAMAGED,
    AdjustReason.MISSING: StockReason.LOST,
    AdjustReason.FOUND: StockReason.FOUND,
    AdjustReason.COUNTED: StockReason.COUNT,
    AdjustReason.SOLD_ELSEWHERE: StockReason.CORRECTION,
    AdjustReason.GIVEN_AWAY: StockReason.SAMPLE,
    AdjustReason.DISPLAY: StockReason.SAMPLE,
    AdjustReason.MISCODED: StockReason.CORRECTION,
    AdjustReason.UNCLEAR: None,
    AdjustReason.OTHER: None,
    AdjustReason.UNSTATED: None,
}
"""Reasons as inventory knows them; None: found or written off, by the sign."""
assert REASONS.keys() == set(AdjustReason)


class Placed(Struct, frozen=True):
    """A sale whose order stands."""

    sale: SaleIntent
    parts: Sold
    order_id: OrderId


class About(Struct, frozen=True):
    """What a voucher is of: its name in keys, what it says, when, from which rows, whose."""

    name: str
    summary: str
    at: datetime
    origin: str
    customer_ref: str | None


class Carrier:
    """Carries out the portions of one file, oldest first."""

    def __init__(
        self, desk: Desk, directory: Directory, classified: Classified, surveyed: Survey, file_sha256: str
    ) -> None:
        self._desk = desk
        self._directory = directory
        self._at = directory.place
        self._currency = desk.mapping.currency
        self._accounts = desk.mapping.accounts
        self._matches = surveyed.matches
        self._unit_costs = surveyed.unit_costs
        self._sha = file_sha256[:12]
        self._receipts: dict[date, list[Receipt]] = defaultdict(list)
        for receipt in surveyed.receipts:
            self._receipts[receipt.month].append(receipt)
        self._received: date | None = None
        self._order_line = order_lines(classified, surveyed.matches.values())
        self._returned = {piece.sale_number for match in surveyed.matches.values() for piece in match.pieces}
        self._order_ids: dict[str, OrderId] = {}

    async def place(self, chunk: Chunk) -> list[Placed]:
        """Place the orders of a portion, for `follow` to go on with. Raises: ImportStopped.

        The portion before may still be followed meanwhile, unless it is of another month: then the plan counts on what
        comes back in it. Placing locks nothing but stock accounts, in order of id as everybody does, so neither can
        wait for the other in a circle.
        """
        await self._receive(chunk.month)
        return await self._place(chunk.sales)

    async def follow(self, chunk: Chunk, placed: Sequence[Placed]) -> None:
        """Carry out what follows the placing of a portion's orders, step by step. Raises: ImportStopped."""
        await self._pay_and_ship(placed)
        await self._adjust(chunk.adjustments)
        await self._take_back(chunk.returns)
        await self._post(chunk)

    # --- stock that the file does not show -------------------------------------------------------------------------

    async def _receive(self, month: date) -> None:
        """Receive what the month will be short of."""
        if month == self._received:
            return
        receipts = self._receipts[month]
        calls = []
        for start in range(0, len(receipts), RECEIPT_LINES_MAX):
            some, nth = receipts[start : start + RECEIPT_LINES_MAX], start // RECEIPT_LINES_MAX + 1
            given = Receive(
                warehouse_id=self._at.warehouse_id,
                reason=ReceiptReason.OPENING,
                reference=f"{month:%Y-%m} 补记入库 {nth}",
                lines=[self._receipt_line(r.sku, r.quantity) for r in some if r.sku in self._directory.skus],
            )
            name = f"{self._sha}/{month:%Y-%m}/{nth}"
            calls.append(self._desk.call("inventory.receive", "receive", given, name=name, at=some[0].at))
        for call in calls:  # a thousand lines each, so one at a time
            await self._desk.do([call])
        self._received = month

    def _receipt_line(self, sku: str, quantity: int, bucket: Bucket = Bucket.SELLABLE) -> ReceiptLine:
        cost_minor = line_amount(quantity, self._unit_costs.get(sku, Decimal(0)), self._currency).minor
        return ReceiptLine(sku_id=self._directory.skus[sku], qty=quantity, cost_minor=cost_minor, bucket=bucket)

    # --- sales -----------------------------------------------------------------------------------------------------

    async def _place(self, sales: Sequence[SaleIntent]) -> list[Placed]:
        parted = [(sale, parts) for sale, parts in ((sale, sold(sale)) for sale in sales) if parts.lines]
        answers = await self._desk.do([self._place_call(sale, parts) for sale, parts in parted])
        return [
            Placed(sale, parts, order_id)
            for (sale, parts), answer in zip(parted, answers, strict=True)
            if (order_id := self._order_id(sale, answer)) is not None
        ]

    async def _pay_and_ship(self, placed: Sequence[Placed]) -> None:
        """Each step for all of the portion at once."""
        await self._desk.do([call for one in placed for call in self._pay_calls(one.sale, one.parts, one.order_id)])
        await self._desk.do([self._ship_call(one.sale, one.order_id) for one in placed])

    def _order_id(self, sale: SaleIntent, answer: Answer) -> OrderId | None:
        if answer.error is not None:
            return None
        order_id: OrderId = answer.value.id
        if sale.number in self._returned:
            self._order_ids[sale.number] = order_id
        return order_id

    def _place_call(self, sale: SaleIntent, parts: Sold) -> Call:
        given = PlaceOrder(
            shop_id=self._at.shop_id,
            lines=[self._place_line(line) for line in parts.lines],
            customer_id=self._directory.customers.get(sale.customer_ref) if sale.customer_ref else None,
            warehouse_id=self._at.warehouse_id,
            external_no=sale.number,
            note=sale.country or "",
        )
        return self._sale_call("orders.place", "place", given, sale)

    def _place_line(self, line: Line) -> PlaceLine:
        if line.kind is Kind.GOODS:
            return PlaceLine(
                qty=line.quantity,
                sku_id=self._directory.skus.get(line.sku),
                title=line.description[:200],
                unit_price=line.unit_price,
            )
        assert line.kind is not None
        return PlaceLine(
            qty=line.quantity,
            kind=KINDS.get(line.kind, LineKind.OTHER),
            title=(line.description or line.sku)[:200],
            unit_price=line.unit_price,
        )

    def _pay_calls(self, sale: SaleIntent, parts: Sold, order_id: OrderId) -> Iterator[Call]:
        reference = f"{self._desk.mapping.shop}/{sale.number}"
        if parts.paid_minor:
            given = PayOrder(
                order_id=order_id, amount_minor=parts.paid_minor, method=self._accounts.method, reference=reference
            )
            yield self._sale_call("orders.pay", "pay", given, sale)
        if parts.discounted_minor:
            given = PayOrder(
                order_id=order_id, amount_minor=parts.discounted_minor, method=DISCOUNT_METHOD, reference=reference
            )
            yield self._sale_call("orders.pay", "discount", given, sale)

    def _ship_call(self, sale: SaleIntent, order_id: OrderId) -> Call:
        return self._sale_call("orders.ship", "ship", ShipOrder(order_id=order_id), sale)

    def _sale_call(self, action: str, step: str, given: PlaceOrder | PayOrder | ShipOrder, sale: SaleIntent) -> Call:
        name = document_name(sale.number, False)
        return self._desk.call(action, step, given, name=name, origin=_origin(sale), at=sale.at)

    # --- adjustments -----------------------------------------------------------------------------------------------

    async def _adjust(self, adjustments: Sequence[Numbered]) -> None:
        intents = [(one.name, one.intent) for one in adjustments if isinstance(one.intent, AdjustIntent)]
        known = [(name, intent) for name, intent in intents if intent.sku in self._directory.skus]
        await self._desk.do([self._adjust_call(name, intent) for name, intent in known])

    def _adjust_call(self, name: str, intent: AdjustIntent) -> Call:
        reason = REASONS[intent.reason] or (StockReason.FOUND if intent.delta > 0 else StockReason.WRITE_OFF)
        given = Adjust(
            warehouse_id=self._at.warehouse_id,
            reason=reason,
            reference=f"{intent.number} {intent.note}".strip()[:200],
            lines=[AdjustLine(sku_id=self._directory.skus[intent.sku], qty=intent.delta)],
        )
        origin = str(intent.row_no)
        return self._desk.call("inventory.adjust", "adjust", given, name=name, origin=origin, at=intent.at)

    # --- returns ---------------------------------------------------------------------------------------------------

    async def _take_back(self, returns: Sequence[ReturnIntent]) -> None:
        """Return what is matched to its orders; take the rest in as defective, for a person to look at."""
        matched = [(intent, self._matches[intent.first_row_no]) for intent in returns]
        await self._find_orders({piece.sale_number for _, match in matched for piece in match.pieces})
        await self._desk.do([call for intent, match in matched for call in self._return_calls(intent, match)])
        unmatched = [self._unmatched_call(intent, match) for intent, match in matched]
        await self._desk.do([call for call in unmatched if call is not None])

    async def _find_orders(self, numbers: set[str]) -> None:
        """Look up the orders that an earlier session has placed."""
        missing = numbers - self._order_ids.keys()
        if missing:
            shop_id = self._at.shop_id
            self._order_ids |= await self._desk.look(lambda tx: orders.find_by_external_no(tx, shop_id, missing))

    def _return_calls(self, intent: ReturnIntent, match: ReturnMatch) -> Iterator[Call]:
        for number, lines in returned_by_order(match, self._order_line).items():
            order_id = self._order_ids.get(number)
            if order_id is None:
                continue  # its sale was refused, and the report says so
            given = ReturnOrder(
                order_id=order_id,
                lines=[ReturnLine(line=one.line, qty=one.quantity, refund_minor=one.refund_minor) for one in lines],
                reason=f"退货 {intent.number}",
                reference=intent.number[:64],
                method=self._accounts.method,
            )
            yield self._return_call("orders.return", "return", given, intent, document_name(number, False))

    def _unmatched_call(self, intent: ReturnIntent, match: ReturnMatch) -> Call | None:
        goods = {line.row_no for line in intent.lines if line.kind is Kind.GOODS}
        lines = [
            self._receipt_line(rest.sku, rest.quantity, Bucket.DEFECTIVE)
            for rest in match.unmatched
            if rest.return_row_no in goods and rest.sku in self._directory.skus
        ]
        if not lines:
            return None
        given = Receive(
            warehouse_id=self._at.warehouse_id,
            reason=ReceiptReason.UNMATCHED_RETURN,
            reference=intent.number[:200],
            lines=lines,
        )
        return self._return_call("inventory.receive", "unmatched", given, intent)

    def _return_call(
        self, action: str, step: str, given: ReturnOrder | Receive, intent: ReturnIntent, of: str = ""
    ) -> Call:
        name = "/".join(filter(None, [document_name(intent.number, True), of]))
        return self._desk.call(action, step, given, name=name, origin=_origin(intent), at=intent.at)

    # --- money -----------------------------------------------------------------------------------------------------

    async def _post(self, chunk: Chunk) -> None:
        calls = [call for call in self._entry_calls(chunk) if call is not None]
        await self._desk.do(calls)

    def _entry_calls(self, chunk: Chunk) -> Iterator[Call | None]:
        for sale in chunk.sales:
            yield from self._discount_entries(sale)
        for intent in chunk.returns:
            yield from self._return_entries(intent)
        for posting in chunk.postings:
            one = posting.intent
            assert isinstance(one, LedgerIntent)
            summary = summary_of(Purpose.POSTING, one.number, one.note or one.kind.value)
            about = About(posting.name, summary, one.at, str(one.row_no), one.customer_ref)
            yield self._entry(about, of_posting(one))

    def _discount_entries(self, sale: SaleIntent) -> Iterator[Call | None]:
        """What a sale's discount lines take off: the part that settled the order, and what goes beyond it."""
        parts = sold(sale)
        if not parts.discount_minor:
            return
        summary, origin = summary_of(Purpose.DISCOUNT, sale.number), _origin(sale)
        name = document_name(sale.number, False)
        settled = About(f"{name}/discount", summary, sale.at, origin, sale.customer_ref)
        yield self._entry(settled, [(Kind.DISCOUNT, -parts.discounted_minor)], DISCOUNT_ACCOUNT)
        beyond = About(f"{name}/beyond", summary, sale.at, origin, sale.customer_ref)
        yield self._entry(beyond, [(Kind.DISCOUNT, parts.discounted_minor - parts.discount_minor)])

    def _return_entries(self, intent: ReturnIntent) -> Iterator[Call | None]:
        name, origin = document_name(intent.number, True), _origin(intent)
        for purpose, amounts in of_return(intent, self._matches[intent.first_row_no]):
            summary = summary_of(purpose, intent.number)
            yield self._entry(About(f"{name}/{purpose}", summary, intent.at, origin, intent.customer_ref), amounts)

    def _entry(self, about: About, amounts: Iterable[Accounted], against: str | None = None) -> Call | None:
        """A voucher; None when it comes to nothing."""
        party_id = self._directory.customers.get(about.customer_ref) if about.customer_ref else None
        lines = [
            VoucherLine(
                account=side.account,
                party_id=party_id if side.by_party else None,
                debit_minor=side.debit_minor,
                credit_minor=side.credit_minor,
            )
            for side in voucher(self._accounts, amounts, against)
        ]
        if not lines:
            return None
        given = PostEntry(company_id=self._at.company_id, summary=about.summary, lines=lines)
        return self._desk.call("ledger.post_entry", "post", given, name=about.name, origin=about.origin, at=about.at)


def _origin(intent: SaleIntent | ReturnIntent) -> str:
    """The rows of the file that a document stands on, from its first to its last."""
    first, last = intent.lines[0].row_no, intent.lines[-1].row_no
    return str(first) if first == last else f"{first}-{last}"

"""The explanation of an order's or a quote's price as a sheet."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from shangmai.kernel.i18n import Lang
from shangmai.kernel.sheets.making import SheetFormat, make_sheet
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.orders.contract import LineKind, OrderDetail, OrderId, PlaceOrder
from shangmai.modules.orders.service.placing import preview
from shangmai.modules.orders.service.tracing import get_detail
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import PriceRef, Quote, QuotedLine, Totals
from shangmai.modules.pricing.contract.policy import Policy


async def price_sheet(tx: Tx, order_id: OrderId, of: SheetFormat, lang: Lang) -> tuple[str, bytes]:
    """The name and the bytes of a sheet that explains an order's price, line by line. Raises: OrderNotFound.

    As it was placed: what came back later is not in it. An order at prices of its own has no steps.
    """
    detail = await get_detail(tx, order_id)
    quote = detail.quote or _plain(detail)
    besides = {LineKind.OTHER} if detail.quote is not None else {LineKind.OTHER, LineKind.FREIGHT}
    charges = [(line.title, line.amount_minor) for line in detail.lines if line.kind in besides]
    quoted = {line.key for line in quote.lines} if detail.quote is not None else set()
    changed = sum(each.after_minor - each.before_minor for each in detail.price_changes if each.line in quoted)
    if changed:
        charges.append(("改价 price changed", changed))
    name = f"{detail.order.number}-prices"
    return f"{name}.{of}", await _sheet(tx, name, quote, of, lang, charges)


async def quote_sheet(tx: Tx, do: PlaceOrder, of: SheetFormat, lang: Lang) -> tuple[str, bytes]:
    """The same of what an order would cost. Raises: what `preview` does."""
    return f"quote-prices.{of}", await _sheet(tx, "quote-prices", await preview(tx, do), of, lang)


async def _sheet(
    tx: Tx, name: str, quote: Quote, of: SheetFormat, lang: Lang, charges: Sequence[tuple[str, int]] = ()
) -> bytes:
    skus = await catalog.get_skus(tx, set(pricing.skus_explained(quote)))
    names = {sku.id: (sku.code, sku.name) for sku in skus.values()}
    headers, rows = pricing.explain_prices(quote, names, lang, charges)
    return make_sheet(of, name, headers, rows)


def _plain(detail: OrderDetail) -> Quote:
    """What an order that no list or promotion had a say in would have been quoted: each line at its price."""
    order = detail.order
    goods = [line for line in detail.lines if line.kind is LineKind.GOODS and line.sku_id is not None]
    lines = tuple(
        QuotedLine(
            key=line.line,
            sku_id=line.sku_id,
            qty=line.qty,
            unit_list_minor=_per_piece(line.amount_minor, line.qty),
            list_minor=line.amount_minor,
            price=PriceRef(),
            steps=(),
            paid_minor=line.amount_minor,
        )
        for line in goods
        if line.sku_id is not None
    )
    totals = Totals(
        goods_minor=order.goods_minor, off_minor=0, freight_minor=0, freight_off_minor=0, tax_minor=0,
        payable_minor=order.goods_minor,
    )  # fmt: skip
    return Quote(
        currency=order.currency, lines=lines, freight_steps=(), gifts=(), totals=totals, applied=(), refused=(),
        proven=True, policy=Policy(), engine=1,
    )  # fmt: skip


def _per_piece(amount_minor: int, qty: int) -> int:
    return int((Decimal(amount_minor) / qty).to_integral_value())

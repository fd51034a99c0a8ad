"""Downloads: why an order, or what would be one, costs what it does."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from litestar import Response, get, post

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.i18n import Lang
from shangmai.kernel.sheets.making import SheetFormat
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import service
from shangmai.modules.orders.contract import OrderId, PlaceOrder


@get("/api/v1/orders/{order_id:uuid}/prices", opt={"grant": "orders.read"}, include_in_schema=False)
async def read_price_sheet(
    tx: Tx, lang: Lang, order_id: UUID, format: SheetFormat = SheetFormat.XLSX
) -> Response[bytes]:
    """Download why an order costs what it does, as a workbook or CSV. Raises: OrderNotFound."""
    return _file(format, *await service.price_sheet(tx, OrderId(order_id), format, lang))


@post("/api/v1/orders/quote/prices", opt={"grant": "orders.place"}, status_code=200, include_in_schema=False)
async def quote_sheet(
    tx: Tx, actor: Actor, lang: Lang, data: PlaceOrder, format: SheetFormat = SheetFormat.XLSX
) -> Response[bytes]:
    """Download what an order would cost and why. Raises: what the quote does."""
    if not actor.sees("shop", data.shop_id):
        raise OutOfScope(dimension="shop")
    return _file(format, *await service.quote_sheet(tx, data, format, lang))


def _file(of: SheetFormat, name: str, body: bytes) -> Response[bytes]:
    headers = {"content-disposition": f"attachment; filename*=UTF-8''{quote(name)}", "cache-control": "no-store"}
    return Response(body, media_type=of.media_type, headers=headers)


routes: Final[list[Any]] = [read_price_sheet, quote_sheet]

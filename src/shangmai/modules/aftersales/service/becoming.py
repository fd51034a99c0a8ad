"""What a request becomes, and who is told of it."""

from __future__ import annotations

from uuid import uuid5

from msgspec.structs import replace

from shangmai.kernel.i18n import t
from shangmai.kernel.tx import Tx
from shangmai.modules.aftersales import queries, rules
from shangmai.modules.aftersales.contract import (
    DECIDE,
    AfterSaleChanged,
    AfterSaleRequest,
    AfterSaleState,
    RequestClosed,
)
from shangmai.modules.messaging import service as messaging
from shangmai.modules.messaging.contract import CustomerNoticeKind, NewCustomerNotice, NewNotice, NoticeKind


def check_open(request: AfterSaleRequest) -> None:
    """Raises: RequestClosed."""
    if request.state not in rules.OPEN:
        raise RequestClosed(number=request.number, state=request.state.value)


async def become(tx: Tx, request: AfterSaleRequest) -> AfterSaleRequest:
    """Write what has become of a request, which is held; its buyer is told. Event aftersales.changed.v1."""
    changed = replace(request, changed_at=tx.now)
    await queries.write(tx, changed, is_open=changed.state in rules.OPEN)
    await _tell_buyer(tx, changed)
    is_done = changed.state is AfterSaleState.DONE
    tx.emit(
        AfterSaleChanged(
            request_id=changed.id,
            order_id=changed.order_id,
            shop_id=changed.shop_id,
            customer_id=changed.customer_id,
            number=changed.number,
            kind=changed.kind,
            became=changed.state,
            refund_minor=(changed.refund_minor or 0) if is_done else 0,
            currency=changed.currency,
        )
    )
    return changed


async def _tell_buyer(tx: Tx, request: AfterSaleRequest) -> None:
    """Once for each state that the shop brings it to; what the buyer did they know."""
    if request.state not in (AfterSaleState.APPROVED, AfterSaleState.REFUSED, AfterSaleState.DONE):
        return
    if request.customer_id is None:
        return  # a guest has no place for notices; the order's link shows how far the request is
    given = {"number": request.number, "order": request.order_number}
    zh, en = (t(f"aftersales.told.{request.state}", lang, **given) for lang in ("zh-CN", "en"))
    told = NewCustomerNotice(
        customer_id=request.customer_id,
        shop_id=request.shop_id,
        kind=CustomerNoticeKind.AFTER_SALE,
        about=uuid5(request.id, request.state.value),
        order_id=request.order_id,
        zh=zh,
        en=en,
    )
    await messaging.tell_customers(tx, [told])


async def tell_staff(tx: Tx, request: AfterSaleRequest) -> None:
    """Tell those who may decide of a new request."""
    told = NewNotice(
        kind=NoticeKind.AFTER_SALE,
        zh=f"订单 {request.order_number} 有新的售后申请 {request.number}",
        en=f"After-sale request {request.number} for order {request.order_number}",
        link=f"/orders/{request.order_id}",
        grant=DECIDE,
        shop_id=request.shop_id,
    )
    await messaging.tell(tx, [told])

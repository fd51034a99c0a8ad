"""What orders refuse, and what to do then."""

from typing import Final

from shangmai.kernel.errors import Conflict, Invalid, NotFound, words


class OrderNotFound(NotFound):
    """There is no order {order_id}, or you may not see it."""

    zh = "没有订单 {order_id}，或你无权查看。"


class ShopNotFound(NotFound):
    """There is no shop {shop_id}."""

    zh = "没有店铺 {shop_id}。"


class SkuNotSellable(Conflict):
    """SKU {sku_id} does not exist or is not for sale. Check the code, or list the product."""

    zh = "商品 {sku_id} 不存在或未上架，请核对编码或先上架。"


class PriceNotAllowed(Invalid):
    """A price of your own needs the grant orders.set_price. Leave unit_price out to sell at the list price."""

    zh = "自定价格需要权限 orders.set_price；不填 unit_price 则按标价销售。"


class LineIncomplete(Invalid):
    """Line {line}: goods need sku_id; a charge needs a title and a unit_price."""

    zh = "第 {line} 行不完整：商品行需要 sku_id，费用行需要标题和单价。"


class PriceNotUsable(Invalid):
    """Line {line}: a unit price is zero or more and has at most six decimals."""

    zh = "第 {line} 行：单价须不小于零，最多六位小数。"


class PriceChanged(Conflict):
    """The total is {total_minor}, not {expected_minor} as you were shown. Show the new total and ask again."""

    zh = "应付金额现为 {total_minor}，与之前显示的 {expected_minor} 不同，请重新确认。"


class ExternalNoTaken(Conflict):
    """The shop has an order with the external number {external_no} already."""

    zh = "店铺已有外部单号为 {external_no} 的订单。"


class OrderCurrencyMixed(Conflict):
    """SKU {sku_id} is priced in {currency}, the shop sells in {shop_currency}. Give it a price in that currency."""

    zh = "商品 {sku_id} 以 {currency} 定价，店铺以 {shop_currency} 销售，请先设置该币种价格。"


IS_ZH: Final = {
    "placed": "待发货",
    "part_shipped": "已部分发货",
    "shipped": "已发货",
    "signed": "已签收",
    "canceled": "已取消",
}
BECOMES_ZH: Final = {
    "placed": "恢复为待发货",
    "part_shipped": "部分发货",
    "shipped": "发货",
    "signed": "签收",
    "canceled": "取消",
    "held": "挂起",
    "paid": "收款",
    "returned": "退货",
    "exchanged": "换货",
    "sent again": "补发",
    "priced anew": "改价",
    "readdressed": "改地址",
    "edited": "改商品",
    "given more": "加商品或赠品",
}


class StatusForbids(Conflict):
    """Order {number} is {status}; it cannot become {wanted}."""

    zh = "订单 {number} {status}，不能{wanted}。"
    zh_words = words(status=IS_ZH, wanted=BECOMES_ZH)


class Overpaid(Conflict):
    """Order {number} has {outstanding_minor} left to pay, {amount_minor} is more. Record what belongs to this order."""

    zh = "订单 {number} 待付 {outstanding_minor}，{amount_minor} 超出。请只记录属于该订单的金额。"


class NothingToPay(Conflict):
    """Order {number} is paid in full; nobody needs to be asked for money."""

    zh = "订单 {number} 已付清，无需再发起支付。"


class NotPaid(Conflict):
    """Order {number} is not paid in full; it cannot be shipped before, unless it is on account."""

    zh = "订单 {number} 未付清，除账期订单外不能发货。"


class NotHereYet(Conflict):
    """Order {number} waits for {qty} pieces of line {line} still; ship its fulfilment units, the rest follows."""

    zh = "订单 {number} 第 {line} 行有 {qty} 件尚未到货，请按发货单发货，其余到货后再发。"


class LineNotFound(NotFound):
    """Order {number} has no line {line} of this kind."""

    zh = "订单 {number} 没有这样的第 {line} 行。"


class TooMuchToShip(Conflict):
    """Line {line} of order {number} has {left} left to ship, not {qty}."""

    zh = "订单 {number} 第 {line} 行只剩 {left} 件待发，不足 {qty} 件。"


class TooMuchToReturn(Conflict):
    """Line {line} of order {number} can take back {left} more, not {qty}."""

    zh = "订单 {number} 第 {line} 行最多还能退 {left} 件，不能退 {qty} 件。"


class RefundTooHigh(Conflict):
    """Line {line} of order {number} can be refunded {left_minor} more, not {refund_minor}."""

    zh = "订单 {number} 第 {line} 行最多还能退款 {left_minor}，不能退 {refund_minor}。"


class DuplicateLines(Invalid):
    """Line {line} is named twice; put it together."""

    zh = "第 {line} 行重复出现，请合并。"


class CouponsNeedListPrices(Invalid):
    """Coupons and add-ons work on list prices; leave unit_price of the goods out, or order without them."""

    zh = "优惠券和加价购只适用于标价；请去掉商品行的 unit_price，或不使用它们下单。"


class NothingToQuote(Invalid):
    """There are no goods at list prices here to quote; name SKUs without a unit_price."""

    zh = "没有按标价销售的商品可供报价；请填写 SKU 且不填 unit_price。"


class OfferNotUsable(Conflict):
    """The offer does not count for SKU {sku_id}: over, used up, or no lower than other prices. Order without it."""

    zh = "该活动优惠不适用于商品 {sku_id}：已结束、名额已用完，或不低于普通价格。请按普通方式下单。"


class BalanceNotDue(Conflict):
    """Of order {number} {payable_minor} can be paid now; the balance is due from {since} until {until}. Pay it then."""

    zh = "订单 {number} 现在可付 {payable_minor}；尾款支付时间为 {since} 至 {until}，请届时支付。"

"""What can be refused in the shop window."""

from __future__ import annotations

from shangmai.kernel.errors import Conflict, Invalid, NotFound


class NoShopWindow(NotFound):
    """There is no shop window here: {shop} is no mall. Without `shop` you are shown the only one."""

    zh = "这里没有商城橱窗：店铺 {shop} 不存在或不是商城。只有一个商城时可以不带 `shop`。"


class ShopNeeded(Invalid):
    """There are several malls here; say which one with `shop`, the code of a shop: {codes}."""

    zh = "有多个商城，请用 `shop` 参数写明店铺编码：{codes}。"


class ProductNotShown(NotFound):
    """This product is not on offer in this shop. Look for another one in the list."""

    zh = "该商品未在本店上架，请从列表中选择其他商品。"


class UnknownFilter(Invalid):
    """The filter {given} is not one of this list's. Write attributes as `name:value`; `facets` lists what there is."""

    zh = "没有筛选条件 {given}。属性请写作 `名称:值`，可用条件见 `facets`。"


class ReviewNotFound(NotFound):
    """There is no review {review_id}, or you may not see it."""

    zh = "没有评价 {review_id}，或你无权查看。"


class NotBought(Conflict):
    """Line {line} of order {order_id} holds no goods that were shipped to this customer. Review it once it has left."""

    zh = "订单 {order_id} 第 {line} 行没有已发给该客户的商品，请在发货后再评价。"


class AlreadyReviewed(Conflict):
    """Line {line} of order {order_id} has been reviewed already. A line takes one review."""

    zh = "订单 {order_id} 第 {line} 行已经评价过，每行只能评价一次。"

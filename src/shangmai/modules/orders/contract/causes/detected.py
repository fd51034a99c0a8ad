"""The causes that the system finds and clears by itself.

On by default are those that ask only for a look, and those that follow what somebody has said of an order or a buyer.
"""

from __future__ import annotations

from typing import Final

from shangmai.modules.orders.contract.causes import (
    ACCEPT,
    FLOOR_SHORT,
    GIFT_SHORT,
    LATE_PARCEL,
    PART_SHORT,
    SHORT,
    Cause,
    Limit,
    LimitValue,
    Stage,
    grant_of,
)

HOUR: Final = 60
DAY: Final = 24 * HOUR
BLOCKS: Final = True
NOTES: Final = False
CLERK, ACCOUNTANT, PICKER, OWNER, MERCHANDISER = "clerk", "accountant", "picker", "owner", "merchandiser"
RECHECK: Final = "orders.recheck"
CORRECT: Final = "orders.correct_address"


def _found(
    name: str,
    texts: tuple[str, str],
    owner: str,
    minutes: int,
    action: str,
    blocks: bool,
    on: bool = False,
    stage: Stage = Stage.READY,
    **limits: tuple[LimitValue, str, str],
) -> Cause:
    return Cause(
        code=f"orders.{name}",
        zh=texts[0],
        en=texts[1],
        owner=owner,
        minutes=minutes,
        action=action,
        blocks=blocks,
        detected=True,
        on=on,
        stage=stage,
        limits={key: Limit(value=value, zh=zh, en=en) for key, (value, zh, en) in limits.items()},
        grant=grant_of(owner),
    )


ADDRESS: Final = (
    _found("no_receiver", ("没有收货人", "it has no receiver"), CLERK, 4 * HOUR, CORRECT, BLOCKS),
    _found(
        "address_incomplete",
        ("收货地址不完整：缺 {missing}", "the address lacks {missing}"),
        CLERK,
        4 * HOUR,
        CORRECT,
        NOTES,
        True,
        street_min=(4, "详细地址最少字数", "fewest characters of a street address"),
    ),
    _found(
        "region_unknown",
        ("收货地区无法识别：{region}", "there is no region {region}"),
        CLERK,
        4 * HOUR,
        CORRECT,
        NOTES,
        True,
    ),
    _found(
        "outside_area",
        ("收货地区不在配送范围：{region}", "nothing is delivered to {region}"),
        CLERK,
        4 * HOUR,
        "orders.cancel",
        BLOCKS,
        True,
    ),
    _found(
        "remote_region",
        ("偏远地区 {region} 未收运费", "{region} is remote, and no freight was asked"),
        CLERK,
        8 * HOUR,
        ACCEPT,
        NOTES,
        provinces=(("新疆", "西藏", "内蒙古", "青海", "海南"), "偏远省份", "remote provinces"),
    ),
    _found("bad_phone", ("收货电话格式不对", "the receiver's phone is none"), CLERK, 4 * HOUR, CORRECT, NOTES, True),
    _found(
        "test_order",
        ("疑似测试单：{word}", "it looks like a test: {word}"),
        CLERK,
        8 * HOUR,
        "orders.cancel",
        BLOCKS,
        words=(("测试", "test"), "收货人或备注中的词", "words in the receiver's name or the note"),
    ),
)
REMARKS: Final = (
    _found(
        "buyer_remark", ("买家备注待处理", "the buyer left a remark"), CLERK, 4 * HOUR, "orders.handle_remark", BLOCKS
    ),
    _found(
        "seller_flag",
        ("卖家标记：{flag}", "the seller flagged it {flag}"),
        CLERK,
        8 * HOUR,
        "orders.set_remark",
        BLOCKS,
        flags=(("red",), "需要停留的旗帜颜色", "flags that stop an order"),
    ),
    _found(
        "keyword",
        ("备注含关键词：{word}", "its remarks say {word}"),
        CLERK,
        4 * HOUR,
        "orders.handle_remark",
        BLOCKS,
        words=(("改地址", "不要发", "退款", "加急"), "关键词", "words to look for"),
    ),
)
GOODS: Final = (
    Cause(
        code=SHORT,
        zh="缺货 {pieces} 件：{skus}",
        en="{pieces} pieces are short: {skus}",
        owner=PICKER,
        minutes=DAY,
        action="inventory.receive",
        detected=True,
        stage=Stage.OPEN,
    ),
    Cause(
        code=PART_SHORT,
        zh="部分缺货，有货先发；仍缺 {pieces} 件：{skus}",
        en="what is in stock goes first; {pieces} pieces are short: {skus}",
        owner=PICKER,
        minutes=DAY,
        action="inventory.receive",
        blocks=False,
        detected=True,
        on=False,
        stage=Stage.OPEN,
        limits={
            "percent": Limit(
                value=50,
                zh="有货件数占比达到多少（%）时先发",
                en="send what is there from so many per cent of the pieces",
            )
        },
        grant=grant_of(PICKER),
    ),
    Cause(
        code=GIFT_SHORT,
        zh="赠品缺货：{skus}",
        en="gifts are short: {skus}",
        owner=PICKER,
        minutes=DAY,
        action="inventory.receive",
        blocks=False,
        detected=True,
        grant=grant_of(PICKER),
    ),
    Cause(
        code=FLOOR_SHORT,
        zh="拣货时未找到：{skus}（共 {pieces} 件）",
        en="the pickers did not find {skus} ({pieces} pieces)",
        owner=PICKER,
        minutes=HOUR,
        action="warehouse.end_short",
        blocks=False,
        detected=True,
        grant=grant_of(PICKER),
    ),
    _found(
        "sku_delisted", ("商品已停用：{skus}", "no longer for sale: {skus}"), MERCHANDISER, 8 * HOUR, ACCEPT, BLOCKS
    ),
    _found("cost_missing", ("商品没有成本：{skus}", "no cost is known of {skus}"), ACCOUNTANT, DAY, ACCEPT, NOTES),
    _found(
        "weight_missing",
        ("商品没有重量：{skus}", "no weight is known of {skus}"),
        MERCHANDISER,
        DAY,
        "catalog.update_sku",
        NOTES,
    ),
    _found(
        "big_quantity",
        ("单品数量大：{pieces} 件", "{pieces} pieces of one SKU"),
        CLERK,
        4 * HOUR,
        ACCEPT,
        BLOCKS,
        pieces=(100, "单品件数达到", "pieces of one SKU, from"),
    ),
    _found(
        "heavy",
        ("重量 {kg} 千克", "it weighs {kg} kg"),
        PICKER,
        8 * HOUR,
        ACCEPT,
        NOTES,
        weight_g=(30_000, "总重量达到（克）", "grams, from"),
    ),
)
PRICES: Final = (
    _found(
        "zero_price",
        ("手工零价商品：{skus}", "priced at nothing by hand: {skus}"),
        ACCOUNTANT,
        4 * HOUR,
        ACCEPT,
        BLOCKS,
    ),
    _found(
        "below_cost",
        ("低于成本：实付 {goods}，成本 {cost}", "below cost: {goods} for what costs {cost}"),
        ACCOUNTANT,
        4 * HOUR,
        ACCEPT,
        BLOCKS,
    ),
    _found(
        "thin_margin",
        ("毛利率仅 {percent}%", "a margin of {percent}% only"),
        ACCOUNTANT,
        8 * HOUR,
        ACCEPT,
        NOTES,
        margin_bp=(500, "毛利率低于（万分比）", "margin below, basis points"),
    ),
    _found(
        "deep_discount",
        ("优惠达标价的 {percent}%", "{percent}% off the list price"),
        ACCOUNTANT,
        8 * HOUR,
        ACCEPT,
        BLOCKS,
        discount_bp=(5_000, "优惠比例达到（万分比）", "share taken off, basis points, from"),
    ),
    _found("price_changed", ("人工改价", "a price was set by hand"), ACCOUNTANT, 8 * HOUR, ACCEPT, NOTES),
    _found(
        "coupon_misuse",
        ("24 小时内 {orders} 单用券", "coupons in {orders} orders within 24 hours"),
        MERCHANDISER,
        8 * HOUR,
        ACCEPT,
        NOTES,
        orders=(3, "24 小时内用券订单数达到", "orders with coupons within 24 hours, from"),
    ),
    _found(
        "high_amount",
        ("金额 {total}", "it comes to {total}"),
        CLERK,
        4 * HOUR,
        ACCEPT,
        BLOCKS,
        total_minor=(1_000_000, "订单总额达到（最小货币单位）", "total from, minor units"),
    ),
)
BUYERS: Final = (
    _found(
        "buyer_blocked", ("客户已列入黑名单", "its buyer is blocked"), CLERK, 8 * HOUR, "members.unblock", BLOCKS, True
    ),
    _found(
        "many_refunds",
        (
            "客户此前退货 {orders} 单，请看过退货后确认",
            "its buyer returned {orders} orders before: look at them, and accept it",
        ),
        CLERK,
        8 * HOUR,
        ACCEPT,
        NOTES,
        orders=(3, "此前退货订单数达到", "orders returned before, from"),
    ),
    _found(
        "many_cancels",
        ("客户此前取消 {orders} 单", "its buyer canceled {orders} orders before"),
        CLERK,
        8 * HOUR,
        ACCEPT,
        NOTES,
        orders=(5, "此前取消订单数达到", "orders canceled before, from"),
    ),
    _found(
        "many_orders",
        ("客户 24 小时内下单 {orders} 单", "its buyer placed {orders} orders in 24 hours"),
        CLERK,
        4 * HOUR,
        ACCEPT,
        NOTES,
        orders=(10, "24 小时内下单数达到", "orders within 24 hours, from"),
    ),
    _found(
        "new_and_dear",
        ("新客大额：{total}", "a new buyer, and it comes to {total}"),
        CLERK,
        4 * HOUR,
        ACCEPT,
        BLOCKS,
        total_minor=(500_000, "新客订单总额达到（最小货币单位）", "total of a new buyer from, minor units"),
    ),
    _found(
        "duplicate",
        ("疑似重复下单：{number}", "it may be {number} over again"),
        CLERK,
        2 * HOUR,
        "orders.cancel",
        NOTES,
        True,
        within_minutes=(30, "多少分钟内", "within how many minutes"),
    ),
    _found(
        "risk",
        ("风险分 {score}：{parts}", "a risk score of {score}: {parts}"),
        CLERK,
        4 * HOUR,
        ACCEPT,
        BLOCKS,
        score=(60, "风险分达到", "score from"),
    ),
)
MONEY: Final = (
    _found(
        "part_paid",
        ("只付了 {paid}，应付 {total}", "{paid} of {total} paid only"),
        CLERK,
        8 * HOUR,
        "orders.create_pay_link",
        NOTES,
        True,
        Stage.OPEN,
        hours=(24, "下单多少小时后", "hours after it was placed"),
    ),
    _found(
        "balance_due",
        ("尾款支付期 {until} 结束", "the time to pay the balance ends at {until}"),
        CLERK,
        4 * HOUR,
        "orders.create_pay_link",
        NOTES,
        True,
        Stage.OPEN,
        hours=(24, "结束前多少小时", "hours before it ends"),
    ),
    _found(
        "hold_expiring",
        ("库存占用 {until} 到期，尚未付款", "unpaid, and its stock is held until {until} only"),
        CLERK,
        HOUR,
        "orders.create_pay_link",
        NOTES,
        False,
        Stage.OPEN,
        minutes_before=(30, "到期前多少分钟", "minutes before it ends"),
    ),
    _found(
        "over_credit",
        ("挂账超出信用额度：可用 {available}，需要 {wanted}", "credit allows {available}, not {wanted}"),
        ACCOUNTANT,
        4 * HOUR,
        "payments.set_credit_limit",
        BLOCKS,
    ),
    _found(
        "debt_overdue",
        ("账期 {due} 已过，尚欠 {open}", "{open} was due on {due}"),
        ACCOUNTANT,
        DAY,
        "orders.create_pay_link",
        NOTES,
        True,
    ),
    _found(
        "cod_high",
        ("货到付款金额 {open}", "{open} to be collected by the courier"),
        ACCOUNTANT,
        4 * HOUR,
        ACCEPT,
        BLOCKS,
        open_minor=(200_000, "代收金额达到（最小货币单位）", "to be collected, from, minor units"),
    ),
)
CHANNEL: Final = (
    _found(
        "refund_asked",
        ("买家在发货前申请退款", "the buyer asked for the money back before it left"),
        CLERK,
        2 * HOUR,
        "orders.cancel",
        BLOCKS,
        True,
        Stage.OPEN,
    ),
    _found(
        "channel_conflict",
        ("渠道状态为 {state}，与本单状态不符", "the channel says {state}, and it is open here"),
        CLERK,
        4 * HOUR,
        "orders.cancel",
        BLOCKS,
        True,
        Stage.OPEN,
    ),
    _found(
        "channel_price",
        ("渠道金额 {channel}，本单 {total}", "{channel} at the channel, {total} here"),
        ACCOUNTANT,
        8 * HOUR,
        ACCEPT,
        BLOCKS,
        True,
    ),
    _found(
        "currency_mismatch",
        ("渠道币种 {channel}，本单 {currency}", "{channel} at the channel, {currency} here"),
        ACCOUNTANT,
        8 * HOUR,
        ACCEPT,
        BLOCKS,
        True,
    ),
)
TIME: Final = (
    _found(
        "ship_by_near",
        ("须在 {until} 前发货", "it must leave before {until}"),
        PICKER,
        2 * HOUR,
        RECHECK,
        NOTES,
        True,
        hours=(4, "截止前多少小时", "hours before"),
    ),
    _found(
        "overdue_to_ship",
        ("发货已超时，应于 {until} 前发出", "it should have left before {until}"),
        PICKER,
        2 * HOUR,
        RECHECK,
        NOTES,
        True,
        hours=(48, "下单后多少小时内应发货（渠道未给出时限时）", "hours after it was placed, where no channel says"),
    ),
    Cause(
        code=LATE_PARCEL,
        zh="{days} 天未签收",
        en="not signed for in {days} days",
        owner=CLERK,
        minutes=DAY,
        action="orders.sign",
        blocks=False,
        detected=True,
        stage=Stage.SENT,
        limits={"days": Limit(value=10, zh="发货后多少天", en="days after it left")},
    ),
)

DETECTED: Final = (*ADDRESS, *REMARKS, *GOODS, *PRICES, *BUYERS, *MONEY, *CHANNEL, *TIME)

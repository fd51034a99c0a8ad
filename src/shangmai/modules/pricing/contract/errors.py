"""What pricing refuses, and what to do then."""

from shangmai.kernel.errors import Invalid


class PromotionInvalid(Invalid):
    """Promotion {code} cannot work as it is written: {problem}; correct that and save it again."""

    zh = "促销 {code} 按当前设置无法生效：{problem}；请更正后重新保存。"


class RefundTooLarge(Invalid):
    """Line {line} has {left_qty} pieces and {left_minor} minor units left to give back; ask for that at most."""

    zh = "第 {line} 行最多还可退 {left_qty} 件、{left_minor}（最小货币单位）；请不要超过此数。"


class RefundOfNothing(Invalid):
    """The order has no line {line} that can be refunded this way; take the line numbers from the order."""

    zh = "订单中没有可这样退的第 {line} 行；请使用订单上的行号。"


class FreightRefundTooLarge(Invalid):
    """{left_minor} minor units of freight are left to give back; ask for that at most."""

    zh = "运费最多还可退 {left_minor}（最小货币单位）；请不要超过此数。"


class GiftReturnTooLarge(Invalid):
    """{left_qty} pieces of this gift ({sku_id}) are with the buyer; take back that many at most."""

    zh = "此赠品（{sku_id}）在买家手中还有 {left_qty} 件；最多收回此数。"

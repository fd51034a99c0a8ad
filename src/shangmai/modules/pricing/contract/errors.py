"""What pricing refuses, and what to do then."""

from shangmai.kernel.errors import Invalid


class ConditionInvalid(Invalid):
    """The condition cannot be read ({problem}) near '{near}'; correct it there, as in: goods_minor >= 10000."""

    zh = "条件无法解析（{problem}），位置在“{near}”附近；请在此处改正，例如：goods_minor >= 10000。"


class FactUnknown(Invalid):
    """There is no fact '{field}' to write conditions with; use one of: {facts}."""

    zh = "条件中没有名为“{field}”的字段；可用字段：{facts}。"


class FactOfOtherKind(Invalid):
    """'{field}' is {kind}, which does not go with {other} in a condition; compare it with {kind}."""

    zh = "条件中的“{field}”是{kind}，不能与{other}一起使用；请与{kind}比较。"


class ConditionNotYesOrNo(Invalid):
    """The condition gives {kind}, and it must be true or false; compare it with something, as in: pieces >= 2."""

    zh = "条件的结果是{kind}，而它必须为真或假；请加上比较，例如：pieces >= 2。"


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

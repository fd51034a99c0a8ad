"""What kinds of orders there are."""

from __future__ import annotations

from enum import StrEnum

from shangmai.kernel.errors import Invalid, words


class OrderKind(StrEnum):
    """What an order is for: sold as usual; goods sent again for nothing; something sent for goods that come back; sold
    before it can be sent, with a deposit; sold to a business.
    """

    NORMAL = "normal"
    RESEND = "resend"
    EXCHANGE = "exchange"
    PRESALE = "presale"
    B2B = "b2b"


class KindNotPlaced(Invalid):
    """An order of the kind {kind} is not placed. Use orders.resend or orders.exchange on the order that it is for."""

    zh = "不能直接下{kind}订单。请在原订单上使用补发或换货。"
    zh_words = words(kind={"resend": "补发", "exchange": "换货"})

"""Finding exceptions: pure checks over what is known of an order. Each declared check is of one built-in cause."""

from shangmai.modules.orders.rules.exceptions import addresses, buyers, channel, goods, money, prices, remarks
from shangmai.modules.orders.rules.exceptions.situation import (
    CHECKS,
    Found,
    Later,
    Need,
    Placed,
    Situation,
    said_in,
)

__all__ = [
    "CHECKS", "Found", "Later", "Need", "Placed", "Situation", "addresses", "buyers", "channel", "goods", "money",
    "prices", "remarks", "said_in",
]  # fmt: skip

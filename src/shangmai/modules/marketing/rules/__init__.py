"""Pure decisions of marketing."""

from shangmai.modules.marketing.rules.baskets import Facts, basket_of, costs_of, in_force
from shangmai.modules.marketing.rules.comparing import Comparison, count_order
from shangmai.modules.marketing.rules.tally import Case, count, extra_orders
from shangmai.modules.marketing.rules.usage import Usage, is_limited

__all__ = [
    "Case",
    "Comparison",
    "Facts",
    "Usage",
    "basket_of",
    "costs_of",
    "count",
    "count_order",
    "extra_orders",
    "in_force",
    "is_limited",
]

"""Choosing the warehouses of an order, and of many orders that compete for what there is."""

from shangmai.modules.orders.rules.sourcing.many import Asked, Shared, lower_bound, nearest_many, source_many
from shangmai.modules.orders.rules.sourcing.one import STEPS_MAX, source
from shangmai.modules.orders.rules.sourcing.pools import Pool, Slice, withheld

__all__ = [
    "STEPS_MAX",
    "Asked",
    "Pool",
    "Shared",
    "Slice",
    "lower_bound",
    "nearest_many",
    "source",
    "source_many",
    "withheld",
]

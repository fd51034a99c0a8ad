"""The actions of pricing, and what other modules ask of it."""

from shangmai.modules.pricing.service.price_lists import (
    assign_price_list,
    close_price_list,
    create_price_list,
    remove_prices,
    set_prices,
    unassign_price_list,
)
from shangmai.modules.pricing.service.prices import find_prices

__all__ = [
    "assign_price_list",
    "close_price_list",
    "create_price_list",
    "find_prices",
    "remove_prices",
    "set_prices",
    "unassign_price_list",
]

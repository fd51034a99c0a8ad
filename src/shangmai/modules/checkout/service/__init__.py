"""Carts, checking out, and looking orders up without signing in."""

from shangmai.modules.checkout.service.acting import (
    answer_urge,
    cancel_order,
    cancel_part_of_order,
    confirm_receipt,
    urge,
)
from shangmai.modules.checkout.service.carts import add_to_cart, expire_carts, merge_cart, set_lines
from shangmai.modules.checkout.service.finding import (
    find_by_link,
    find_order,
    find_own,
    find_to_pay,
    list_own,
    prune_lookups,
)
from shangmai.modules.checkout.service.looking import guard_codes, quote, view_cart
from shangmai.modules.checkout.service.paying import pay_by_link
from shangmai.modules.checkout.service.placing import ERRORS, Wanted, place, place_wanted
from shangmai.modules.checkout.service.settings import save_pickup_point, set_settings, settings_of

__all__ = [
    "ERRORS",
    "Wanted",
    "add_to_cart",
    "answer_urge",
    "cancel_order",
    "cancel_part_of_order",
    "confirm_receipt",
    "expire_carts",
    "find_by_link",
    "find_order",
    "find_own",
    "find_to_pay",
    "guard_codes",
    "list_own",
    "merge_cart",
    "pay_by_link",
    "place",
    "place_wanted",
    "prune_lookups",
    "quote",
    "save_pickup_point",
    "set_lines",
    "set_settings",
    "settings_of",
    "urge",
    "view_cart",
]

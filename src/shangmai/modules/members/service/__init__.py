"""The actions of members, and what other modules ask about customers and their points."""

from shangmai.modules.members.service.customers import (
    add_address,
    erase,
    erased_among,
    find_by_refs,
    get_customers,
    levels_of,
    read_customer,
    register,
    remove_address,
    set_default_address,
    set_level,
    shops_of,
    unmask,
    update,
)
from shangmai.modules.members.service.earning import (
    earn_points,
    take_points_back,
)
from shangmai.modules.members.service.points import (
    adjust_points,
    expire_points,
    get_points,
    get_points_policy,
    list_points_lines,
    prove,
    set_points_policy,
)
from shangmai.modules.members.service.spending import (
    give_points_back,
    hold_points,
    points_available,
    settle_points,
)

__all__ = [
    "add_address",
    "adjust_points",
    "earn_points",
    "erase",
    "erased_among",
    "expire_points",
    "find_by_refs",
    "get_customers",
    "get_points",
    "get_points_policy",
    "give_points_back",
    "hold_points",
    "levels_of",
    "list_points_lines",
    "points_available",
    "prove",
    "read_customer",
    "register",
    "remove_address",
    "set_default_address",
    "set_level",
    "set_points_policy",
    "settle_points",
    "shops_of",
    "take_points_back",
    "unmask",
    "update",
]

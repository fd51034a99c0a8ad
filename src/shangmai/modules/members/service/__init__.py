"""Who buys: the actions on customers and their points, customers signing in, and what other modules ask."""

from shangmai.modules.members.contract.signing_in import (
    SESSION_PREFIX,
)
from shangmai.modules.members.service.acting import (
    actor_of_customer,
    customer_of,
    find_by_session,
    find_customer_of,
    shop_of,
)
from shangmai.modules.members.service.blocking import block, blocked_among, unblock
from shangmai.modules.members.service.customers import (
    add_address,
    erase,
    erased_among,
    find_by_refs,
    get_customers,
    levels_of,
    read_clear,
    read_customer,
    register,
    remove_address,
    set_default_address,
    set_level,
    shops_of,
    shops_of_customers,
    standing_of,
    unmask,
    update,
)
from shangmai.modules.members.service.earning import (
    earn_points,
    take_points_back,
)
from shangmai.modules.members.service.own import (
    add_own_address,
    remove_own_address,
    set_own_default_address,
    set_own_password,
    update_own,
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
from shangmai.modules.members.service.sending import (
    LogSender,
    use_code_sender,
)
from shangmai.modules.members.service.signing_in import (
    ask_code,
    prune,
    sign_in_by_code,
    sign_in_by_password,
    sign_out,
)
from shangmai.modules.members.service.spending import (
    give_points_back,
    hold_points,
    points_available,
    settle_points,
)

__all__ = [
    "SESSION_PREFIX",
    "LogSender",
    "actor_of_customer",
    "add_address",
    "add_own_address",
    "adjust_points",
    "ask_code",
    "block",
    "blocked_among",
    "customer_of",
    "earn_points",
    "erase",
    "erased_among",
    "expire_points",
    "find_by_refs",
    "find_by_session",
    "find_customer_of",
    "get_customers",
    "get_points",
    "get_points_policy",
    "give_points_back",
    "hold_points",
    "levels_of",
    "list_points_lines",
    "points_available",
    "prove",
    "prune",
    "read_clear",
    "read_customer",
    "register",
    "remove_address",
    "remove_own_address",
    "set_default_address",
    "set_level",
    "set_own_default_address",
    "set_own_password",
    "set_points_policy",
    "settle_points",
    "shop_of",
    "shops_of",
    "shops_of_customers",
    "sign_in_by_code",
    "sign_in_by_password",
    "sign_out",
    "standing_of",
    "take_points_back",
    "unblock",
    "unmask",
    "update",
    "update_own",
    "use_code_sender",
]

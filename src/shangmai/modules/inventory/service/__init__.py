"""The actions on stock, and what orders ask of it."""

from shangmai.modules.inventory.service.allotting import numbers as channel_numbers
from shangmai.modules.inventory.service.channels import (
    channel_changes,
    channel_stock,
    count_page,
    follow_channels,
    lock_channel_stock,
    set_channel_share,
    unlock_channel_stock,
)
from shangmai.modules.inventory.service.holding_again import hold_again
from shangmai.modules.inventory.service.looking import (
    average_costs,
    gone_since,
    held_of,
    held_until,
    on_hand,
    places_of_documents,
    skus_of_documents,
)
from shangmai.modules.inventory.service.parting import free, held_at, move_holds, ship
from shangmai.modules.inventory.service.places import (
    assign_warehouse,
    create_warehouse,
    find_selling_places,
    find_warehouse,
    get_warehouses,
    set_warehouse_region,
    warehouses_of_companies,
    warehouses_of_shops,
)
from shangmai.modules.inventory.service.posting import adjust, post_adjustments, post_receipts, receive, set_safety
from shangmai.modules.inventory.service.promising import (
    available,
    docs_due,
    hold,
    keep,
    on_the_way,
    prove,
    release,
    take_back,
    unit_costs,
)
from shangmai.modules.inventory.service.transfers import arrive_transfer, regrade, send_transfer

__all__ = [
    "adjust",
    "arrive_transfer",
    "assign_warehouse",
    "available",
    "average_costs",
    "channel_changes",
    "channel_numbers",
    "channel_stock",
    "count_page",
    "create_warehouse",
    "docs_due",
    "find_selling_places",
    "find_warehouse",
    "follow_channels",
    "free",
    "get_warehouses",
    "gone_since",
    "held_at",
    "held_of",
    "held_until",
    "hold",
    "hold_again",
    "keep",
    "lock_channel_stock",
    "move_holds",
    "on_hand",
    "on_the_way",
    "places_of_documents",
    "post_adjustments",
    "post_receipts",
    "prove",
    "receive",
    "regrade",
    "release",
    "send_transfer",
    "set_channel_share",
    "set_safety",
    "set_warehouse_region",
    "ship",
    "skus_of_documents",
    "take_back",
    "unit_costs",
    "unlock_channel_stock",
    "warehouses_of_companies",
    "warehouses_of_shops",
]

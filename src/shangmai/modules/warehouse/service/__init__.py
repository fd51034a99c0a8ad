"""The actions of the warehouse, and what other modules ask of it."""

from shangmai.modules.warehouse.service.moving import in_bins, list_unplaced, place, take, unplaced_of, wait_turn
from shangmai.modules.warehouse.service.places import (
    find_bins,
    floor_policies,
    get_bins,
    save_bins,
    save_zone,
    set_floor_policy,
)
from shangmai.modules.warehouse.service.proving import prove
from shangmai.modules.warehouse.service.working import move_bins, put_away

__all__ = [
    "find_bins",
    "floor_policies",
    "get_bins",
    "in_bins",
    "list_unplaced",
    "move_bins",
    "place",
    "prove",
    "put_away",
    "save_bins",
    "save_zone",
    "set_floor_policy",
    "take",
    "unplaced_of",
    "wait_turn",
]

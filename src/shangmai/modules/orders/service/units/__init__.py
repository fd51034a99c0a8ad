"""Fulfilment units: made of orders that may leave, released to the warehouse, split, merged, moved, shipped."""

from shangmai.modules.orders.service.units.arranging import (
    move_unit,
    recall_held_back,
    recall_unit,
    release_due_units,
    release_unit,
    set_unit_policy,
    split_unit,
    unit_policy_of,
)
from shangmai.modules.orders.service.units.dating import set_ship_date
from shangmai.modules.orders.service.units.flooring import released_in, tell_floor
from shangmai.modules.orders.service.units.handing_over import ship_handed_over
from shangmai.modules.orders.service.units.looking import alike, get_unit, is_with_warehouse
from shangmai.modules.orders.service.units.making import arrange
from shangmai.modules.orders.service.units.merging import merge_units, unmerge_unit
from shangmai.modules.orders.service.units.sending import ship_unit

__all__ = [
    "alike",
    "arrange",
    "get_unit",
    "is_with_warehouse",
    "merge_units",
    "move_unit",
    "recall_held_back",
    "recall_unit",
    "release_due_units",
    "release_unit",
    "released_in",
    "set_ship_date",
    "set_unit_policy",
    "ship_handed_over",
    "ship_unit",
    "split_unit",
    "tell_floor",
    "unit_policy_of",
    "unmerge_unit",
]

"""The actions of the warehouse, and what other modules ask of it."""

from shangmai.modules.warehouse.service.approving import approve_count, differences_of, expected_in, stock_accuracy
from shangmai.modules.warehouse.service.counting import cancel_count, count_bin, get_count, open_count, propose_counts
from shangmai.modules.warehouse.service.following import follow_stock
from shangmai.modules.warehouse.service.lots import lot_rules, record_picked, save_lot, set_lot_rule, set_lot_state
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
from shangmai.modules.warehouse.service.receiving import close_notice, notify_receipt, receive_notice
from shangmai.modules.warehouse.service.suggesting import suggest_bins, turnover_of
from shangmai.modules.warehouse.service.working import move_bins, put_away

__all__ = [
    "approve_count",
    "cancel_count",
    "close_notice",
    "count_bin",
    "differences_of",
    "expected_in",
    "find_bins",
    "floor_policies",
    "follow_stock",
    "get_bins",
    "get_count",
    "in_bins",
    "list_unplaced",
    "lot_rules",
    "move_bins",
    "notify_receipt",
    "open_count",
    "place",
    "propose_counts",
    "prove",
    "put_away",
    "receive_notice",
    "record_picked",
    "save_bins",
    "save_lot",
    "save_zone",
    "set_floor_policy",
    "set_lot_rule",
    "set_lot_state",
    "stock_accuracy",
    "suggest_bins",
    "take",
    "turnover_of",
    "unplaced_of",
    "wait_turn",
]

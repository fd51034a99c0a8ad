"""The actions of the warehouse, and what other modules ask of it."""

from shangmai.modules.warehouse.service.approving import approve_count, differences_of, expected_in, stock_accuracy
from shangmai.modules.warehouse.service.asking import (
    ask,
    change,
    known_among,
    leave,
    on_floor,
    out_of_hands,
    set_aside,
    shorts_of,
    stop,
)
from shangmai.modules.warehouse.service.boxing import add_box, remove_box
from shangmai.modules.warehouse.service.bulk import plan_transfer
from shangmai.modules.warehouse.service.cartons import advise, save_cartons
from shangmai.modules.warehouse.service.counting import cancel_count, count_bin, get_count, open_count, propose_counts
from shangmai.modules.warehouse.service.dispatching import cancel_transfer, ship_transfer, start_transfer
from shangmai.modules.warehouse.service.doubting import count_doubted, trust_counted
from shangmai.modules.warehouse.service.following import follow_stock, wanted_of_stock
from shangmai.modules.warehouse.service.handing import hand_over, set_waybill, weigh
from shangmai.modules.warehouse.service.looking import open_tasks, ready_to_pack, shortest_mm, waiting_in, walked_mm
from shangmai.modules.warehouse.service.lots import lot_rules, record_picked, save_lot, set_lot_rule, set_lot_state
from shangmai.modules.warehouse.service.moving import in_bins, list_unplaced, place, take, unplaced_of, wait_turn
from shangmai.modules.warehouse.service.packing import finish_pack, pack_next, pack_scan, packing_of
from shangmai.modules.warehouse.service.picking import get_task, pick, report_short, start_pick
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
from shangmai.modules.warehouse.service.serials import register_serials, send_serials
from shangmai.modules.warehouse.service.sowing import end_short, put_back, refill, sow
from shangmai.modules.warehouse.service.suggesting import suggest_bins, turnover_of
from shangmai.modules.warehouse.service.transferring import arrive_in_bin, send_from_bins
from shangmai.modules.warehouse.service.waving import (
    cancel_wave,
    make_wave,
    make_waves,
    release_wave,
    wave_due,
    waves_due,
)
from shangmai.modules.warehouse.service.working import move_bins, put_away

__all__ = [
    "add_box",
    "advise",
    "approve_count",
    "arrive_in_bin",
    "ask",
    "cancel_count",
    "cancel_transfer",
    "cancel_wave",
    "change",
    "close_notice",
    "count_bin",
    "count_doubted",
    "differences_of",
    "end_short",
    "expected_in",
    "find_bins",
    "finish_pack",
    "floor_policies",
    "follow_stock",
    "get_bins",
    "get_count",
    "get_task",
    "hand_over",
    "in_bins",
    "known_among",
    "leave",
    "list_unplaced",
    "lot_rules",
    "make_wave",
    "make_waves",
    "move_bins",
    "notify_receipt",
    "on_floor",
    "open_count",
    "open_tasks",
    "out_of_hands",
    "pack_next",
    "pack_scan",
    "packing_of",
    "pick",
    "place",
    "plan_transfer",
    "propose_counts",
    "prove",
    "put_away",
    "put_back",
    "ready_to_pack",
    "receive_notice",
    "record_picked",
    "refill",
    "register_serials",
    "release_wave",
    "remove_box",
    "report_short",
    "save_bins",
    "save_cartons",
    "save_lot",
    "save_zone",
    "send_from_bins",
    "send_serials",
    "set_aside",
    "set_floor_policy",
    "set_lot_rule",
    "set_lot_state",
    "set_waybill",
    "ship_transfer",
    "shortest_mm",
    "shorts_of",
    "sow",
    "start_pick",
    "start_transfer",
    "stock_accuracy",
    "stop",
    "suggest_bins",
    "take",
    "trust_counted",
    "turnover_of",
    "unplaced_of",
    "wait_turn",
    "waiting_in",
    "walked_mm",
    "wanted_of_stock",
    "wave_due",
    "waves_due",
    "weigh",
]

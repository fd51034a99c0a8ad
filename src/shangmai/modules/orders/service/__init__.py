"""The actions on orders, one file a journey."""

from shangmai.modules.orders.service.auditing import (
    approve,
    audit,
    audit_due,
    audit_policy_of,
    due_audits,
    hold,
    pass_finance_audit,
    release,
    set_audit_policy,
)
from shangmai.modules.orders.service.back_testing import back_test
from shangmai.modules.orders.service.canceling import cancel, due_orders, expire, expire_balance
from shangmai.modules.orders.service.completing import sign_due
from shangmai.modules.orders.service.deferring import defer_payment
from shangmai.modules.orders.service.demanding import compare_demands, order_demand
from shangmai.modules.orders.service.editing import add_gift, swap_goods
from shangmai.modules.orders.service.exceptions import (
    accept_exception,
    causes_of,
    check,
    define_cause,
    escalate_exceptions,
    handle_remark,
    note_channel,
    note_exception,
    paid_among,
    policy_of,
    raise_exception,
    recheck,
    recheck_around,
    set_exception_policy,
    set_remark,
    snooze_exception,
    take_exception,
    to_look_at,
    watch_orders,
)
from shangmai.modules.orders.service.exchanging import exchange, goods_came_back
from shangmai.modules.orders.service.forgetting import forget_receivers
from shangmai.modules.orders.service.funding import list_funders, note_funders
from shangmai.modules.orders.service.holding_back import hold_back, let_go
from shangmai.modules.orders.service.linking import order_link, order_of_link, order_to_pay, pay_link
from shangmai.modules.orders.service.looking_back import Sent, sent_of
from shangmai.modules.orders.service.noting import notes_page, tell_workers, write_note
from shangmai.modules.orders.service.part_canceling import cancel_part
from shangmai.modules.orders.service.paying import (
    create_pay_link,
    lock_received,
    mark_paid,
    pay,
    start_payment,
)
from shangmai.modules.orders.service.placing import OFFER_ERRORS, place, place_offered, preview, preview_offered
from shangmai.modules.orders.service.preferring import prefer
from shangmai.modules.orders.service.previewing import preview_table
from shangmai.modules.orders.service.profiting import profit_of
from shangmai.modules.orders.service.proving import prove
from shangmai.modules.orders.service.readdressing import correct_address
from shangmai.modules.orders.service.receiving import find_by_numbers, receiver_of
from shangmai.modules.orders.service.repricing import change_price
from shangmai.modules.orders.service.resending import resend
from shangmai.modules.orders.service.returning import return_goods
from shangmai.modules.orders.service.reviving import late_policy_of, set_late_payment
from shangmai.modules.orders.service.seeing_receivers import masked_receiver, show_receiver
from shangmai.modules.orders.service.selling import count_sold, sold
from shangmai.modules.orders.service.sheets import price_sheet, quote_sheet
from shangmai.modules.orders.service.shipping import ship, sign
from shangmai.modules.orders.service.shortages import find_shortages
from shangmai.modules.orders.service.sourcing import plan as plan_sourcing
from shangmai.modules.orders.service.sourcing import sourcing_of
from shangmai.modules.orders.service.spending import earn
from shangmai.modules.orders.service.tracing import (
    find_by_external_no,
    find_order,
    get_detail,
    get_lines,
    get_orders,
    orders_of_customer,
    parcels_of,
    pieces_moved,
    pieces_ordered,
    preferences_of,
    trace,
    trace_page,
)
from shangmai.modules.orders.service.units import (
    alike,
    arrange,
    get_unit,
    is_with_warehouse,
    merge_units,
    move_unit,
    recall_held_back,
    recall_unit,
    release_due_units,
    release_unit,
    released_in,
    set_ship_date,
    set_unit_policy,
    ship_handed_over,
    ship_unit,
    split_unit,
    tell_floor,
    unit_policy_of,
    unmerge_unit,
)
from shangmai.modules.orders.service.working import work_list

__all__ = [
    "OFFER_ERRORS",
    "Sent",
    "accept_exception",
    "add_gift",
    "alike",
    "approve",
    "arrange",
    "audit",
    "audit_due",
    "audit_policy_of",
    "back_test",
    "cancel",
    "cancel_part",
    "causes_of",
    "change_price",
    "check",
    "compare_demands",
    "correct_address",
    "count_sold",
    "create_pay_link",
    "defer_payment",
    "define_cause",
    "due_audits",
    "due_orders",
    "earn",
    "escalate_exceptions",
    "exchange",
    "expire",
    "expire_balance",
    "find_by_external_no",
    "find_by_numbers",
    "find_order",
    "find_shortages",
    "forget_receivers",
    "get_detail",
    "get_lines",
    "get_orders",
    "get_unit",
    "goods_came_back",
    "handle_remark",
    "hold",
    "hold_back",
    "is_with_warehouse",
    "late_policy_of",
    "let_go",
    "list_funders",
    "lock_received",
    "mark_paid",
    "masked_receiver",
    "merge_units",
    "move_unit",
    "note_channel",
    "note_exception",
    "note_funders",
    "notes_page",
    "order_demand",
    "order_link",
    "order_of_link",
    "order_to_pay",
    "orders_of_customer",
    "paid_among",
    "parcels_of",
    "pass_finance_audit",
    "pay",
    "pay_link",
    "pieces_moved",
    "pieces_ordered",
    "place",
    "place_offered",
    "plan_sourcing",
    "policy_of",
    "prefer",
    "preferences_of",
    "preview",
    "preview_offered",
    "preview_table",
    "price_sheet",
    "profit_of",
    "prove",
    "quote_sheet",
    "raise_exception",
    "recall_held_back",
    "recall_unit",
    "receiver_of",
    "recheck",
    "recheck_around",
    "release",
    "release_due_units",
    "release_unit",
    "released_in",
    "resend",
    "return_goods",
    "sent_of",
    "set_audit_policy",
    "set_exception_policy",
    "set_late_payment",
    "set_remark",
    "set_ship_date",
    "set_unit_policy",
    "ship",
    "ship_handed_over",
    "ship_unit",
    "show_receiver",
    "sign",
    "sign_due",
    "snooze_exception",
    "sold",
    "sourcing_of",
    "split_unit",
    "start_payment",
    "swap_goods",
    "take_exception",
    "tell_floor",
    "tell_workers",
    "to_look_at",
    "trace",
    "trace_page",
    "unit_policy_of",
    "unmerge_unit",
    "watch_orders",
    "work_list",
    "write_note",
]

"""Exceptions: finding them, clearing them when their cause goes, and working on them."""

from shangmai.modules.orders.service.exceptions.affected import recheck_around
from shangmai.modules.orders.service.exceptions.checking import check, paid_among, recheck, to_look_at, watch_orders
from shangmai.modules.orders.service.exceptions.escalating import escalate_exceptions
from shangmai.modules.orders.service.exceptions.noting import handle_remark, note_channel, set_remark
from shangmai.modules.orders.service.exceptions.policies import (
    causes_of,
    define_cause,
    policy_of,
    set_exception_policy,
    that_wait,
)
from shangmai.modules.orders.service.exceptions.working import (
    accept_exception,
    note_exception,
    raise_exception,
    snooze_exception,
    take_exception,
)

__all__ = [
    "accept_exception",
    "causes_of",
    "check",
    "define_cause",
    "escalate_exceptions",
    "handle_remark",
    "note_channel",
    "note_exception",
    "paid_among",
    "policy_of",
    "raise_exception",
    "recheck",
    "recheck_around",
    "set_exception_policy",
    "set_remark",
    "snooze_exception",
    "take_exception",
    "that_wait",
    "to_look_at",
    "watch_orders",
]  # fmt: skip

"""The actions after the sale: what buyers ask for, and what the shop answers."""

from shangmai.modules.aftersales.service.asking import (
    ask,
    ask_by_link,
    cancel,
    cancel_by_link,
    keep_picture_by_link,
    look,
    look_by_link,
    send_back,
    send_back_by_link,
)
from shangmai.modules.aftersales.service.deciding import approve, receive, refuse, set_policy

__all__ = [
    "approve",
    "ask",
    "ask_by_link",
    "cancel",
    "cancel_by_link",
    "keep_picture_by_link",
    "look",
    "look_by_link",
    "receive",
    "refuse",
    "send_back",
    "send_back_by_link",
    "set_policy",
]

"""Campaigns: groups, and trying one before anyone sees it."""

from shangmai.modules.marketing.service.closing import close_group, due_groups, follow_orders, prove
from shangmai.modules.marketing.service.groups import join_group, open_group, set_group_terms
from shangmai.modules.marketing.service.looking import get_group, list_open_groups
from shangmai.modules.marketing.service.replaying import replay
from shangmai.modules.marketing.service.what_if import get_what_if, list_what_ifs, start_what_if, stop_what_if

__all__ = [
    "close_group",
    "due_groups",
    "follow_orders",
    "get_group",
    "get_what_if",
    "join_group",
    "list_open_groups",
    "list_what_ifs",
    "open_group",
    "prove",
    "replay",
    "set_group_terms",
    "start_what_if",
    "stop_what_if",
]

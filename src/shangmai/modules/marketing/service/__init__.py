"""Campaigns: groups, bargains, pre-sales, and trying one before anyone sees it."""

from shangmai.modules.marketing.service.bargains import (
    buy_bargain,
    follow_canceled,
    get_bargain,
    help_bargain,
    set_bargain_terms,
    start_bargain,
)
from shangmai.modules.marketing.service.closing import close_group, due_groups, follow_orders
from shangmai.modules.marketing.service.flash import buy_flash, flash_sales_shown, list_flash_sales, open_flash_sale
from shangmai.modules.marketing.service.groups import join_group, open_group, set_group_terms
from shangmai.modules.marketing.service.looking import get_group, list_open_groups
from shangmai.modules.marketing.service.offering import bargain_shown, group_shown, offers_shown
from shangmai.modules.marketing.service.presales import close_presale, due_presales, place_presale, set_presale_terms
from shangmai.modules.marketing.service.proving import prove
from shangmai.modules.marketing.service.replaying import replay
from shangmai.modules.marketing.service.what_if import get_what_if, list_what_ifs, start_what_if, stop_what_if

__all__ = [
    "bargain_shown",
    "buy_bargain",
    "buy_flash",
    "close_group",
    "close_presale",
    "due_groups",
    "due_presales",
    "flash_sales_shown",
    "follow_canceled",
    "follow_orders",
    "get_bargain",
    "get_group",
    "get_what_if",
    "group_shown",
    "help_bargain",
    "join_group",
    "list_flash_sales",
    "list_open_groups",
    "list_what_ifs",
    "offers_shown",
    "open_flash_sale",
    "open_group",
    "place_presale",
    "prove",
    "replay",
    "set_bargain_terms",
    "set_group_terms",
    "set_presale_terms",
    "start_bargain",
    "start_what_if",
    "stop_what_if",
]

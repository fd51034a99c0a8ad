"""Exceptions of what the channel says of an order."""

from __future__ import annotations

from shangmai.modules.orders.contract.exceptions import ChannelState
from shangmai.modules.orders.rules.exceptions.situation import Found, Limits, Need, Situation, detects


@detects("refund_asked", Need.PARTICULARS)
def refund_asked(s: Situation, _: Limits) -> Found | None:
    return Found({}, {"reason": "买家申请退款"}) if s.particulars.channel_state == ChannelState.REFUNDING else None


@detects("channel_conflict", Need.PARTICULARS)
def channel_conflict(s: Situation, _: Limits) -> Found | None:
    """It is closed there, or has left as they see it, and here it is open."""
    if s.particulars.channel_state not in (ChannelState.CLOSED, ChannelState.SHIPPED):
        return None
    return Found({"state": s.particulars.channel_raw or s.particulars.channel_state}, {"reason": "渠道已关闭"})


@detects("channel_price", Need.PARTICULARS)
def channel_price(s: Situation, _: Limits) -> Found | None:
    """In one currency; another one is another exception."""
    there, currency = s.particulars.channel_total_minor, s.particulars.channel_currency or s.order.currency
    if there is None or currency != s.order.currency or there == s.order.total_minor:
        return None
    return Found({"channel": s.money(there), "total": s.money(s.order.total_minor)})


@detects("currency_mismatch", Need.PARTICULARS)
def currency_mismatch(s: Situation, _: Limits) -> Found | None:
    there = s.particulars.channel_currency
    if not there or there == s.order.currency:
        return None
    return Found({"channel": there, "currency": s.order.currency})

"""Exceptions of what buyers and sellers have written."""

from __future__ import annotations

from shangmai.modules.orders.rules.exceptions.situation import Found, Limits, Need, Situation, detects, words


@detects("buyer_remark", Need.AROUND, Need.PARTICULARS)
def buyer_remark(s: Situation, _: Limits) -> Found | None:
    return Found() if s.seen.note.strip() and s.particulars.handled_at is None else None


@detects("seller_flag", Need.PARTICULARS)
def seller_flag(s: Situation, limits: Limits) -> Found | None:
    flag = s.particulars.flag
    return (
        Found({"flag": flag}, {"flag": "", "remark": s.particulars.remark}) if flag in words(limits, "flags") else None
    )


@detects("keyword", Need.AROUND, Need.PARTICULARS)
def keyword(s: Situation, limits: Limits) -> Found | None:
    """In the buyer's remark until it was seen to, and in the seller's own."""
    text = s.particulars.remark if s.particulars.handled_at else f"{s.seen.note} {s.particulars.remark}"
    word = next((each for each in words(limits, "words") if each.lower() in text.lower()), None)
    return None if word is None else Found({"word": word})

"""The causes that hold orders back: who must see to them, until when, and what to do."""

from __future__ import annotations

from typing import Final

from msgspec import Struct


class Cause(Struct, frozen=True, kw_only=True):
    """A kind of exception (异常).

    `owner`: the role whose work it is; `minutes`: until it should be seen to; `action`: what usually ends it.
    `zh`, `en`: said where whoever holds the order back says nothing of its own.
    """

    code: str
    zh: str
    en: str
    owner: str
    minutes: int | None = None
    action: str = ""


def _cause(code: str, zh: str, en: str, owner: str, minutes: int | None, action: str) -> Cause:
    return Cause(code=code, zh=zh, en=en, owner=owner, minutes=minutes, action=action)


TO_AUDIT: Final = "orders.to_audit"
AUDIT_HOLD: Final = "orders.audit_hold"
FINANCE_AUDIT: Final = "orders.finance_audit"
APPROVAL: Final = "orders.approval"
BY_HAND: Final = "orders.by_hand"

CAUSES: Final[dict[str, Cause]] = {
    cause.code: cause
    for cause in (
        _cause(TO_AUDIT, "等待审核", "it waits for its audit", "clerk", None, "orders.audit"),
        _cause(AUDIT_HOLD, "审核挂起", "the audit holds it", "clerk", 4 * 60, "orders.release"),
        _cause(
            FINANCE_AUDIT, "待财务审核", "finance must look at it", "accountant", 8 * 60, "orders.pass_finance_audit"
        ),
        _cause(APPROVAL, "待审批", "somebody must approve it", "owner", 24 * 60, "orders.approve"),
        _cause(BY_HAND, "人工挂起", "it was held by hand", "clerk", 24 * 60, "orders.release"),
    )
}

"""The causes of exceptions (异常): who must see to them, until when, what to do, and whether the order may leave."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

LimitValue = int | tuple[str, ...]
"""A threshold: a number (money in minor units, shares in basis points), or a list of words."""


class Stage(StrEnum):
    """When a cause is looked for: any time before it leaves, once it may leave, or after it has left."""

    OPEN = "open"
    READY = "ready"
    SENT = "sent"


class Limit(Struct, frozen=True, kw_only=True):
    """A threshold of a cause that a company may set; `value` counts where it has not."""

    value: LimitValue
    zh: str
    en: str


class Cause(Struct, frozen=True, kw_only=True):
    """A kind of exception.

    `owner`: the role whose work it is; `minutes`: until it should be seen to; `action`: what usually ends it. `zh`,
    `en`: what it says, with what was found in braces. `blocks`: the order must not leave meanwhile. `detected`: found
    and cleared by the system itself, where it is `on`. `grant`: needed to accept the order as it is, where that can be.
    """

    code: str
    zh: str
    en: str
    owner: str
    minutes: int | None = None
    action: str = ""
    blocks: bool = True
    detected: bool = False
    on: bool = True
    stage: Stage = Stage.READY
    limits: dict[str, Limit] = {}
    grant: str = ""


TO_AUDIT: Final = "orders.to_audit"
AUDIT_HOLD: Final = "orders.audit_hold"
FINANCE_AUDIT: Final = "orders.finance_audit"
APPROVAL: Final = "orders.approval"
BY_HAND: Final = "orders.by_hand"
SHORT: Final = "orders.short"
PART_SHORT: Final = "orders.part_short"
"""Instead of `SHORT`, where enough of an order is in stock to send that before the rest."""
GIFT_SHORT: Final = "orders.gift_short"
FLOOR_SHORT: Final = "orders.floor_short"
LATE_PARCEL: Final = "orders.late_parcel"
PARCEL: Final = "orders.parcel"
RETURN_AWAITED: Final = "orders.return_awaited"
HOLD_EXPIRING: Final = "orders.hold_expiring"
OWN: Final = "own."
"""What codes of a company's own causes begin with."""
ACCEPT: Final = "orders.accept_exception"
GRANT_OF_OWNER: Final = {"clerk": "orders.release", "accountant": "orders.pass_finance_audit"}
"""The grant that lets a role's exceptions pass; those of other roles need `orders.approve`."""

CauseCode = Annotated[
    str, Meta(pattern=r"^[a-z_]{1,30}\.[a-z0-9_]{1,40}$(?!\n)", description="Of the cause. 异常原因编码。")
]


def grant_of(owner: str) -> str:
    """The grant that lets exceptions of a role pass."""
    return GRANT_OF_OWNER.get(owner, "orders.approve")


def _by_audit(code: str, zh: str, en: str, owner: str, minutes: int | None, action: str) -> Cause:
    return Cause(code=code, zh=zh, en=en, owner=owner, minutes=minutes, action=action)


AUDIT_CAUSES: Final = (
    _by_audit(TO_AUDIT, "等待审核", "it waits for its audit", "clerk", None, "orders.audit"),
    _by_audit(AUDIT_HOLD, "审核挂起", "the audit holds it", "clerk", 4 * 60, "orders.release"),
    _by_audit(
        FINANCE_AUDIT, "待财务审核", "finance must look at it", "accountant", 8 * 60, "orders.pass_finance_audit"
    ),
    _by_audit(APPROVAL, "待审批", "somebody must approve it", "owner", 24 * 60, "orders.approve"),
    _by_audit(BY_HAND, "人工挂起", "it was held by hand", "clerk", 24 * 60, "orders.release"),
)

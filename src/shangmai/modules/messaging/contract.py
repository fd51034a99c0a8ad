"""Notices, to whom they go, and up to where they are read."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Denied, NotFound
from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder
from shangmai.modules.organization.contract import ShopId

register_folder("messaging", Path(__file__).parent)

NoticeId = NewType("NoticeId", UUID)
OWN: Final = "identity.self"
"""Everybody who is signed in has notices."""
TEXT_CHARS_MAX: Final = 300
DAYS_KEPT: Final = 60


class NoticeKind(StrEnum):
    """What a notice is about."""

    MENTION = "mention"
    EXCEPTIONS = "exceptions"
    OVERDUE = "overdue"
    FINISHED = "finished"
    AFTER_SALE = "after_sale"


class NewNotice(Struct, frozen=True, kw_only=True):
    """A notice to write: to one person (`user_id`), or to all who hold a grant. `link`: a page of the admin."""

    kind: NoticeKind
    zh: str
    en: str
    link: str
    user_id: UUID | None = None
    grant: str = ""
    shop_id: ShopId | None = None


class StaffNotice(Struct, frozen=True, kw_only=True):
    """A notice as its reader gets it. `link` is a path below /admin. 通知。"""

    id: NoticeId
    at: datetime
    kind: NoticeKind
    zh: str
    en: str
    link: str
    is_read: bool


class Unread(Struct, frozen=True, kw_only=True):
    """How many notices wait to be read; counted up to 100. 未读通知数。"""

    count: int


class ReadNotices(Struct, frozen=True, kw_only=True):
    """Have read this notice and all before it. 标记已读。"""

    up_to: Annotated[NoticeId, Meta(description="The newest notice that was read. 已读到的通知。")]


class NoteFinished(Struct, frozen=True, kw_only=True):
    """Leave yourself a notice of work that has ended. `link`: a path below /admin. 给自己留一条完成通知。"""

    zh: Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX, pattern=r"\S")]
    en: Annotated[str, Meta(min_length=1, max_length=TEXT_CHARS_MAX, pattern=r"\S")]
    link: Annotated[str, Meta(max_length=500, pattern=r"^/([^/\\]|$)", description="A path below /admin. 后台路径。")]


class Told(Struct, frozen=True, kw_only=True):
    """How many notices were written. 已写通知数。"""

    count: int


class NobodyToTell(Denied):
    """Notices are for people; sign in as one instead of using an API key."""

    zh = "通知只发给人；请用员工账号登录，不要用 API 密钥。"


class ForgetNotices(Struct, frozen=True, kw_only=True):
    """Remove so many notices at most that are too old to matter. 清理旧通知。"""

    limit: Annotated[int, Meta(ge=1, le=10_000)] = 2_000


class Forgotten(Struct, frozen=True, kw_only=True):
    """How many were removed; `more`: others may wait."""

    count: int
    more: bool


@event("messaging.told.v1", key="notice_id")
class StaffTold(Struct, frozen=True, kw_only=True):
    """There is a notice."""

    notice_id: NoticeId


class NoticeNotFound(NotFound):
    """There is no notice {notice_id} for you."""

    zh = "没有发给你的通知 {notice_id}。"


OF_CUSTOMERS: Final = "messaging.own"
"""The grant of what customers do with their notices."""


class CustomerNoticeKind(StrEnum):
    """What a customer is told of. 发货、退款、取消、售后进度。"""

    SHIPPED = "shipped"
    REFUNDED = "refunded"
    CANCELED = "canceled"
    AFTER_SALE = "after_sale"


class NewCustomerNotice(Struct, frozen=True, kw_only=True):
    """A notice to write to a customer. `about`: what it tells of; of one thing a customer is told once."""

    customer_id: UUID
    shop_id: ShopId
    kind: CustomerNoticeKind
    about: UUID
    order_id: UUID | None
    zh: str
    en: str


class CustomerNotice(Struct, frozen=True, kw_only=True):
    """A notice as the customer gets it. 消息。"""

    id: NoticeId
    at: datetime
    kind: CustomerNoticeKind
    order_id: UUID | None
    zh: str
    en: str
    is_read: bool


class ReadOwnNotices(Struct, frozen=True, kw_only=True):
    """Have read this notice of one's own and all before it. 消息标记已读。"""

    up_to: Annotated[NoticeId, Meta(description="The newest notice that was read. 已读到的消息。")]

"""Working on exceptions: a company's policy and own causes, who sees to what, and what is known beside an order."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Denied, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.orders.contract import Receiver
from shangmai.modules.orders.contract.causes import CauseCode, LimitValue
from shangmai.modules.orders.contract.ids import Minor, OrderId, Text
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.rules.contract import Cell

Role = Annotated[str, Meta(pattern=r"^[a-z_]{1,32}$(?!\n)", description="Code of a role. 岗位编码。")]
Minutes = Annotated[int, Meta(ge=1, le=60 * 24 * 90)]
MinuteOfDay = Annotated[int, Meta(ge=0, le=24 * 60, description="Minutes after midnight. 当天第几分钟。")]
Weekday = Annotated[int, Meta(ge=1, le=7, description="Monday is 1. 星期一为 1。")]
OwnCode = Annotated[str, Meta(pattern=r"^own\.[a-z0-9_]{1,36}$(?!\n)", description="As own.vip_gift. 自定义异常编码。")]


class CauseSetting(Struct, frozen=True, kw_only=True):
    """What a company wants otherwise of a built-in cause; what is left out stays as built in."""

    code: CauseCode
    on: bool | None = None
    blocks: bool | None = None
    owner: Role | None = None
    minutes: Minutes | None = None
    limits: dict[str, LimitValue] = {}


class BusinessHours(Struct, frozen=True, kw_only=True):
    """When clocks run, in the shop's timezone: from `start` until `end` on these days. 营业时间。"""

    days: Annotated[tuple[Weekday, ...], Meta(min_length=1, max_length=7)] = (1, 2, 3, 4, 5)
    start: MinuteOfDay = 9 * 60
    end: MinuteOfDay = 18 * 60


class EscalationStep(Struct, frozen=True, kw_only=True):
    """So many minutes after the step before, the first after it was due, it is this role's work; none: as before."""

    after_minutes: Annotated[int, Meta(ge=0, le=60 * 24 * 90)]
    owner: Annotated[str, Meta(pattern=r"^[a-z_]{0,32}$(?!\n)")] = ""


class ExceptionPolicy(Struct, frozen=True, kw_only=True):
    """Which causes count in a company, and how their clocks run. Without business hours they run all the time."""

    causes: Annotated[tuple[CauseSetting, ...], Meta(max_length=200)] = ()
    business_hours: BusinessHours | None = None
    escalation: Annotated[tuple[EscalationStep, ...], Meta(max_length=5)] = (
        EscalationStep(after_minutes=0),
        EscalationStep(after_minutes=4 * 60, owner="owner"),
    )


class SetExceptionPolicy(Struct, frozen=True, kw_only=True):
    """Say which causes count in a company, with which thresholds, and how their clocks run. 设置异常规则。"""

    company_id: CompanyId
    policy: ExceptionPolicy


class PolicySet(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    policy: ExceptionPolicy


class DefineCause(Struct, frozen=True, kw_only=True):
    """A cause of the company's own: with `when`, found and cleared by it; without, put on by hand. 自定义异常原因。

    `when` tests facts of the subject `orders.audit`, as a row of a decision table does. A cause that is not `on` is
    taken off all orders.
    """

    company_id: CompanyId
    code: OwnCode
    zh: Text
    en: Text
    owner: Role = "clerk"
    minutes: Minutes = 4 * 60
    blocks: bool = True
    on: bool = True
    when: dict[str, Cell] = {}


class RaiseException(Struct, frozen=True, kw_only=True):
    """Put one of the company's own causes on an order, by hand."""

    order_id: OrderId
    code: OwnCode
    note: Annotated[str, Meta(max_length=200, description="What is the matter. 说明。")] = ""


class RecheckOrder(Struct, frozen=True, kw_only=True):
    """Look at an order again, now. 重新检查。"""

    order_id: OrderId


class Rechecked(Struct, frozen=True, kw_only=True):
    """The causes that the order has now."""

    order_id: OrderId
    codes: tuple[str, ...]


class AcceptException(Struct, frozen=True, kw_only=True):
    """Let an order go on as it is; the cause comes back only when what was found has changed. 确认无误。"""

    order_id: OrderId
    code: CauseCode
    reason: Annotated[str, Meta(max_length=200, description="Why it is all right. 确认理由。")] = ""


class TakeException(Struct, frozen=True, kw_only=True):
    """See to an exception yourself, or have somebody see to it. With `force`, also where somebody else does. 领取。"""

    order_id: OrderId
    code: CauseCode
    login: Annotated[str, Meta(max_length=64, description="Whose work it shall be; yours if left out. 指派给。")] = ""
    force: bool = False


class NoteException(Struct, frozen=True, kw_only=True):
    """Leave a note for colleagues on an exception. 备注。"""

    order_id: OrderId
    code: CauseCode
    note: Text


class SnoozeException(Struct, frozen=True, kw_only=True):
    """Let an exception rest until then; it does not escalate meanwhile. 稍后处理。"""

    order_id: OrderId
    code: CauseCode
    until: datetime
    reason: Text


class EscalateExceptions(Struct, frozen=True, kw_only=True):
    """Escalate what is overdue, what was due first in front."""

    limit: Annotated[int, Meta(ge=1, le=2_000)] = 500


class Swept(Struct, frozen=True, kw_only=True):
    """How many were seen to; `more`: others may wait."""

    count: int
    more: bool


class SignDue(Struct, frozen=True, kw_only=True):
    """Take so many orders as received at most that left days ago. 自动确认收货。"""

    limit: Annotated[int, Meta(ge=1, le=2_000)] = 500


class WatchOrders(Struct, frozen=True, kw_only=True):
    """Look again at the orders whose time for it has come."""

    limit: Annotated[int, Meta(ge=1, le=2_000)] = 500


class Flag(StrEnum):
    """The colours of sellers' flags (旗帜); none takes it down."""

    NONE = ""
    RED = "red"
    YELLOW = "yellow"
    GREEN = "green"
    BLUE = "blue"
    PURPLE = "purple"


class SetRemark(Struct, frozen=True, kw_only=True):
    """The seller's remark and flag of an order, as they shall be. 卖家备注与旗帜。"""

    order_id: OrderId
    flag: Flag = Flag.NONE
    remark: Annotated[str, Meta(max_length=500)] = ""


class HandleRemark(Struct, frozen=True, kw_only=True):
    """Say that what the buyer asked for in the remark has been seen to. 买家备注已处理。"""

    order_id: OrderId
    note: Annotated[str, Meta(max_length=200)] = ""


class CorrectAddress(Struct, frozen=True, kw_only=True):
    """Correct whom an order goes to, and where; all of it as it shall be. 更正收货信息。"""

    order_id: OrderId
    receiver: Receiver


class ChannelState(StrEnum):
    """What the channel says of the order, in our words; `unknown` for what is none of them."""

    UNKNOWN = "unknown"
    OPEN = "open"
    REFUNDING = "refunding"
    CLOSED = "closed"
    SHIPPED = "shipped"


class NoteChannel(Struct, frozen=True, kw_only=True):
    """What the channel says of an order: its own status, what it asks for it, until when it must leave. 渠道状态。"""

    order_id: OrderId
    raw: Annotated[str, Meta(max_length=64, description="As the channel writes it. 渠道原始状态。")] = ""
    state: ChannelState = ChannelState.UNKNOWN
    total_minor: Minor | None = None
    currency: Annotated[str, Meta(pattern=r"^([A-Z]{3})?$(?!\n)")] = ""
    ship_by: datetime | None = None
    account_id: Annotated[
        UUID | None, Meta(description="The account there that sold it; orders of two never leave together. 渠道账号。")
    ] = None


class Particulars(Struct, frozen=True, kw_only=True):
    """What is known beside an order: the seller's flag and remark, and what its channel says."""

    order_id: OrderId
    flag: str = ""
    remark: str = ""
    handled_at: datetime | None = None
    channel_raw: str = ""
    channel_state: str = ""
    channel_total_minor: int | None = None
    channel_currency: str = ""
    ship_by: datetime | None = None
    account_id: UUID | None = None


# --- events --------------------------------------------------------------------------------------------------------


@event("orders.exception_policy_set.v1", key="company_id")
class ExceptionPolicySet(Struct, frozen=True, kw_only=True):
    """Which causes count in a company, or one of its own causes, has changed."""

    company_id: CompanyId


@event("orders.particulars_changed.v1", key="order_id")
class ParticularsChanged(Struct, frozen=True, kw_only=True):
    """The seller's remark or flag, or what the channel says of an order, has changed; or its remark was seen to."""

    order_id: OrderId
    number: str
    what: str
    flag: str
    channel_state: str


@event("orders.receiver_changed.v1", key="order_id")
class ReceiverChanged(Struct, frozen=True, kw_only=True):
    """An order goes to somebody else, or elsewhere; `changed` names the fields, not their values."""

    order_id: OrderId
    number: str
    changed: tuple[str, ...]


@event("orders.exception_accepted.v1", key="order_id")
class ExceptionAccepted(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    code: str
    reason: str


@event("orders.exception_taken.v1", key="order_id")
class ExceptionTaken(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    code: str
    taken_by: UUID
    taken_name: str


@event("orders.exception_noted.v1", key="order_id")
class ExceptionNoted(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    code: str
    note: str


@event("orders.exception_snoozed.v1", key="order_id")
class ExceptionSnoozed(Struct, frozen=True, kw_only=True):
    order_id: OrderId
    number: str
    code: str
    until: datetime
    reason: str


@event("orders.exception_overdue.v1", key="order_id")
class ExceptionOverdue(Struct, frozen=True, kw_only=True):
    """Nobody saw to it in time; `owner`: whose work it is from now on."""

    order_id: OrderId
    number: str
    code: str
    level: int
    owner: str


# --- errors --------------------------------------------------------------------------------------------------------


class ExceptionNotFound(NotFound):
    """Order {number} has no exception {code} now; reload its exceptions."""

    zh = "订单 {number} 目前没有异常 {code}，请刷新。"


class ExceptionNotYours(Denied):
    """Letting exceptions of {owner} pass needs the grant {grant}; ask whoever has it."""

    zh = "放行岗位 {owner} 的异常需要权限 {grant}，请联系有权限的同事。"


class NotToAccept(Conflict):
    """The exception {code} can't be accepted as it is; end it by what it suggests."""

    zh = "异常 {code} 不能直接确认，请按建议操作处理。"


class TakenAlready(Conflict):
    """{taken_name} sees to this exception; take it over with force: true."""

    zh = "该异常已由 {taken_name} 处理；如需接手请使用 force: true。"


class SnoozeInThePast(Invalid):
    """An exception rests until a later time, not {until}."""

    zh = "稍后处理的时间 {until} 须晚于现在。"


class CauseUnknown(Invalid):
    """There is no cause {code}; GET /api/v1/orders/causes lists them, orders.define_cause adds your own."""

    zh = "没有异常原因 {code}；可通过 GET /api/v1/orders/causes 查看，自定义请用 orders.define_cause。"


class LimitUnknown(Invalid):
    """The cause {code} has no threshold {limit} of that kind; possible: {possible}."""

    zh = "异常原因 {code} 没有这样的阈值 {limit}；可用：{possible}。"


class CauseFixed(Invalid):
    """The cause {code} always stops orders: what is not there can't be sent. Leave `on` and `blocks` out."""

    zh = "异常 {code} 必须拦截发货：没有的货无法发出。请不要设置 on 与 blocks。"


class HoursEmpty(Invalid):
    """Business hours end after they begin; set end later than start."""

    zh = "营业时间的结束须晚于开始。"

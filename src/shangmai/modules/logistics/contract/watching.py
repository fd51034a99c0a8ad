"""Lanes, what goes wrong with parcels, and until when somebody should have seen to it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import NotFound
from shangmai.kernel.events.contract import event
from shangmai.modules.logistics.contract.parcels import ParcelId, ParcelState
from shangmai.modules.organization.contract import CompanyId

Hours = Annotated[int, Meta(ge=1, le=2000)]


class Lane(Struct, frozen=True, kw_only=True):
    """How long a carrier takes from a city to a province, picked up to signed for, in whole hours (线路时效).

    Half of its parcels took `p50_h` at most, nine in ten `p90_h`; `parcels` were looked at. `deciles`: what one in ten
    took at most, two in ten, … nine in ten.
    """

    company_id: CompanyId
    carrier: str
    from_city: str
    to_province: str
    parcels: int
    p50_h: int
    p90_h: int
    learned_at: datetime
    deciles: tuple[int, ...] = ()


class AnomalyCause(StrEnum):
    """What is wrong with a parcel (物流异常)."""

    NOT_PICKED_UP = "not_picked_up"
    STUCK = "stuck"
    LATE = "late"
    TROUBLE = "trouble"
    RETURNING = "returning"
    RETURNED = "returned"
    LOST = "lost"
    NOT_RECEIVED = "not_received"


class About(Struct, frozen=True, kw_only=True):
    """What a cause says, what usually ends it, and how many minutes there are to see to it."""

    zh: str
    en: str
    action_zh: str
    action_en: str
    minutes: int


ABOUT: Final[dict[AnomalyCause, About]] = {
    AnomalyCause.NOT_PICKED_UP: About(
        zh="快递未揽收",
        en="the carrier has not picked it up",
        action_zh="催快递揽收，或取消运单换快递重发",
        action_en="Ask the carrier to fetch it, or cancel it and send it by another",
        minutes=240,
    ),
    AnomalyCause.STUCK: About(
        zh="物流停滞，长时间无更新",
        en="it has not moved for long",
        action_zh="向快递发起查件",
        action_en="Have the carrier look for it",
        minutes=480,
    ),
    AnomalyCause.LATE: About(
        zh="超过线路时效未签收",
        en="it takes longer than its lane does",
        action_zh="催派，并告知买家预计送达时间",
        action_en="Have it delivered, and tell the buyer when",
        minutes=480,
    ),
    AnomalyCause.TROUBLE: About(
        zh="疑难件或被拒收",
        en="the courier reports a problem, or it was refused",
        action_zh="联系买家核对地址电话，再通知快递",
        action_en="Ask the buyer for address and phone, then tell the carrier",
        minutes=120,
    ),
    AnomalyCause.RETURNING: About(
        zh="快件退回途中",
        en="it is on its way back",
        action_zh="联系买家：重发或退款",
        action_en="Ask the buyer: send again, or give the money back",
        minutes=240,
    ),
    AnomalyCause.RETURNED: About(
        zh="快件已退回",
        en="it is back",
        action_zh="验收入库，重发或退款",
        action_en="Take it in, then send again or give the money back",
        minutes=1440,
    ),
    AnomalyCause.LOST: About(
        zh="快件丢失",
        en="the carrier has lost it",
        action_zh="为买家重发，并向快递索赔",
        action_en="Send it again, and claim its worth from the carrier",
        minutes=240,
    ),
    AnomalyCause.NOT_RECEIVED: About(
        zh="显示签收但买家未收到",
        en="it was signed for, but the buyer says they have not got it",
        action_zh="向快递核实签收人与签收底单",
        action_en="Ask the carrier who signed, and for the proof",
        minutes=240,
    ),
}
assert ABOUT.keys() == set(AnomalyCause), "a new cause must say what to do about it"


class PickupFrom(StrEnum):
    """From when on a carrier is waited for: given to it 交接, packed 打包, or its waybill booked 取号."""

    HANDED = "handed"
    PACKED = "packed"
    BOOKED = "booked"


class WatchPolicy(Struct, frozen=True, kw_only=True):
    """After how many hours a company's parcels are looked at. 物流预警设置。

    Not picked up `pickup_h` after `pickup_from`: `handed` counts from the hand-over; where nobody scans that say
    `packed`. A parcel that no floor works on counts from when it was sent or booked. No scan for `stuck_h`; not signed
    for `transit_h` after the pick-up, where the lane is not known by twenty parcels at least. `sign_days`: an order
    that left so many days ago and is in no trouble is taken as received (自动确认收货); 0: never.
    """

    pickup_h: Hours = 24
    pickup_from: PickupFrom = PickupFrom.HANDED
    stuck_h: Hours = 48
    transit_h: Hours = 120
    sign_days: Annotated[int, Meta(ge=0, le=365)] = 0


class SetWatchPolicy(Struct, frozen=True, kw_only=True):
    """Say after how many hours a company's parcels are to be looked at. 设置物流预警。"""

    company_id: CompanyId
    policy: WatchPolicy


class Anomaly(Struct, frozen=True, kw_only=True):
    """Something that is, or was, wrong with a parcel. `due_at`: until then somebody should have seen to it."""

    parcel_id: ParcelId
    doc: UUID
    number: str
    carrier: str
    waybill: str
    state: ParcelState
    cause: AnomalyCause
    since: datetime
    found_at: datetime
    due_at: datetime
    note: str
    closed_at: datetime | None
    about: About


class WatchParcels(Struct, frozen=True, kw_only=True):
    """Look at so many parcels, in order of id, from the one after `after` on. 巡检物流异常。"""

    after: ParcelId | None = None
    limit: Annotated[int, Meta(ge=1, le=5000)] = 1000


class Watched(Struct, frozen=True, kw_only=True):
    """`after`: where to go on; None at the end."""

    after: ParcelId | None


class ReportNotReceived(Struct, frozen=True, kw_only=True):
    """Note that a buyer has not got what was signed for. 登记签收未收到。"""

    parcel_id: ParcelId
    note: Annotated[str, Meta(max_length=500)] = ""


class CloseAnomaly(Struct, frozen=True, kw_only=True):
    """Note that what was wrong with a parcel has been seen to. 关闭物流异常。"""

    parcel_id: ParcelId
    cause: AnomalyCause
    note: Annotated[str, Meta(max_length=500)] = ""


class AnomalyClosed(Struct, frozen=True, kw_only=True):
    parcel_id: ParcelId
    cause: AnomalyCause


@event("logistics.anomaly_found.v1", key="doc")
class AnomalyFound(Struct, frozen=True, kw_only=True):
    """Something is wrong with a parcel."""

    parcel_id: ParcelId
    doc: UUID
    company_id: CompanyId
    carrier: str
    waybill: str
    cause: AnomalyCause
    due_at: datetime


@event("logistics.anomaly_ended.v1", key="doc")
class AnomalyEnded(Struct, frozen=True, kw_only=True):
    """It is no more, or somebody has seen to it."""

    parcel_id: ParcelId
    doc: UUID
    company_id: CompanyId
    carrier: str
    waybill: str
    cause: AnomalyCause


class NoSuchAnomaly(NotFound):
    """Nothing of the kind {cause} is open for parcel {parcel_id}; reload the list."""

    zh = "包裹 {parcel_id} 没有未关闭的异常 {cause}，请刷新列表。"

"""Carriers, a company's accounts with them, where parcels are sent from, and pools of waybill numbers."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, Invalid, NotFound, Unauthenticated, Unavailable
from shangmai.kernel.events.contract import event
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import CompanyId

CarrierAccountId = NewType("CarrierAccountId", UUID)

CarrierCode = Annotated[
    str, Meta(pattern=r"^[A-Z0-9_]{1,16}$(?!\n)", description="A carrier, as SF or ZTO. 快递公司编码。")
]
Waybill = Annotated[str, Meta(pattern=r"^[A-Za-z0-9-]{4,40}$(?!\n)", description="Waybill number. 运单号。")]
Partner = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.@-]*$(?!\n)", max_length=64)]
Secret = Annotated[str, Personal, Meta(max_length=512)]
Address = Annotated[str, Meta(pattern=r"^https?://[^\s?#]+$", max_length=200)]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class Adapter(StrEnum):
    """How waybills come: `builtin`, from a pool of numbers here (号段); else from an outside system."""

    BUILTIN = "builtin"
    SF = "sf"
    JDL = "jdl"
    CAINIAO = "cainiao"
    KDNIAO = "kdniao"
    KUAIDI100 = "kuaidi100"


class Carrier(Struct, frozen=True, kw_only=True):
    """A carrier (快递公司). `shape`: what its numbers look like, a hint only. The rest: what aggregators call it."""

    code: str
    name: str
    name_en: str
    shape: str
    kuaidi100: str
    kdniao: str
    cainiao: str
    active: bool


class SaveCarrier(Struct, frozen=True, kw_only=True):
    """A carrier, made or replaced by its code. 保存快递公司。"""

    code: CarrierCode
    name: Name
    name_en: Annotated[str, Meta(max_length=100)] = ""
    shape: Annotated[str, Meta(max_length=200)] = ""
    kuaidi100: Partner = ""
    kdniao: Partner = ""
    cainiao: Partner = ""
    active: bool = True


class CarrierAccount(Struct, frozen=True, kw_only=True):
    """An account with a carrier, without its secrets. One with a warehouse stands before its company's there.

    `free`: numbers left in its pool (`builtin` only). `low_since`: since when there are `low_at` or fewer.
    """

    id: CarrierAccountId
    company_id: CompanyId
    warehouse_id: WarehouseId | None
    carrier: str
    adapter: Adapter
    partner: str
    monthly_account: str
    base_url: str
    has_secret: bool
    has_token: bool
    low_at: int
    low_since: datetime | None
    is_enabled: bool
    updated_at: datetime
    free: int


class PushAddress(Struct, frozen=True, kw_only=True):
    """Where a carrier pushes what became of parcels, for its console. Whoever knows it can push: keep it secret."""

    account_id: CarrierAccountId
    url: str


class SetCarrierAccount(Struct, frozen=True, kw_only=True):
    """Set a company's account with a carrier; secrets that are not given stay as they are. 设置快递账号。

    `partner` and `secret`, by adapter: sf partnerID 顾客编码 and checkWord 校验码; jdl app_key and app_secret, with
    `token` access_token; cainiao logistic_provider_id and appSecret; kdniao EBusinessID and ApiKey; kuaidi100
    customer and key, with `token` the app's secret for e-waybills. `monthly_account`: 月结卡号, JDL's customerCode.
    `base_url` takes the place of the system's own address, for a sandbox or the simulator. `low_at`: a pool with so
    few numbers left warns.
    """

    company_id: CompanyId
    carrier: CarrierCode
    adapter: Adapter = Adapter.BUILTIN
    warehouse_id: WarehouseId | None = None
    partner: Partner = ""
    monthly_account: Partner = ""
    base_url: Address | None = None
    secret: Secret | UnsetType = UNSET
    token: Secret | UnsetType = UNSET
    low_at: Annotated[int, Meta(ge=0, le=1_000_000)] = 100
    is_enabled: bool = True


class AddWaybills(Struct, frozen=True, kw_only=True):
    """Put numbers that a carrier has given into an account's pool. 导入运单号段。

    `numbers` one by one; and `count` that follow each other from `first`, whose last digits count up.
    """

    account_id: CarrierAccountId
    numbers: Annotated[tuple[Waybill, ...], Meta(max_length=10_000)] = ()
    first: Waybill | None = None
    count: Annotated[int, Meta(ge=1, le=100_000)] = 1


class PoolNumber(Struct, frozen=True, kw_only=True):
    """A number of a pool (号段中的运单号). `turn`: when it comes, the lowest free one next. Used: on which parcel."""

    carrier: str
    number: str
    turn: int
    parcel_id: UUID | None
    parcel: str | None
    state: str | None
    taken_at: datetime | None


class WaybillsAdded(Struct, frozen=True, kw_only=True):
    """`known`: so many were in a pool already, or are on a parcel; they stay where they are."""

    account_id: CarrierAccountId
    added: int
    known: int
    free: int


class Sender(Struct, frozen=True, kw_only=True):
    """Who sends from a warehouse, as it stands on waybills (发件人)."""

    warehouse_id: WarehouseId
    name: str
    phone: str
    province: str
    city: str
    district: str
    street: str
    region_code: str


class SetSender(Struct, frozen=True, kw_only=True):
    """Say who sends from a warehouse, as it stands on waybills. 设置仓库发件人。"""

    warehouse_id: WarehouseId
    name: Name
    phone: Annotated[str, Meta(min_length=5, max_length=32)]
    region_code: RegionCode
    street: Annotated[str, Meta(min_length=1, max_length=300)]


@event("logistics.waybills_low.v1", key="account_id")
class WaybillsLow(Struct, frozen=True, kw_only=True):
    """Few numbers are left in a pool; told once, until some are added."""

    account_id: CarrierAccountId
    company_id: CompanyId
    carrier: str
    free: int


@event("logistics.carrier_account_set.v1", key="account_id")
class CarrierAccountSet(Struct, frozen=True, kw_only=True):
    """By which account a company's parcels go with a carrier has changed."""

    account_id: CarrierAccountId
    company_id: CompanyId
    carrier: str
    adapter: Adapter


class CarrierUnknown(NotFound):
    """There is no carrier {carrier}; GET /api/v1/carriers lists them, logistics.save_carrier adds one."""

    zh = "没有快递公司 {carrier}；可在 GET /api/v1/carriers 查看，用 logistics.save_carrier 新增。"


class NoCarrierAccount(Conflict):
    """No enabled account with {carrier} is there for this warehouse; set one with logistics.set_carrier_account."""

    zh = "该公司在此仓库没有启用的 {carrier} 快递账号，请先用 logistics.set_carrier_account 设置。"


class CarrierAccountNotFound(NotFound):
    """There is no carrier account {account_id}; GET /api/v1/carrier-accounts lists them."""

    zh = "没有快递账号 {account_id}，可在 GET /api/v1/carrier-accounts 查看。"


class CarrierAccountIncomplete(Invalid):
    """An account by {adapter} needs {missing}; set it again with logistics.set_carrier_account."""

    zh = "{adapter} 快递账号还缺 {missing}，请用 logistics.set_carrier_account 重新设置。"


class NoSender(Conflict):
    """Nobody is named as sender for warehouse {warehouse_id}; say who with logistics.set_sender."""

    zh = "仓库 {warehouse_id} 没有发件人，请先用 logistics.set_sender 设置。"


class CarrierRefused(Conflict):
    """{adapter} refused: {code} {reason}. Mend what it names, then try again."""

    zh = "{adapter} 拒绝了请求：{code} {reason}。请按提示修正后重试。"


class ReceiverKept(Conflict):
    """The channel keeps this receiver to itself, and {adapter} can't read its cipher. Book by an account of Cainiao."""

    zh = "收件人信息由平台加密，{adapter} 无法识别密文。请改用菜鸟电子面单账号取号。"


class CarrierAway(Unavailable):
    """{adapter} gave no usable answer ({reason}); what became of it is asked again by itself."""

    zh = "{adapter} 没有给出可用的应答（{reason}），系统会自动查询结果。"


class AnswerLost(Conflict):
    """{adapter} did not answer and can't be asked. Look at its console for order {order}, then retry or cancel."""

    zh = "{adapter} 没有应答且无法查询。请在其后台核对订单 {order}，再重试或取消。"


class PushForged(Unauthenticated):
    """This push is not from whom it says: {reason}. Send it signed, to the address that was registered."""

    zh = "该推送不是来自其声称的一方：{reason}。请按约定签名并发送到登记的地址。"


class NoPool(Conflict):
    """Account {account_id} gets its numbers from {adapter}; only builtin accounts have a pool of them."""

    zh = "快递账号 {account_id} 的运单号由 {adapter} 提供，只有 builtin 账号有号段。"


class PoolEmpty(Conflict):
    """No waybill number of {carrier} is left; add some with logistics.add_waybills, or choose another carrier."""

    zh = "{carrier} 的运单号已用完，请用 logistics.add_waybills 补充号段，或改用其他快递。"


class NotANumberSeries(Invalid):
    """{first} can't be counted up {count} times: it needs enough digits at its end. Give the first of the numbers."""

    zh = "{first} 无法连续递增 {count} 个：末尾的数字位数不足。请填写号段的第一个运单号。"

"""Nouns, action inputs, events and errors of members."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, NewType
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder
from shangmai.modules.members.contract.ids import CustomerId as CustomerId
from shangmai.modules.organization.contract import ShopId

register_folder("members", Path(__file__).parents[1])

AddressId = NewType("AddressId", UUID)

Ref = Annotated[
    str, Meta(min_length=1, max_length=64, pattern=r"\S", description="Number in another system. 外部编号。")
]
PersonName = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S"), Personal]
Phone = Annotated[str, Meta(max_length=60), Personal]
Email = Annotated[str, Meta(max_length=254), Personal]
Place = Annotated[str, Meta(max_length=50)]
District = Annotated[str, Meta(max_length=50), Personal]
Street = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S"), Personal]
Reason = Annotated[str, Meta(min_length=2, max_length=200, pattern=r"\S")]


class MatchedBy(StrEnum):
    """By what somebody was recognised as a customer."""

    REF = "ref"
    PHONE = "phone"
    EMAIL = "email"


class CustomerView(Struct, frozen=True, kw_only=True):
    """A customer with personal data masked: 张**, 138****5678, z***@example.com."""

    id: CustomerId
    shop_id: ShopId
    ref: str | None
    name: str | None
    phone: str | None
    email: str | None
    erased: bool
    version: int
    created_at: datetime


class AddressView(Struct, frozen=True, kw_only=True):
    """An address, masked below the city."""

    id: AddressId
    name: str
    phone: str
    address: str
    is_default: bool


class CustomerDetail(Struct, frozen=True, kw_only=True):
    """A customer and the addresses, the oldest first. `blocked`: why nothing shall be sold to them, if so 黑名单."""

    customer: CustomerView
    addresses: tuple[AddressView, ...]
    blocked: str | None = None


class Address(Struct, frozen=True, kw_only=True):
    """Where parcels for a customer go, and to whom."""

    name: PersonName
    phone: Phone
    province: Place
    city: Place
    district: District
    street: Street


class ClearAddress(Address, frozen=True, kw_only=True):
    id: AddressId
    is_default: bool


class ClearCustomer(Struct, frozen=True, kw_only=True):
    """A customer with personal data in clear."""

    id: CustomerId
    shop_id: ShopId
    ref: str | None
    name: PersonName | None
    phone: Phone | None
    email: Email | None
    addresses: tuple[ClearAddress, ...]


# --- action inputs and answers -------------------------------------------------------------------------------------


class RegisterCustomer(Struct, frozen=True, kw_only=True):
    """Somebody who buys in a shop; known by at least one of reference, phone and e-mail."""

    shop_id: ShopId
    ref: Ref | None = None
    name: PersonName | None = None
    phone: Phone | None = None
    email: Email | None = None


class Registered(Struct, frozen=True, kw_only=True):
    """The customer; `matched_by` says how an existing one was recognised, None that a new one was made."""

    customer_id: CustomerId
    matched_by: MatchedBy | None = None


class UpdateCustomer(Struct, frozen=True, kw_only=True):
    """What is not given stays, null takes it away. With `version`, refused if somebody changed the customer since."""

    customer_id: CustomerId
    version: int | None = None
    ref: Ref | UnsetType | None = UNSET
    name: PersonName | UnsetType | None = UNSET
    phone: Phone | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET


class AddAddress(Address, frozen=True, kw_only=True):
    customer_id: CustomerId
    make_default: bool = False


class RemoveAddress(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    address_id: AddressId


class SetDefaultAddress(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    address_id: AddressId


class UnmaskCustomer(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    reason: Reason


class SetLevel(Struct, frozen=True, kw_only=True):
    """The customer's level from now on; none with an empty text."""

    customer_id: CustomerId
    level: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{0,32}$(?!\n)", description="As gold. 会员等级编码。")]


class LevelSet(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    old: str
    level: str
    changed: bool


class EraseCustomer(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    reason: Reason


# --- events --------------------------------------------------------------------------------------------------------


@event("members.level_changed.v1", key="customer_id")
class LevelChanged(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    shop_id: ShopId
    old: str
    level: str


@event("members.registered.v1", key="customer_id")
class CustomerRegistered(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    shop_id: ShopId


@event("members.updated.v1", key="customer_id")
class CustomerUpdated(Struct, frozen=True, kw_only=True):
    """`changed` names the fields, not their values."""

    customer_id: CustomerId
    shop_id: ShopId
    changed: tuple[str, ...]


@event("members.erased.v1", key="customer_id")
class CustomerErased(Struct, frozen=True, kw_only=True):
    customer_id: CustomerId
    shop_id: ShopId


# --- errors: they are kept in the action log, so none carries personal data ----------------------------------------


class CustomerNotFound(NotFound):
    """There is no customer {customer_id} in your shops; search by phone or reference."""

    zh = "您的店铺中没有客户 {customer_id}，请按手机号或外部编号查找。"


class KnownByNothing(Invalid):
    """A customer needs a reference, a phone or an e-mail to be known by; give at least one."""

    zh = "客户至少需要外部编号、手机号、邮箱中的一项，请补充。"


class SeveralCustomersMatch(Conflict):
    """The reference belongs to customer {by_ref} and the phone to {by_phone}; correct one of them first."""

    zh = "外部编号属于客户 {by_ref}，手机号属于客户 {by_phone}；请先更正其中之一。"


class RefTaken(Conflict):
    """The reference belongs to customer {customer_id} of this shop already; nothing was changed."""

    zh = "该外部编号已属于本店客户 {customer_id}，未做任何改动。"


class PhoneTaken(Conflict):
    """The phone belongs to customer {customer_id} of this shop already; nothing was changed."""

    zh = "该手机号已属于本店客户 {customer_id}，未做任何改动。"


class EmailTaken(Conflict):
    """The e-mail belongs to customer {customer_id} of this shop already, who has another phone; leave it out or ask."""

    zh = "该邮箱已属于本店另一手机号的客户 {customer_id}；请去掉邮箱或与客户核实。"


class CustomerChanged(Conflict):
    """The customer is at version {current}, you started from {version}; look again, then repeat your change."""

    zh = "该客户已是第 {current} 版，您基于第 {version} 版修改；请重新查看后再改。"


class CustomerIsErased(Conflict):
    """Customer {customer_id} has been erased and takes no personal data any more; register the person anew."""

    zh = "客户 {customer_id} 的个人信息已删除，不能再写入；请重新登记。"


class AddressNotFound(NotFound):
    """Customer {customer_id} has no address {address_id}; reload the addresses."""

    zh = "客户 {customer_id} 没有地址 {address_id}，请刷新地址列表。"


class TooManyAddresses(Conflict):
    """A customer has {most} addresses at most; remove one first."""

    zh = "每位客户最多 {most} 个地址，请先删除一个。"


class UnmaskIsNoRehearsal(Invalid):
    """Personal data is not shown in a dry run, because a dry run leaves no trace in the log; run it for real."""

    zh = "试运行不会写入操作日志，因此不能查看明文；请正式执行。"

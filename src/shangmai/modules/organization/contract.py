"""Companies, shops and departments."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, NotFound
from shangmai.kernel.events.contract import event
from shangmai.kernel.i18n import register_folder

register_folder("organization", Path(__file__).parent)

CompanyId = NewType("CompanyId", UUID)
ShopId = NewType("ShopId", UUID)
DepartmentId = NewType("DepartmentId", UUID)

Code = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)", description="Unique code, for people and imports. 编码。")
]
Name = Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S", description="Name. 名称。")]
Currency = Annotated[str, Meta(pattern=r"^[A-Z]{3}$(?!\n)", description="ISO 4217. 币种。")]
Timezone = Annotated[str, Meta(max_length=40, description="IANA name; business days begin there. 时区。")]


class ShopKind(StrEnum):
    """Where a shop's orders come from."""

    MALL = "mall"
    POS = "pos"
    TAOBAO = "taobao"
    JD = "jd"
    PDD = "pdd"
    DOUYIN = "douyin"
    B2B = "b2b"
    IMPORT = "import"


class CompanyFacts(Struct, frozen=True, kw_only=True):
    """What never changes about a company: a set of books, in one currency."""

    id: CompanyId
    code: str
    currency: str
    timezone: str


class Company(CompanyFacts, frozen=True, kw_only=True):
    name: str


class ShopFacts(Struct, frozen=True, kw_only=True):
    """What never changes about a shop: a channel that one company sells through, in one currency."""

    id: ShopId
    code: str
    company_id: CompanyId
    kind: ShopKind
    currency: str
    timezone: str


class Shop(ShopFacts, frozen=True, kw_only=True):
    name: str


class Department(Struct, frozen=True, kw_only=True):
    """A part of a company; without a parent it stands at the top."""

    id: DepartmentId
    company_id: CompanyId
    parent_id: DepartmentId | None
    name: str


class CreateCompany(Struct, frozen=True, kw_only=True):
    """Create a company: a set of books of its own."""

    code: Code
    name: Name
    currency: Currency = "CNY"
    timezone: Timezone = "Asia/Shanghai"


class CreateShop(Struct, frozen=True, kw_only=True):
    """Open a shop of a company. Without a currency and timezone it has the company's."""

    code: Code
    name: Name
    company_id: CompanyId
    kind: ShopKind
    currency: Currency | None = None
    timezone: Timezone | None = None


class CreateDepartment(Struct, frozen=True, kw_only=True):
    """Add a department to a company, at the top or under another department."""

    company_id: CompanyId
    name: Name
    parent_id: DepartmentId | None = None


class RenameCompany(Struct, frozen=True, kw_only=True):
    """Give a company another name."""

    company_id: CompanyId
    name: Name


class RenameShop(Struct, frozen=True, kw_only=True):
    """Give a shop another name."""

    shop_id: ShopId
    name: Name


class RenameDepartment(Struct, frozen=True, kw_only=True):
    """Give a department another name."""

    department_id: DepartmentId
    name: Name


class MoveDepartment(Struct, frozen=True, kw_only=True):
    """Put a department, with all below it, under another one or at the top."""

    department_id: DepartmentId
    parent_id: DepartmentId | None


@event("organization.company_created.v1", key="company_id")
class CompanyCreated(Struct, frozen=True, kw_only=True):
    company_id: CompanyId
    code: str
    currency: str


@event("organization.shop_created.v1", key="shop_id")
class ShopCreated(Struct, frozen=True, kw_only=True):
    shop_id: ShopId
    code: str
    company_id: CompanyId
    kind: ShopKind
    currency: str


class CompanyNotFound(NotFound):
    """There is no company {company_id}, or you may not see it. Look it up in the list of companies."""

    zh = "没有公司 {company_id}，或你无权查看。请在公司列表中查找。"


class ShopNotFound(NotFound):
    """There is no shop {shop_id}, or you may not see it. Look it up in the list of shops."""

    zh = "没有店铺 {shop_id}，或你无权查看。请在店铺列表中查找。"


class DepartmentNotFound(NotFound):
    """There is no department {department_id} in this company, or you may not see it."""

    zh = "该公司没有部门 {department_id}，或你无权查看。"


class CompanyCodeTaken(Conflict):
    """There is a company with the code {code} already; choose another code."""

    zh = "公司编码 {code} 已被使用，请换一个编码。"


class ShopCodeTaken(Conflict):
    """There is a shop with the code {code} already; choose another code."""

    zh = "店铺编码 {code} 已被使用，请换一个编码。"


class DepartmentNameTaken(Conflict):
    """There is a department called {name} there already; choose another name."""

    zh = "同级已有名为“{name}”的部门，请换一个名称。"


class DepartmentInItself(Conflict):
    """A department cannot lie under itself or under a department below it; choose another place."""

    zh = "部门不能移到自己或自己的下级之下，请选择其他位置。"

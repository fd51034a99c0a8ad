"""Reads of customers, masked; each list holds what lies in the caller's shops."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.actions.contract import OutOfScope
from shangmai.kernel.actors import Actor
from shangmai.kernel.crypto import normalize_email, normalize_phone
from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.members import rules, service
from shangmai.modules.members.contract import CustomerDetail, CustomerId, CustomerView
from shangmai.modules.members.contract.leveling import LevelRuleSet, LevelStanding
from shangmai.modules.members.contract.points import PointsBalance, PointsLine, PointsPolicySet
from shangmai.modules.members.queries import customers
from shangmai.modules.organization.contract import CompanyId, ShopId

READ: Final = {"grant": "members.read"}

Phone = Annotated[str | None, Parameter(max_length=60, description="The whole phone number. 完整手机号。")]
Company = Annotated[CompanyId, QueryParameter(name="company", description="Of which company. 公司。")]
Email = Annotated[str | None, Parameter(max_length=254, description="The whole e-mail address. 完整邮箱。")]
Ref = Annotated[str | None, Parameter(max_length=64, description="The whole reference. 完整外部编号。")]


@get("/api/v1/customers", opt=READ)
async def list_customers(
    tx: Tx,
    phone: Phone = None,
    email: Email = None,
    ref: Ref = None,
    shop_id: ShopId | None = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[CustomerView]:
    """List the customers, masked, the newest first; found by exact phone, e-mail and reference."""
    before = decode_cursor(cursor, datetime, UUID)
    rows = await customers.search(
        tx,
        phone=normalize_phone(phone) if phone else None,
        email=normalize_email(email) if email else None,
        ref=ref,
        shop_id=shop_id,
        before=before and (before[0], before[1]),
        limit=limit + 1,
    )
    views = [rules.masked_customer(customer) for customer in rows]
    return page(views, limit, lambda customer: (customer.created_at, customer.id))


@get("/api/v1/customers/{customer_id:uuid}", opt=READ)
async def read_customer(tx: Tx, customer_id: CustomerId) -> CustomerDetail:
    """Show a customer with addresses, masked."""
    return await service.read_customer(tx, customer_id)


@get("/api/v1/customers/{customer_id:uuid}/points", opt=READ)
async def read_points(tx: Tx, customer_id: CustomerId) -> PointsBalance:
    """Show a member's points: what can be spent, what orders hold, and when they expire."""
    return await service.get_points(tx, customer_id)


@get("/api/v1/customers/{customer_id:uuid}/points/lines", opt=READ)
async def list_points_lines(
    tx: Tx, customer_id: CustomerId, limit: Limit = 50, cursor: Cursor = None
) -> Page[PointsLine]:
    """List a member's points that came and went, with the balance after each, the newest first."""
    return await service.list_points_lines(tx, customer_id, cursor=cursor, limit=limit)


@get("/api/v1/customer/points", opt={"grant": "members.own"})
async def read_own_points(tx: Tx) -> PointsBalance:
    """Show customers their own points. Raises: CustomerNeeded. 我的积分。"""
    return await service.get_points(tx, service.customer_of(tx.actor))


@get("/api/v1/points/policy", opt=READ)
async def read_points_policy(tx: Tx, company_id: Company) -> PointsPolicySet:
    """Show how a company's members earn points and when they expire."""
    return await service.get_points_policy(tx, company_id)


@get("/api/v1/customers/{customer_id:uuid}/level", opt=READ)
async def read_level(tx: Tx, customer_id: CustomerId) -> LevelStanding:
    """Show a member's level, what they spent in the period, and what is missing for the next.

    Raises: CustomerNotFound.
    """
    return await service.level_standing(tx, customer_id)


@get("/api/v1/shops/{shop_id:uuid}/level-rule", opt=READ)
async def read_level_rule(tx: Tx, actor: Actor, shop_id: ShopId) -> LevelRuleSet:
    """Show by what a shop's members come to their levels."""
    if not actor.sees("shop", shop_id):
        raise OutOfScope(dimension="shop")
    return await service.level_rule_of(tx, shop_id)


routes: Final = [
    read_level,
    read_level_rule,
    list_customers,
    read_customer,
    read_points,
    read_own_points,
    list_points_lines,
    read_points_policy,
]

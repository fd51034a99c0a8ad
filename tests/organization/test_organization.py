"""Companies, shops and departments: actions, what is remembered, what a scope hides."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from litestar import Litestar

from shangmai.kernel.actions.contract import InputInvalid, NotGranted, OutOfScope
from shangmai.kernel.actors import EVERYTHING, SYSTEM, Actor
from shangmai.kernel.clock import UnknownTimezone
from shangmai.kernel.errors import AppError
from shangmai.kernel.http.reads import DEPENDENCIES
from shangmai.kernel.ids import new_id
from shangmai.kernel.money import UnknownCurrency
from shangmai.modules.organization import http, service
from shangmai.modules.organization.contract import (
    Company,
    CompanyCodeTaken,
    CompanyNotFound,
    Department,
    DepartmentInItself,
    DepartmentNameTaken,
    DepartmentNotFound,
    Shop,
    ShopCodeTaken,
    ShopFacts,
    ShopId,
    ShopKind,
    ShopNotFound,
)


def manager(**scopes: frozenset[UUID] | None) -> Actor:
    grants = frozenset({"organization.*"})
    return Actor(id=new_id(), kind="user", name="manager", grants=grants, scopes=scopes)


async def make_company(act: Any, code: str = "CN1", **more: Any) -> Company:
    company: Company = await act("organization.create_company", {"code": code, "name": f"公司 {code}", **more})
    return company


async def make_shop(act: Any, company: Company, code: str = "MALL", **more: Any) -> Shop:
    given = {"code": code, "name": f"店铺 {code}", "company_id": company.id, "kind": "mall", **more}
    shop: Shop = await act("organization.create_shop", given)
    return shop


async def make_department(act: Any, company: Company, name: str, parent: Department | None = None) -> Department:
    given = {"company_id": company.id, "name": name, "parent_id": parent.id if parent else None}
    department: Department = await act("organization.create_department", given)
    return department


async def counts(conn: Any) -> tuple[int, ...]:
    """How many companies, shops, departments and events there are."""
    row = await conn.fetchrow(
        "SELECT (SELECT count(*) FROM companies), (SELECT count(*) FROM shops),"
        " (SELECT count(*) FROM departments), (SELECT count(*) FROM events)"
    )
    return tuple(row or ())


class TestCreate:
    async def test_a_company_has_books_in_one_currency(self, act, admin_conn):
        company = await make_company(act, "US1", currency="USD", timezone="America/New_York")
        assert company == Company(
            id=company.id, code="US1", name="公司 US1", currency="USD", timezone="America/New_York"
        )
        event = await admin_conn.fetchrow("SELECT name, key, payload FROM events")
        assert (event["name"], event["key"]) == ("organization.company_created.v1", str(company.id))

    async def test_a_shop_has_the_currency_of_its_company_unless_it_says_otherwise(self, act):
        company = await make_company(act)
        shop = await make_shop(act, company)
        assert (shop.company_id, shop.kind, shop.currency) == (company.id, ShopKind.MALL, "CNY")
        assert shop.timezone == "Asia/Shanghai"
        abroad = await make_shop(act, company, "HK", currency="HKD", timezone="Asia/Hong_Kong")
        assert (abroad.currency, abroad.timezone) == ("HKD", "Asia/Hong_Kong")

    @pytest.mark.parametrize(
        ("given", "refusal"),
        [
            ({"code": "CN1"}, CompanyCodeTaken),
            ({"code": "CN2", "currency": "XQX"}, UnknownCurrency),
            ({"code": "CN2", "timezone": "Asia/Nowhere"}, UnknownTimezone),
            ({"code": "C N"}, InputInvalid),
            ({"code": "CN2\n"}, InputInvalid),
            ({"code": "CN2", "name": "  "}, InputInvalid),
        ],
    )
    async def test_a_refused_company_leaves_nothing(self, act, admin_conn, given, refusal):
        await make_company(act)
        before = await counts(admin_conn)
        with pytest.raises(refusal):
            await act("organization.create_company", {"name": "二", **given})
        assert await counts(admin_conn) == before == (1, 0, 0, 1)

    async def test_a_refused_shop_leaves_nothing(self, act, admin_conn):
        company = await make_company(act)
        await make_shop(act, company)
        before = await counts(admin_conn)
        with pytest.raises(ShopCodeTaken):
            await make_shop(act, company)
        with pytest.raises(CompanyNotFound):
            await act("organization.create_shop", {"code": "X", "name": "x", "company_id": new_id(), "kind": "pos"})
        with pytest.raises(InputInvalid):
            await make_shop(act, company, "Y", kind="ebay")
        assert await counts(admin_conn) == before == (1, 1, 0, 2)

    async def test_only_who_sees_all_companies_can_add_one(self, act, admin_conn):
        company = await make_company(act)
        before = await counts(admin_conn)
        inside = manager(company=frozenset({company.id}), shop=EVERYTHING)
        with pytest.raises(OutOfScope):
            await act("organization.create_company", {"code": "CN2", "name": "二"}, actor=inside)
        stranger = manager(company=frozenset({new_id()}), shop=EVERYTHING)
        with pytest.raises(CompanyNotFound):
            await act(
                "organization.create_shop",
                {"code": "X", "name": "x", "company_id": company.id, "kind": "pos"},
                actor=stranger,
            )
        assert await counts(admin_conn) == before

    async def test_it_needs_the_grant(self, act):
        clerk = Actor(id=new_id(), kind="user", name="c", grants=frozenset({"organization.read"}), scopes=SYSTEM.scopes)
        with pytest.raises(NotGranted):
            await act("organization.create_company", {"code": "CN1", "name": "一"}, actor=clerk)


class TestRename:
    async def test_the_name_changes_and_nothing_else(self, act):
        company = await make_company(act)
        shop = await make_shop(act, company)
        renamed = await act("organization.rename_shop", {"shop_id": shop.id, "name": "旗舰店"})
        assert renamed == Shop(**{f: getattr(shop, f) for f in shop.__struct_fields__} | {"name": "旗舰店"})
        renamed = await act("organization.rename_company", {"company_id": company.id, "name": "总公司"})
        assert (renamed.id, renamed.name, renamed.code) == (company.id, "总公司", "CN1")

    async def test_what_is_out_of_scope_is_not_found(self, act, admin_conn):
        company = await make_company(act)
        shop = await make_shop(act, company)
        stranger = manager(company=frozenset({new_id()}), shop=frozenset())
        with pytest.raises(ShopNotFound):
            await act("organization.rename_shop", {"shop_id": shop.id, "name": "x"}, actor=stranger)
        with pytest.raises(CompanyNotFound):
            await act("organization.rename_company", {"company_id": company.id, "name": "x"}, actor=stranger)
        assert await admin_conn.fetchval("SELECT name FROM shops") == "店铺 MALL"
        assert await admin_conn.fetchval("SELECT name FROM companies") == "公司 CN1"

    async def test_facts_cannot_be_changed_even_by_sql_of_ours(self, db, act):
        await make_company(act)
        for column in ("code", "currency", "timezone", "id"):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction() as tx:
                    await tx.execute(f"UPDATE companies SET {column} = {column}")


class TestDepartments:
    async def test_they_form_a_tree_within_a_company(self, act):
        company = await make_company(act)
        sales = await make_department(act, company, "销售部")
        east = await make_department(act, company, "华东", sales)
        assert (east.parent_id, east.company_id) == (sales.id, company.id)
        moved = await act("organization.move_department", {"department_id": east.id, "parent_id": None})
        assert moved.parent_id is None

    async def test_names_are_taken_among_siblings_only(self, act, admin_conn):
        company = await make_company(act)
        sales = await make_department(act, company, "销售部")
        await make_department(act, company, "华东", sales)
        top = await make_department(act, company, "华东")
        before = await counts(admin_conn)
        with pytest.raises(DepartmentNameTaken):
            await make_department(act, company, "华东")
        with pytest.raises(DepartmentNameTaken):
            await act("organization.rename_department", {"department_id": top.id, "name": "销售部"})
        with pytest.raises(DepartmentNameTaken):
            await act("organization.move_department", {"department_id": top.id, "parent_id": sales.id})
        assert await counts(admin_conn) == before
        assert await admin_conn.fetchval("SELECT parent_id FROM departments WHERE id = $1", top.id) is None

    async def test_a_parent_is_of_the_same_company(self, act, admin_conn):
        first, second = await make_company(act, "A"), await make_company(act, "B")
        sales = await make_department(act, first, "销售部")
        other = await make_department(act, second, "财务部")
        with pytest.raises(DepartmentNotFound):
            await make_department(act, second, "华东", sales)
        with pytest.raises(DepartmentNotFound):
            await act("organization.move_department", {"department_id": other.id, "parent_id": sales.id})
        assert await admin_conn.fetchval("SELECT count(*) FROM departments WHERE parent_id IS NOT NULL") == 0

    async def test_none_comes_to_lie_under_itself(self, act, admin_conn):
        company = await make_company(act)
        top = await make_department(act, company, "一")
        middle = await make_department(act, company, "二", top)
        low = await make_department(act, company, "三", middle)
        for parent in (top, middle, low):
            with pytest.raises(DepartmentInItself):
                await act("organization.move_department", {"department_id": top.id, "parent_id": parent.id})
        assert await admin_conn.fetchval("SELECT parent_id FROM departments WHERE id = $1", top.id) is None

    async def test_two_moves_at_once_close_no_circle(self, act, admin_conn):
        company = await make_company(act)
        for _ in range(10):
            one = await make_department(act, company, str(new_id()))
            two = await make_department(act, company, str(new_id()))
            moves = [
                act("organization.move_department", {"department_id": a.id, "parent_id": b.id})
                for a, b in ((one, two), (two, one))
            ]
            outcomes = await asyncio.gather(*moves, return_exceptions=True)
            assert sorted(type(o).__name__ for o in outcomes) == ["Department", "DepartmentInItself"]
            under = "SELECT count(*) FROM departments WHERE id = ANY ($1) AND parent_id IS NOT NULL"
            assert await admin_conn.fetchval(under, [one.id, two.id]) == 1


class TestLookup:
    async def test_by_id_and_by_code(self, act, db):
        company = await make_company(act)
        shop = await make_shop(act, company)
        async with db.reading(SYSTEM) as tx:
            facts = await service.get_shops(tx, [shop.id, ShopId(new_id())])
            assert list(facts) == [shop.id]
            assert facts[shop.id] == ShopFacts(
                id=shop.id, code="MALL", company_id=company.id, kind=ShopKind.MALL, currency="CNY",
                timezone="Asia/Shanghai",
            )  # fmt: skip
            assert (await service.find_shops(tx, ["MALL", "NONE"])).keys() == {"MALL"}
            assert (await service.get_companies(tx, [company.id]))[company.id].currency == "CNY"
            assert (await service.find_companies(tx, ["CN1", "CN9"]))["CN1"].id == company.id

    async def test_the_second_time_costs_no_query(self, act, db):
        shop = await make_shop(act, await make_company(act))
        async with db.reading(SYSTEM) as tx:
            await service.get_shops(tx, [shop.id])
        async with db.reading(SYSTEM) as tx:
            asked: list[str] = []
            tx.conn.add_query_logger(lambda record: asked.append(record.query))
            assert shop.id in await service.get_shops(tx, [shop.id])
            assert asked == []

    async def test_memory_shows_nobody_what_their_scope_hides(self, act, db):
        company = await make_company(act)
        shop = await make_shop(act, company)
        async with db.reading(SYSTEM) as tx:
            await service.get_shops(tx, [shop.id])
            await service.find_companies(tx, ["CN1"])
        async with db.reading(manager(shop=frozenset({new_id()}), company=frozenset())) as tx:
            assert await service.get_shops(tx, [shop.id]) == {}
            assert await service.find_companies(tx, ["CN1"]) == {}
        async with db.reading(manager(shop=frozenset({shop.id}))) as tx:
            assert (await service.get_shops(tx, [shop.id])).keys() == {shop.id}

    async def test_what_was_rolled_back_is_not_remembered(self, act, db):
        company = await make_company(act)
        given = {"code": "GHOST", "name": "x", "company_id": company.id, "kind": "pos"}

        async def look_then_fail() -> None:
            async with db.transaction() as tx:
                async with tx.savepoint():
                    await tx.execute(
                        "INSERT INTO shops (id, code, name, company_id, kind, currency, timezone)"
                        " VALUES ($1, 'GHOST', 'x', $2, 'pos', 'CNY', 'Asia/Shanghai')",
                        new_id(),
                        company.id,
                    )
                assert (await service.find_shops(tx, ["GHOST"])).keys() == {"GHOST"}
                raise AppError()

        with pytest.raises(AppError):
            await look_then_fail()
        async with db.reading(SYSTEM) as tx:
            assert await service.find_shops(tx, ["GHOST"]) == {}
        shop = await act("organization.create_shop", given)
        async with db.reading(SYSTEM) as tx:
            assert (await service.find_shops(tx, ["GHOST"]))["GHOST"].id == shop.id


class TestLists:
    async def test_pages_by_code_within_the_scope(self, act, db):
        company = await make_company(act)
        shops = [await make_shop(act, company, code) for code in ("C", "A", "B")]
        async with db.reading(SYSTEM) as tx:
            first = await http.list_shops.fn(tx, None, 2, None)
            assert [shop.code for shop in first.items] == ["A", "B"]
            second = await http.list_shops.fn(tx, company.id, 2, first.next)
            assert ([shop.code for shop in second.items], second.next) == (["C"], None)
        async with db.reading(manager(shop=frozenset({shops[0].id}))) as tx:
            assert [shop.code for shop in (await http.list_shops.fn(tx, None, 2, None)).items] == ["C"]
            assert (await http.list_companies.fn(tx, 2, None)).items == []

    async def test_departments_name_their_parents(self, act, db):
        company = await make_company(act)
        sales = await make_department(act, company, "销售部")
        east = await make_department(act, company, "华东", sales)
        async with db.reading(SYSTEM) as tx:
            listed = await http.list_departments.fn(tx, company.id, 200, None)
        assert [(d.id, d.parent_id) for d in listed.items] == [(sales.id, None), (east.id, sales.id)]

    def test_every_route_says_who_may_read_it(self):
        app = Litestar(http.routes, dependencies=DEPENDENCIES)
        assert {route.path for route in app.routes} >= {"/api/v1/companies", "/api/v1/shops", "/api/v1/departments"}
        assert {handler.opt["grant"] for handler in http.routes} == {"organization.read"}

"""Sheets that people upload: looked at when they come, brought in by a worker in their name, each once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import asyncpg
import httpx
import msgspec
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.http.reads import DEPENDENCIES, answer_exception, plain_signatures, require_grant
from shangmai.kernel.ids import new_id
from shangmai.kernel.settings import Settings
from shangmai.modules.migration import service
from shangmai.modules.migration.contract.uploads import CarrySheet
from shangmai.modules.migration.http import routes
from shangmai.modules.migration.rules import parse_path, shipped_sheets
from shangmai.modules.organization.contract import CreateCompany
from tests.identity.people import People
from tests.routes import Known

PRODUCTS = """商品编码,商品名称,品牌,SKU编码,价格,条码
TEE,T 恤,清和,TEE-R,59.00,
TEE,T 恤,清和,TEE-B,69.00,
CUP,杯子,,CUP,19.90,6901234567892
"""


class Uploads:
    """Whoever uploads, and a worker that does what is waiting when it is told to."""

    def __init__(self, client: httpx.AsyncClient, known: Known, runner: Runner, conn: asyncpg.Connection) -> None:
        self.client, self.known, self.runner, self.conn = client, known, runner, conn

    async def send(self, sheet: str, text: str, status: int = 202, name: str = "表.csv") -> Any:
        answer = await self.client.post(f"/api/v1/import-sheets/{sheet}", params={"name": name}, content=text.encode())
        assert answer.status_code == status, answer.text
        return answer.json()

    async def work(self) -> int:
        """Do what is waiting; how many there were."""
        rows = await self.conn.fetch(
            "DELETE FROM pgqueuer WHERE entrypoint = 'migration.carry_sheet'"
            " RETURNING convert_from(payload, 'UTF8') AS p"
        )
        for row in rows:
            await service.carry_sheet(self.runner, payload_of(row["p"]))
        return len(rows)

    async def report(self, begun: Any) -> Any:
        return (await self.client.get(f"/api/v1/imports/{begun['run']['id']}")).json()["report"]

    async def bring(self, sheet: str, text: str) -> tuple[int, int]:
        """Upload and have it done: how many were accepted and refused."""
        begun = await self.send(sheet, text)
        await self.work()
        report = await self.report(begun)
        return report["ok"], report["refused"]


def payload_of(text: str) -> CarrySheet:
    return msgspec.json.decode(text, type=CarrySheet)


@pytest_asyncio.fixture
async def uploads(
    db: Database, runner: Runner, admin_conn: asyncpg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Uploads]:
    monkeypatch.setenv("SHANGMAI_HOME", str(tmp_path))
    known = Known(SYSTEM)
    state = {"db": db, "authenticator": known, "settings": Settings(home=tmp_path), "runner": runner}
    with plain_signatures():
        app = Litestar(
            list(routes),
            dependencies=dict(DEPENDENCIES),
            guards=[require_grant],
            exception_handlers={Exception: answer_exception},
            state=State(state),
            openapi_config=None,
        )
    transport = httpx.ASGITransport(cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Uploads(client, known, runner, admin_conn)


async def test_products_are_made_listed_repriced_and_taken_off(uploads: Uploads, admin_conn) -> None:
    assert await uploads.bring("new-products", PRODUCTS) == (2, 0)
    assert await uploads.bring("listing", "商品编码\nTEE\nCUP\nNONE\n") == (2, 1)
    assert await uploads.bring("sku-prices", "SKU编码,价格\nTEE-R,49.50\nTEE-B,一元\n") == (1, 1)
    assert await uploads.bring("sku-floors", "SKU编码,底价\nTEE-R,40\n") == (1, 0)
    assert await uploads.bring("product-details", "商品编码,标签\nCUP,新品、茶具\n") == (1, 0)
    assert await uploads.bring("delisting", "商品编码\nCUP\n") == (1, 0)
    rows = await admin_conn.fetch(
        "SELECT s.code, p.status, price_minor, tags FROM skus s JOIN products p ON p.id = product_id ORDER BY s.code"
    )
    assert [tuple(row) for row in rows] == [
        ("CUP", "delisted", 1990, ["新品", "茶具"]), ("TEE-B", "listed", 6900, []), ("TEE-R", "listed", 4950, []),
    ]  # fmt: skip
    assert await admin_conn.fetchval("SELECT floor_minor FROM price_floors") == 4000


async def test_list_prices_with_floors(uploads: Uploads, act, admin_conn) -> None:
    await uploads.bring("new-products", PRODUCTS)
    await act(
        "pricing.create_price_list", {"code": "VIP", "name": "老客", "kind": "level", "level": "g", "currency": "CNY"}
    )
    sheet = "价格表,SKU编码,价格,底价,起订量,结束时间\nVIP,CUP,18.00,15,3,2030/01/01\nNONE,CUP,18.00,,,\n"
    assert await uploads.bring("list-prices", sheet) == (1, 1)
    row = await admin_conn.fetchrow("SELECT price_minor, floor_minor, min_qty, valid_to FROM price_entries")
    assert tuple(row) == (1800, 1500, 3, datetime(2029, 12, 31, 16, tzinfo=UTC))  # midnight in Shanghai


async def test_the_same_file_comes_in_once(uploads: Uploads, admin_conn) -> None:
    first = await uploads.send("new-products", PRODUCTS)
    again = await uploads.send("new-products", PRODUCTS)
    assert (first["rows"], first["run"]["id"], first["run"]["finished_at"]) == (3, again["run"]["id"], None)
    assert await uploads.work() == 1
    over = await uploads.send("new-products", PRODUCTS, name="别的名字.csv")
    assert over["run"]["finished_at"] is not None
    assert await uploads.work() == 0
    assert await admin_conn.fetchval("SELECT count(*) FROM products") == 2


async def test_a_job_that_is_taken_again_changes_nothing_twice(uploads: Uploads, admin_conn) -> None:
    await uploads.send("new-products", PRODUCTS)
    payload = await admin_conn.fetchval(
        "SELECT convert_from(payload, 'UTF8') FROM pgqueuer WHERE entrypoint = 'migration.carry_sheet'"
    )
    await uploads.work()
    await service.carry_sheet(uploads.runner, payload_of(payload))
    assert await admin_conn.fetchval("SELECT count(*) FROM products") == 2


async def test_what_is_refused_begins_nothing(uploads: Uploads, admin_conn) -> None:
    wrong = await uploads.send("sku-prices", "编号,钱\nA,1\n", 422)
    assert wrong["code"] == "migration.HeadersUnknown"
    assert (await uploads.send("nothing", PRODUCTS, 404))["code"] == "migration.MappingNotFound"
    uploads.known.actor = Actor(id=new_id(), kind="key", name="k", grants=frozenset({"*"}), scopes={})
    assert (await uploads.send("listing", "商品编码\nA\n", 422))["code"] == "migration.PeopleOnly"
    assert await admin_conn.fetchval("SELECT count(*) FROM import_runs") == 0
    assert await uploads.work() == 0


async def test_it_is_done_in_the_name_of_who_brought_it(uploads: Uploads, act, db: Database, admin_conn) -> None:
    """Who may start imports and nothing else gets every row refused, and what they may not do is not done."""
    await act("identity.define_role", {"code": "porter", "name": "搬运", "grants": ["migration.*"]})
    people = People(db, cast(ManualClock, db.clock), act)
    uploads.known.actor = await people.actor(await people.hire("porter", "porter"))
    assert await uploads.bring("new-products", PRODUCTS) == (0, 2)
    assert await admin_conn.fetchval("SELECT count(*) FROM products") == 0
    assert await admin_conn.fetchval("SELECT DISTINCT actor_name FROM import_runs") == "porter"


async def test_a_carriers_bill_comes_in_whole(uploads: Uploads, admin_conn) -> None:
    """Under the company's code and the carrier's usual name; a line whose amount is none is refused alone."""
    company = CreateCompany(code="CHAYE", name="清和", currency="CNY")
    await uploads.runner.run(Call(action="organization.create_company", input=company, actor=SYSTEM, door="http"))
    head = "公司,快递,账单号,运单号,金额,重量（千克）\n"
    rows = "CHAYE,顺丰,2026-11,SF404,12.00,1.5\nCHAYE,ZTO,2026-11,ZT404,8,\nCHAYE,顺丰,2026-11,SF405,一元,\n"
    assert await uploads.bring("carrier-bill", head + rows) == (2, 1)
    kept = await admin_conn.fetch("SELECT carrier, waybill, billed_minor FROM carrier_bill_lines ORDER BY waybill")
    assert [tuple(each) for each in kept] == [("SF", "SF404", 1200), ("ZTO", "ZT404", 800)]


async def test_what_can_be_uploaded_is_listed(uploads: Uploads) -> None:
    known = (await uploads.client.get("/api/v1/import-sheets")).json()
    assert {each["name"] for each in known} == {mapping.name for mapping in shipped_sheets()}
    (prices,) = [each for each in known if each["name"] == "sku-prices"]
    assert (prices["action"], prices["grant"]) == ("catalog.set_prices", "catalog.set_prices")
    assert [(each["header"], each["en"], each["required"]) for each in prices["columns"]] == [
        ("SKU编码", "SKU code", True),
        ("价格", "Price", True),
    ]


async def test_a_sheet_with_english_headers_comes_in_as_well(uploads: Uploads, admin_conn) -> None:
    """The empty sheet that is offered in English: rows are grouped by it, and what is wrong names its headers."""
    known = (await uploads.client.get("/api/v1/import-sheets")).json()
    for each in known:
        assert all(column["en"].isascii() for column in each["columns"]), each["name"]
    (sheet,) = [each for each in known if each["name"] == "new-products"]
    headers = ",".join(column["en"] for column in sheet["columns"])
    rows = ["TEE,T-shirt,,,,,TEE-R,,59.00,,", "TEE,T-shirt,,,,,TEE-B,,69.00,,", "CUP,Cup,,,,,CUP,,dear,,"]
    text = "\n".join([headers, *rows])
    answer = await uploads.client.post("/api/v1/import-sheets/new-products/rehearsal", content=text.encode())
    tried = answer.json()
    assert (tried["inputs"], tried["ok"], tried["refused"]) == (2, 1, 1)
    assert [(each["row_no"], each["column"]) for each in tried["errors"]] == [(3, "Price")]
    assert await uploads.bring("new-products", text) == (1, 1)
    found = await admin_conn.fetch("SELECT code, price_minor FROM skus ORDER BY code")
    assert [tuple(each) for each in found] == [("TEE-B", 6900), ("TEE-R", 5900)]
    assert await uploads.bring("sku-prices", "sku code,价格\nTEE-R,49.50\n") == (1, 0)
    unlike = await uploads.send("sku-prices", "SKU code,New price\nTEE-R,49.50\n", 422)
    assert unlike["data"] == {"missing": "Price", "present": "SKU code, New price"}


def test_shipped_sheets_fill_fields_that_there_are() -> None:
    for mapping in shipped_sheets():
        fields = ACTIONS[mapping.action].input.__struct_encode_fields__
        for path in [*(rule.to for rule in mapping.rules().values()), *mapping.constants]:
            assert parse_path(path)[0].field in fields, (mapping.name, path)


async def test_the_headers_of_a_sheet_and_its_first_rows_are_told(uploads: Uploads) -> None:
    rows = "".join(f"C{n},杯{n}\n" for n in range(8))
    sent = ("编号,名称\n" + rows).encode("gb18030")
    answer = await uploads.client.post("/api/v1/sheet-headers", params={"name": "我的表.csv"}, content=sent)
    seen = answer.json()
    assert (answer.status_code, seen["headers"], seen["rows"]) == (200, ["编号", "名称"], 8)
    assert (len(seen["samples"]), seen["samples"][0]) == (5, ["C0", "杯0"])
    empty = await uploads.client.post("/api/v1/sheet-headers", content=b"")
    assert (empty.status_code, empty.json()["code"]) == (422, "kernel.SheetEmpty")


async def test_a_sheet_is_tried_first_and_nothing_has_changed(uploads: Uploads, act, admin_conn) -> None:
    """With the byte-order mark of a spreadsheet, and headers of one's own by a mapping made from a known sheet."""
    await uploads.bring("new-products", PRODUCTS)
    known = (await uploads.client.get("/api/v1/import-sheets")).json()
    (base,) = [each for each in known if each["name"] == "sku-prices"]
    assert not base["is_saved"]
    columns = dict(zip(["货号", "新价"], base["mapping"]["columns"].values(), strict=True))
    title = {"zh": "我的改价", "en": "mine"}
    await act(
        "migration.save_mapping", {"sheet": base["mapping"] | {"name": "mine", "title": title, "columns": columns}}
    )
    (mine,) = [each for each in (await uploads.client.get("/api/v1/import-sheets")).json() if each["name"] == "mine"]
    assert (mine["is_saved"], [each["header"] for each in mine["columns"]]) == (True, ["货号", "新价"])

    text = "\ufeff货号,新价\nTEE-R,49.50\nTEE-B,贵\nNONE,1\n"
    answer = await uploads.client.post("/api/v1/import-sheets/mine/rehearsal", content=text.encode())
    tried = answer.json()
    assert (answer.status_code, tried["rows"], tried["tried"], tried["ok"], tried["refused"]) == (200, 3, 3, 1, 2)
    assert [(each["row_no"], each["column"]) for each in tried["errors"]] == [(2, "新价"), (3, "货号")]
    assert await admin_conn.fetchval("SELECT price_minor FROM skus WHERE code = 'TEE-R'") == 5900
    assert await admin_conn.fetchval("SELECT count(*) FROM import_runs WHERE mapping = 'mine'") == 0
    unlike = await uploads.client.post("/api/v1/import-sheets/sku-prices/rehearsal", content=text.encode())
    assert unlike.json()["code"] == "migration.HeadersUnknown"
    assert await uploads.bring("mine", text) == (1, 2)


async def test_of_a_long_sheet_the_first_rows_are_tried(uploads: Uploads) -> None:
    text = "商品编码\n" + "".join(f"P{n}\n" for n in range(620))
    answer = await uploads.client.post("/api/v1/import-sheets/listing/rehearsal", content=text.encode())
    assert (answer.json()["rows"], answer.json()["tried"], answer.json()["refused"]) == (620, 500, 500)


async def test_whoever_uploaded_it_gets_a_notice_of_its_end(uploads: Uploads, act, db: Database, admin_conn) -> None:
    people = People(db, cast(ManualClock, db.clock), act)
    ann = await people.hire("ann", "owner")
    uploads.known.actor = await people.actor(ann)
    begun = await uploads.send("new-products", PRODUCTS)
    await uploads.work()
    row = await admin_conn.fetchrow("SELECT user_id, kind, zh, link FROM staff_notices")
    assert tuple(row) == (
        ann.id, "finished", "导入完成：表.csv，成功 2 条，被拒 0 条", f"/sheets?run={begun['run']['id']}",
    )  # fmt: skip
    assert await admin_conn.fetchval("SELECT count(*) FROM events WHERE name = 'messaging.told.v1'") == 1

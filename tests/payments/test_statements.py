"""A provider's bill beside our payments: what fits, what either side is missing, what differs, each said once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import pytest
import pytest_asyncio
from litestar import Litestar
from litestar.datastructures import State

from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.http.reads import DEPENDENCIES, answer_exception, plain_signatures, require_grant
from shangmai.kernel.ids import new_id
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.contract import PaymentKind
from shangmai.modules.payments.contract.statements import RecordStatement, StatementRowUnreadable, StatementUnknown
from shangmai.modules.payments.http.statements import routes
from shangmai.modules.payments.service import read_statement
from tests.payments.telling import sealed, tells
from tests.routes import Known
from tests.world import World

WECHAT = """交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注
`2026-03-01 09:15:00,`wx1,`1900,`0,`,`4200001,`a1,`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`88.00,`12.00,`0,`0,`0.00,`0.00,`,`,`茶，罐装,`,`0.52800,`0.60%,`100.00,`0.00,`
`2026-03-01 21:00:00,`wx1,`1900,`0,`,`4200001,`a1,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030001,`r1,`30.00,`0.00,`ORIGINAL,`SUCCESS,`茶,`,`-0.18000,`0.60%,`0.00,`30.00,`
`2026-03-01 22:00:00,`wx1,`1900,`0,`,`4200002,`a2,`o1,`JSAPI,`REFUND,`OTHERS,`CNY,`0.00,`0.00,`5030002,`r2,`9.00,`0.00,`ORIGINAL,`FAIL,`茶,`,`0.00000,`0.60%,`0.00,`9.00,`
总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额
`3,`88.00,`39.00,`0.00,`0.35000,`100.00,`39.00
"""  # noqa: E501  as WeChat Pay writes it
ALIPAY = """#支付宝业务明细查询
#账号：[20881234567890120156]
#起始日期：[2026年03月01日 00:00:00]   终止日期：[2026年03月02日 00:00:00]
#-----------------------------------------业务明细列表----------------------------------------
支付宝交易号,商户订单号,业务类型,商品名称,创建时间,完成时间,门店编号,门店名称,操作员,终端号,对方账户,订单金额（元）,商家实收（元）,支付宝红包（元）,集分宝（元）,支付宝优惠（元）,商家优惠（元）,券核销金额（元）,券名称,商家红包消费金额（元）,卡消费金额（元）,退款批次号/请求号,服务费（元）,分润（元）,备注
2026030122001\t,b1\t,交易,茶,2026-03-01 08:00:00,2026-03-01 08:00:05,,,,,*明(1**),59.90,59.90,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,,-0.36,0.00,
2026030122001\t,b1\t,退款,茶,2026-03-01 10:00:00,2026-03-01 10:00:01,,,,,*明(1**),-9.90,-9.90,0.00,0.00,0.00,0.00,0.00,,0.00,0.00,c1\t,0.06,0.00,
#-----------------------------------------业务明细列表结束------------------------------------
#交易合计：1笔，商家实收共59.90元，商家优惠共0.00元
"""  # noqa: E501  as Alipay writes it
COMPANY = CompanyId(new_id())


def entries_of(folder: Path, text: bytes) -> list[tuple[Any, ...]]:
    path = folder / "bill.csv"
    path.write_bytes(text)
    read: RecordStatement = read_statement(path, "CNY", COMPANY, "any", None, None)
    return [
        (e.kind.value, e.transaction, e.own_number, e.amount_minor, e.fee_minor, f"{e.at:%H:%M}") for e in read.entries
    ]


class TestReading:
    def test_wechat_with_its_ticks_its_sums_and_a_refund_that_failed(self, tmp_path: Path) -> None:
        assert entries_of(tmp_path, WECHAT.encode("utf-8-sig")) == [
            ("payment", "4200001", "a1", 10000, 53, "01:15"), ("refund", "5030001", "r1", 3000, -18, "13:00"),
        ]  # fmt: skip

    def test_alipay_below_its_preamble_in_gbk(self, tmp_path: Path) -> None:
        assert entries_of(tmp_path, ALIPAY.encode("gbk")) == [
            ("payment", "2026030122001", "b1", 5990, 36, "00:00"), ("refund", "2026030122001", "c1", 990, -6, "02:00"),
        ]  # fmt: skip

    def test_any_other_by_plain_columns_and_the_days_it_is_of(self, tmp_path: Path) -> None:
        path = tmp_path / "bill.csv"
        path.write_text(
            "流水号,类型,金额,时间\nX1,收款,￥1.50,2026/03/01 23:30\nX2,退款,1,2026/03/02 00:30\nX3,提现,9,坏\n"
        )
        read = read_statement(path, "CNY", COMPANY, "any", None, None)
        assert [(each.kind, each.amount_minor) for each in read.entries] == [
            (PaymentKind.PAYMENT, 150), (PaymentKind.REFUND, 100),
        ]  # fmt: skip
        assert (read.since, read.until) == (datetime(2026, 2, 28, 16, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC))

    def test_what_is_no_bill_and_a_row_that_can_not_be_read(self, tmp_path: Path) -> None:
        with pytest.raises(StatementUnknown):
            entries_of(tmp_path, b"a,b\n1,2\n")
        with pytest.raises(StatementRowUnreadable) as wrong:
            entries_of(tmp_path, "流水号,类型,金额,时间\nX1,收款,1.50,2026/03/01\nX2,收款,一元,2026/03/01\n".encode())
        assert wrong.value.data == {"row": 2, "column": "金额", "value": "一元"}


class Bills:
    """Whoever uploads bills of the provider `test`, and reads what came of them."""

    def __init__(self, world: World, client: httpx.AsyncClient, known: Known) -> None:
        self.world, self.client, self.known = world, client, known
        world.db.clock = ManualClock(world.db.clock.now())  # a bill is of days, and none ends meanwhile
        self.now = world.db.clock.now().astimezone(ZoneInfo("Asia/Shanghai"))

    async def paid(self, *, method: str = "test") -> tuple[Any, str]:
        """An order of 40.00, paid; with the number of the payment there."""
        order = await self.world.place(2, 1)
        number = f"T{new_id().hex}"
        given = {"order_id": order.id, "amount_minor": order.total_minor, "method": method, "reference": number}
        await self.world.act("orders.pay", given)
        return order, number

    async def send(self, *rows: str, status: int = 201, **more: Any) -> Any:
        text = "流水号,类型,金额,时间,商户单号\n" + "".join(f"{row}\n" for row in rows)
        query = {"company_id": str(self.world.company_id), "provider": "test", "name": "三月.csv", **more}
        answer = await self.client.post("/api/v1/payments/statements", params=query, content=text.encode())
        assert answer.status_code == status, answer.text
        return answer.json()

    def row(self, number: str, amount: str = "40.00", kind: str = "收款", own: str = "", days: int = 0) -> str:
        return f"{number},{kind},{amount},{self.now + timedelta(days=days):%Y-%m-%d %H:%M:%S},{own}"

    async def lines(self, statement: Any, **query: Any) -> list[Any]:
        answer = await self.client.get(f"/api/v1/payments/statements/{statement['id']}/lines", params=query)
        assert answer.status_code == 200, answer.text
        return cast(list[Any], answer.json()["items"])

    async def read(self, statement: Any) -> Any:
        return (await self.client.get(f"/api/v1/payments/statements/{statement['id']}")).json()


@pytest_asyncio.fixture
async def bills(world: World, runner: Runner) -> AsyncIterator[Bills]:
    known = Known(SYSTEM)
    with plain_signatures():
        app = Litestar(
            list(routes),
            dependencies=dict(DEPENDENCIES),
            guards=[require_grant],
            exception_handlers={Exception: answer_exception},
            state=State({"db": world.db, "authenticator": known, "runner": runner}),
            openapi_config=None,
        )
    transport = httpx.ASGITransport(cast(Any, app))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield Bills(world, client, known)


async def test_every_movement_is_said_once(bills: Bills) -> None:
    (fits, one), (_, two), (only_ours, three) = [await bills.paid() for _ in range(3)]
    await bills.paid(method="cash")  # went by nobody
    made = await bills.send(bills.row(one), bills.row(two, "39.00"), bills.row("NONE", "5"), bills.row(one))
    assert (made["lines"], made["matched"], made["open"], made["paid_minor"]) == (5, 1, 4, 12400)
    told = {(line["transaction"], line["verdict"]): line for line in await bills.lines(made)}
    assert told.keys() == {
        (one, "matched"), (one, "repeated"), (two, "amount_differs"), ("NONE", "missing_here"),
        (three, "missing_there"),
    }  # fmt: skip
    assert told[one, "matched"]["order_id"] == str(fits.id)
    assert (told[two, "amount_differs"]["ours_minor"], told[two, "amount_differs"]["theirs_minor"]) == (4000, 3900)
    assert (told[three, "missing_there"]["order_id"], told[three, "missing_there"]["theirs_minor"]) == (
        str(only_ours.id),
        None,
    )
    assert [line["transaction"] for line in await bills.lines(made, verdict="amount_differs")] == [two]
    assert len(await bills.lines(made, open=True)) == 4
    assert await bills.world.count("events WHERE name = 'payments.statement_recorded.v1'") == 1


async def test_a_refund_fits_by_our_number_of_it(bills: Bills, order: Any, intent: Any) -> None:
    world = bills.world
    await world.act("payments.accept", {**_plain(sealed(tells(intent), world.db.clock.now()))})
    await world.reader.drain()  # the order hears of its money
    await world.ship(order)
    await world.give_back(order, {1: 1})
    async with world.db.reading(SYSTEM) as tx:
        call = await tx.fetchrow("SELECT id, amount_minor FROM refund_calls")
    assert call is not None
    back = f"{call['amount_minor'] / 100:.2f}"
    made = await bills.send(bills.row(f"T{intent.id.hex}"), bills.row("RF9", back, "退款", call["id"].hex.upper()))
    assert (made["lines"], made["matched"], made["refunded_minor"]) == (2, 2, call["amount_minor"])


async def test_a_file_is_taken_once_also_by_two_at_once(bills: Bills) -> None:
    _, number = await bills.paid()
    first, second = await asyncio.gather(bills.send(bills.row(number)), bills.send(bills.row(number)))
    assert first["id"] == second["id"]
    assert await bills.world.count("payment_statements") == 1
    assert await bills.world.count("payment_statement_lines") == 1


async def test_what_one_bill_misses_and_the_next_has_is_done_with(bills: Bills) -> None:
    (_, one), (_, late) = await bills.paid(), await bills.paid()
    first = await bills.send(bills.row(one))
    assert first["open"] == 1
    second = await bills.send(bills.row(late, days=1), name="四月.csv")
    assert (second["lines"], second["matched"]) == (1, 1)  # neither is missing in it: each was in a bill
    assert (await bills.read(first))["open"] == 0
    (settled,) = await bills.lines(first, verdict="missing_there")
    assert settled["note"] == "四月.csv"


async def test_what_is_recorded_later_is_found_and_the_rest_is_settled_with_a_note(bills: Bills) -> None:
    made = await bills.send(bills.row("LATER"), bills.row("NEVER", "7"))
    order = await bills.world.place(2, 1)
    await bills.world.act(
        "orders.pay", {"order_id": order.id, "amount_minor": order.total_minor, "method": "test", "reference": "LATER"}
    )
    again = await bills.world.act("payments.recheck_statement", {"statement_id": made["id"]})
    assert (again.found, again.open) == (1, 1)
    matched, missing = await bills.lines(made)
    settle = {"line_id": missing["id"], "note": "测试款，已在渠道后台退回"}
    done = await bills.world.act("payments.settle_statement_line", settle)
    assert (done.note, done.settled_at is None, (await bills.read(made))["open"]) == (settle["note"], False, 0)
    refused = await bills.world.answer("payments.settle_statement_line", settle | {"line_id": matched["id"]})
    assert refused.error is not None
    assert refused.error.code == "payments.NothingToSettle"


async def test_what_is_refused_leaves_nothing(bills: Bills) -> None:
    assert (await bills.send("X1,收款,坏,2026-03-01,", status=422))["code"] == "payments.StatementRowUnreadable"
    assert (await bills.send("X1,提现,1,2026-03-01,", status=422))["code"] == "payments.StatementEmpty"
    period = {"since": "2026-03-02T00:00:00Z", "until": "2026-03-01T00:00:00Z"}
    assert (await bills.send("X1,收款,1,2026-03-01,", status=422, **period))["code"] == "payments.PeriodEmpty"
    assert (await bills.send("X1,收款,1,2026-03-01,", status=404, company_id=str(new_id())))["status"] == 404
    bills.known.actor = Actor(id=new_id(), kind="user", name="u", grants=frozenset({"payments.read"}), scopes={})
    await bills.send("X1,收款,1,2026-03-01,", status=403)
    assert await bills.world.count("payment_statements") == 0


def _plain(do: Any) -> dict[str, Any]:
    return {name: getattr(do, name) for name in ("provider", "headers", "body")}

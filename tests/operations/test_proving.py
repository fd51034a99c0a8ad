"""Each proof holds for a business at work, and fails for what it is there to find."""

from __future__ import annotations

import io

import asyncpg
import pytest
from rich.console import Console

from shangmai.apps import proving
from shangmai.kernel.actions.chain import Sealer
from tests.pricing.making import customer, publish
from tests.world import World

Admin = asyncpg.Connection

STOCK, MONEY, ORDERS, LEDGER = (proving.OWN[module][0] for module in ("inventory", "payments", "orders", "ledger"))
PAID_IS_BOOKED, PARCEL_IS_BOOKED, RETURN_IS_BOOKED, FUNDERS_FIT, _, STOCK_ACCOUNT = (
    what for what, _ in proving.BETWEEN
)

TAMPERING = [
    ("a balance", "UPDATE stock_accounts SET posted = posted + 1 WHERE bounded", STOCK),
    ("what is held", "UPDATE stock_accounts SET held = held + 1 WHERE bounded AND posted > held", STOCK),
    ("a hold", "UPDATE stock_holds SET remaining = remaining - 1 WHERE remaining > 0", STOCK),
    ("a transfer of pieces", "DELETE FROM stock_transfers WHERE kind = 'settle'", STOCK),
    ("a transfer of value", "DELETE FROM value_transfers WHERE id = (SELECT max(id) FROM value_transfers)", STOCK),
    ("a transfer of money", "DELETE FROM money_transfers WHERE id = (SELECT max(id) FROM money_transfers)", LEDGER),
    ("a receipt", "UPDATE receipts_accounts SET posted = posted - 1 WHERE bounded AND posted > 0", MONEY),
    ("a payment", "DELETE FROM payments WHERE kind = 'payment'", MONEY),
    ("what an order was paid", "UPDATE orders SET paid_minor = paid_minor + 1 WHERE paid_minor > 0", ORDERS),
    ("a hold's order", "UPDATE orders SET status = 'canceled' WHERE status = 'placed'", ORDERS),
    ("a hold's owner", "UPDATE stock_holds SET doc = gen_random_uuid() WHERE remaining > 0", ORDERS),
    ("a total", "UPDATE ledger_totals SET debit_minor = debit_minor + 1", LEDGER),
    ("the value of stock", "UPDATE value_accounts SET posted = posted + 1 WHERE bounded AND posted > 0", STOCK_ACCOUNT),
    ("where payments are booked", FORGET := "ALTER TABLE ledger_lines DROP CONSTRAINT ledger_lines_entry_id_fkey;"
     " DELETE FROM ledger_entries WHERE rule LIKE 'payments.recorded%'", PAID_IS_BOOKED),
    ("where parcels are booked", FORGET.replace("payments.recorded%", "orders.shipped%"), PARCEL_IS_BOOKED),
    ("where returns are booked", FORGET.replace("payments.recorded%", "orders.returned%"), RETURN_IS_BOOKED),
]  # fmt: skip


async def busy(world: World) -> None:
    """Orders in every state: held, shipped, returned."""
    await world.place(1, 2)
    await world.sell(2, 1)
    await world.give_back(await world.sell(3), {1: 1})
    await world.reader.drain()
    await Sealer(world.db).drain()


def failing(report: proving.Report) -> set[str]:
    return {proof.what for proof in report.proofs if not proof.holds}


def printed(report: proving.Report, lang: str = "zh-CN") -> str:
    out = io.StringIO()
    proving.show(report, lang, Console(file=out, width=200))
    return out.getvalue()


async def test_a_business_at_work_agrees(world: World) -> None:
    await busy(world)
    report = await proving.prove(world.db)
    assert report.holds
    assert report.exit_code == 0
    assert (report.waiting, report.parked, report.skipped, report.chain.unsealed) == (0, 0, [], 0)
    assert len(report.proofs) == len(proving.OWN) + len(proving.BETWEEN)
    assert "全部相符" in printed(report)
    assert report.chain.head in printed(report, "en")


@pytest.mark.parametrize(("what", "sql", "named"), TAMPERING, ids=[what for what, _, _ in TAMPERING])
async def test_what_was_altered_behind_the_doors_is_found(
    world: World, admin_conn: Admin, what: str, sql: str, named: str
) -> None:
    await busy(world)
    await admin_conn.execute(sql)
    report = await proving.prove(world.db)
    assert named in failing(report), what
    assert report.exit_code == 1
    found = next(proof for proof in report.proofs if proof.what == named)
    assert found.count >= 1
    assert found.against[0] in printed(report)
    assert named in printed(report, "en")


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ("UPDATE action_log SET actor_name = 'nobody' WHERE id = $1", "altered"),
        ("UPDATE action_log SET input = '{}' WHERE id = $1", "altered"),
        ("DELETE FROM action_log WHERE id = $1", "removed"),
        ("DELETE FROM action_chain WHERE log_id = $1", "missing"),
    ],
)
async def test_the_first_altered_log_row_is_named(world: World, admin_conn: Admin, sql: str, problem: str) -> None:
    await busy(world)
    victim = await admin_conn.fetchrow("SELECT seq, log_id FROM action_chain WHERE seq = 5")
    assert victim is not None
    await admin_conn.execute(sql, victim["log_id"])
    report = await proving.prove(world.db)
    assert not report.holds
    assert problem in str(report.chain.problem)
    assert report.chain.broken_at == (6 if problem == "missing" else 5)
    if problem == "altered":
        assert report.chain.log_id == victim["log_id"]
        assert report.altered is not None
        assert report.altered in printed(report)


async def test_waiting_events_are_counted_and_what_depends_on_them_is_not_asked(world: World) -> None:
    await world.reader.drain()
    await world.sell(1)
    report = await proving.prove(world.db)
    assert report.holds
    assert report.waiting >= 3
    assert report.skipped == [what for what, _ in proving.BETWEEN]
    assert f"{report.waiting} events wait" in printed(report, "en")
    assert len(report.proofs) == len(proving.OWN)


@pytest.mark.parametrize(
    ("sql", "broken"),
    [
        ("UPDATE order_fundings SET amount_minor = amount_minor + 1", {FUNDERS_FIT}),
        ("DELETE FROM order_fundings", {FUNDERS_FIT}),
        ("UPDATE points_adjustments SET points = points + 1", {proving.OWN["members"][0]}),
        ("UPDATE points_accounts SET posted = posted + 1 WHERE bounded", {proving.OWN["members"][0]}),
    ],
)
async def test_funders_and_points_are_proven(world: World, admin_conn: Admin, sql: str, broken: set[str]) -> None:
    half = [{"funder": "platform", "share_bp": 5000}, {"funder": "shop", "share_bp": 5000}]
    await publish(world, funders=half)
    await world.pay(await world.place(10))
    member = await customer(world)
    await world.act("members.adjust_points", {"customer_id": member, "points": 100, "reason": "开业"})
    await world.reader.drain()
    await Sealer(world.db).drain()
    assert failing(await proving.prove(world.db)) == set()
    await admin_conn.execute(sql)
    assert failing(await proving.prove(world.db)) == broken

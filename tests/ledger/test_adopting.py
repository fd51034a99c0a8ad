"""Built-in rules and accounts reach books that were opened under an older set of them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from shangmai.apps import upkeep
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.db.embedded import Server
from shangmai.kernel.db.migrate import migrate
from shangmai.kernel.events import store
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import contract as jobs
from shangmai.kernel.jobs import queue
from shangmai.kernel.jobs.worker import Jobs
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import POSTING, Origin, PublishRule, Rule
from shangmai.modules.ledger.rules.adopting import BEGINNING, versions_to_add
from shangmai.modules.ledger.rules.chart import CODES, DEFAULT_RULES
from shangmai.modules.organization.contract import CompanyId
from tests.conftest import Act
from tests.jobs.waiting import until
from tests.ledger.conftest import MID_JANUARY, Happen, Post, vouchers, written
from tests.ledger.test_posting import SHIPPED, parked

KEPT = {"number": "SO1", "customer_id": None, "kept_minor": 50_00, "currency": "CNY"}
NOW = datetime(2026, 6, 1, tzinfo=UTC)


@pytest_asyncio.fixture
async def older(db: Database, company: CompanyId, admin_conn: asyncpg.Connection) -> CompanyId:
    """A company whose books were opened by a release without deposits."""
    await admin_conn.execute("DELETE FROM ledger_rules WHERE name = 'orders.deposit_kept'")
    await admin_conn.execute("DELETE FROM ledger_accounts WHERE code = '571102'")
    return company


@pytest_asyncio.fixture
async def working(db: Database) -> AsyncIterator[None]:
    """The worker's jobs run meanwhile."""
    doing = Jobs(Runner(db), jobs=[jobs.JOBS["ledger.catch_up"]], schedules=[])
    task = asyncio.create_task(doing.run())
    yield
    doing.stop()
    await task


async def rules_of(db: Database, company: CompanyId, name: str) -> list[Rule]:
    async with db.reading(SYSTEM) as tx:
        return [rule for rule in await service.list_rules(tx, company) if rule.name == name]


async def start(db: Database) -> None:
    """What a worker does first."""
    await upkeep.adopt_rules(Runner(db))


async def adoptions(db: Database) -> int:
    async with db.reading(SYSTEM) as tx:
        return int(await tx.fetchval("SELECT count(*) FROM action_log WHERE action = 'ledger.adopt_rules'"))


async def test_a_start_brings_what_is_lacking_once_and_logs_it(db: Database, older: CompanyId) -> None:
    await start(db)
    [rule] = await rules_of(db, older, "orders.deposit_kept")
    assert (rule.version, rule.active_from, rule.origin) == (1, BEGINNING, Origin.BUILT_IN)
    async with db.reading(SYSTEM) as tx:
        assert {account.code for account in await service.list_accounts(tx, older)} == CODES
    assert await adoptions(db) == 1
    await start(db)
    assert await adoptions(db) == 1
    assert len(await rules_of(db, older, "orders.deposit_kept")) == 1


async def test_two_workers_starting_together_add_one_version(db: Database, older: CompanyId) -> None:
    await asyncio.gather(*(start(db) for _ in range(4)))
    assert [rule.version for rule in await rules_of(db, older, "orders.deposit_kept")] == [1]


async def test_current_books_and_no_books_lack_nothing(db: Database, company: CompanyId, act: Act) -> None:
    async with db.reading(SYSTEM) as tx:
        assert not await service.is_behind(tx)
    adopted = await act("ledger.adopt_rules", {})
    assert (adopted.rules, adopted.accounts, adopted.catching_up) == ([], [], [])


async def test_events_that_had_passed_are_posted(
    db: Database, older: CompanyId, happen: Happen, post: Post, working: None
) -> None:
    passed = [await happen("orders.deposit_kept.v1", KEPT) for _ in range(3)]
    await happen("orders.shipped.v1", SHIPPED)
    await post()
    assert [entry.rule for entry in await vouchers(db, older)] == ["orders.shipped"]
    later = await happen("orders.deposit_kept.v1", KEPT)
    await start(db)
    await until(lambda: count_is(db, older, 4))

    async def is_posted() -> bool:
        await post()  # not while the job, which shows what it has posted a moment before it ends, holds the lane
        return await count_is(db, older, 5)

    await until(is_posted)
    made = [entry for entry in await vouchers(db, older) if entry.rule == "orders.deposit_kept"]
    assert [entry.cause for entry in made] == [*passed, later]
    assert {(entry.period, *written(entry)) for entry in made} == {(202601, "1122/5301 5000")}


async def test_events_that_were_posted_by_hand_are_left(
    db: Database, older: CompanyId, happen: Happen, post: Post, act: Act
) -> None:
    await happen("orders.deposit_kept.v1", KEPT)
    await post()
    adopted = await act("ledger.adopt_rules", {"catch_up": False})
    assert ([rule.name for rule in adopted.rules], adopted.catching_up) == (["orders.deposit_kept"], [])
    async with db.reading(SYSTEM) as tx:
        assert (await queue.counts(tx))["queued"] == 0


async def count_is(db: Database, company: CompanyId, count: int) -> bool:
    return len(await vouchers(db, company)) == count


async def test_a_period_that_was_closed_meanwhile_stays_closed(
    db: Database, older: CompanyId, happen: Happen, post: Post, act: Act, working: None
) -> None:
    await happen("orders.deposit_kept.v1", KEPT)
    await post()
    await act("ledger.lock_period", {"company_id": str(older), "period": 202601})
    await start(db)
    await until(lambda: count_is(db, older, 1))
    [entry] = await vouchers(db, older)
    assert (entry.period, entry.summary) == (202602, "预售尾款逾期，定金不退 SO1（业务日期 2026-01-15，当期已结账）")


async def test_what_cannot_be_posted_is_parked_and_the_rest_go_on(
    db: Database, older: CompanyId, happen: Happen, post: Post, working: None
) -> None:
    bad = await happen("orders.deposit_kept.v1", KEPT | {"kept_minor": "?"}, key="a")
    await happen("orders.deposit_kept.v1", KEPT, key="a")
    good = await happen("orders.deposit_kept.v1", KEPT, key="b")
    await post()
    assert await parked(db) == []
    await start(db)
    await until(lambda: count_is(db, older, 1))
    assert [entry.cause for entry in await vouchers(db, older)] == [good]
    reasons = [reason.split(":")[0] for _, reason in await parked(db)]
    assert reasons == ["EventUnfit", "waits behind a parked event"]
    async with db.reading(SYSTEM) as tx:
        assert (await store.list_parked(tx, POSTING))[0].seq == await tx.fetchval(
            "SELECT seq FROM events WHERE id = $1", bad
        )


async def test_the_batches_follow_each_other_to_the_end(
    db: Database, older: CompanyId, happen: Happen, post: Post, working: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = [await happen("orders.deposit_kept.v1", KEPT) for _ in range(7)]
    await post()
    monkeypatch.setattr(store, "PASSED_SPAN", 2)  # patch: seven events take several spans
    await start(db)
    await until(lambda: count_is(db, older, 7))
    assert [entry.cause for entry in await vouchers(db, older)] == passed


async def test_a_rule_published_for_the_past_is_not_caught_up_with_it(
    db: Database, older: CompanyId, happen: Happen, post: Post, act: Act, working: None
) -> None:
    await happen("orders.deposit_kept.v1", KEPT)
    await post()
    own = {
        "name": "mine",
        "event": "orders.deposit_kept.v1",
        "summary": "x",
        "lines": [{"debit": {"account": "1122"}, "credit": {"account": "2241"}, "amount": "kept_minor"}],
        "active_from": "2026-01-01T00:00:00Z",
    }
    await act("ledger.publish_rule", own)
    await start(db)
    await until(lambda: count_is(db, older, 1))
    assert [entry.rule for entry in await vouchers(db, older)] == ["orders.deposit_kept"]


async def test_a_rule_that_the_merchant_changed_or_retired_is_theirs(
    db: Database, company: CompanyId, act: Act, admin_conn: asyncpg.Connection
) -> None:
    shipped = next(rule for rule in DEFAULT_RULES if rule.name == "orders.shipped")
    await act("ledger.publish_rule", PublishRule(name=shipped.name, event=shipped.event, lines=[], summary="手工记账"))
    await act("ledger.retire_rule", {"name": "orders.returned"})
    before = await rules_of(db, company, "orders.shipped") + await rules_of(db, company, "orders.returned")
    await admin_conn.execute("DELETE FROM ledger_rules WHERE name = 'orders.deposit_kept'")
    await start(db)
    assert await rules_of(db, company, "orders.shipped") + await rules_of(db, company, "orders.returned") == before
    assert [rule.origin for rule in before] == [Origin.BUILT_IN, Origin.MERCHANT, Origin.BUILT_IN]


async def test_a_changed_rule_goes_on_in_a_new_version(
    db: Database, company: CompanyId, admin_conn: asyncpg.Connection, happen: Happen, post: Post
) -> None:
    await admin_conn.execute("UPDATE ledger_rules SET summary = '旧 {number}' WHERE name = 'orders.deposit_kept'")
    await start(db)
    first, second = await rules_of(db, company, "orders.deposit_kept")
    assert (first.active_to, second.active_to) == (second.active_from, None)
    assert (second.version, second.origin, second.summary) == (2, Origin.BUILT_IN, "预售尾款逾期，定金不退 {number}")
    await happen("orders.deposit_kept.v1", KEPT, at=MID_JANUARY)
    await happen("orders.deposit_kept.v1", KEPT, at=second.active_from)
    await post()
    assert [(entry.rule_version, entry.summary[:2]) for entry in await vouchers(db, company)] == [
        (1, "旧 "),
        (2, "预售"),
    ]


# --- the decision --------------------------------------------------------------------------------------------------


@st.composite
def kept_rules(draw: st.DrawFn) -> dict[str, Rule]:
    kept = {}
    for rule in DEFAULT_RULES:
        if draw(st.booleans()):
            kept[rule.name] = Rule(
                company_id=None,
                name=rule.name,
                version=draw(st.integers(1, 5)),
                event=rule.event,
                when=rule.when,
                lines=rule.lines,
                summary=draw(st.sampled_from([rule.summary, "other"])),
                active_from=BEGINNING,
                active_to=draw(st.sampled_from([None, NOW])),
                origin=draw(st.sampled_from(Origin)),
            )
    return kept


@given(kept_rules())
def test_adopting_is_idempotent_and_touches_nothing_of_the_merchants(kept: dict[str, Rule]) -> None:
    added = versions_to_add(kept, DEFAULT_RULES, NOW)
    for rule in added:
        before = kept.get(rule.name)
        assert before is None or (before.origin is Origin.BUILT_IN and before.active_to is None)
        assert (rule.version, rule.active_from) == ((1, BEGINNING) if before is None else (before.version + 1, NOW))
    after: dict[str, Any] = kept | {rule.name: rule for rule in added}
    assert after.keys() == {rule.name for rule in DEFAULT_RULES}
    assert versions_to_add(after, DEFAULT_RULES, datetime(2027, 1, 1, tzinfo=UTC)) == []


# --- the migration -------------------------------------------------------------------------------------------------

OLDER_RULES = """
INSERT INTO ledger_rules (company_id, name, version, event, "when", lines, summary, active_from, cause)
SELECT NULL, name, version, 'x.y.v1', '[]', '[]', 's', since::timestamptz, gen_random_uuid() FROM (VALUES
  ('orders.shipped', 1, '1970-01-01T00:00:00Z'), ('orders.shipped', 2, '2026-01-01T00:00:00Z'),
  ('orders.returned', 1, '1970-01-01T00:00:00Z'), ('mine', 1, '1970-01-01T00:00:00Z')) AS r (name, version, since)"""


async def test_rules_of_an_older_release_are_told_from_the_merchants(server: Server) -> None:
    name = f"older_{new_id().hex}"
    admin = await asyncpg.connect(server.dsn())
    await admin.execute(f"CREATE DATABASE {name}")
    try:
        await migrate(server.dsn(database=name), "0030")
        conn = await asyncpg.connect(server.dsn(database=name))
        await conn.execute(OLDER_RULES)
        await migrate(server.dsn(database=name))
        rows = await conn.fetch("SELECT name, version, origin FROM ledger_rules ORDER BY name, version")
        await conn.close()
    finally:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await admin.close()
    assert [tuple(row) for row in rows] == [
        ("mine", 1, "merchant"), ("orders.returned", 1, "built_in"),
        ("orders.shipped", 1, "built_in"), ("orders.shipped", 2, "merchant"),
    ]  # fmt: skip

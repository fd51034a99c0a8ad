"""Keys taken for new until all is written: a repeat that this process cannot know of is noticed then."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from shangmai.kernel.actions import record
from shangmai.kernel.actions.contract import ACTIONS, Answer, Call, KeyReused
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.books.contract import Moved, Post
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import NotFound
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from tests.kernel.books.ops import balance, proof
from tests.kernel.conftest import Dump, UntilBlocked
from tests.kernel.declared import Gate, gates, pieces
from tests.kernel.test_presuming import Tried, go

ROWS = ("test_steps", "action_log", "action_claims")


def call(key: str | None, mark: str = "a", do: str = "write") -> Call:
    spec = ACTIONS["test.step_presuming"]
    return Call(action=spec.name, input=read_input(spec, {"do": do, "mark": mark}), actor=SYSTEM, door="test", key=key)


@pytest.fixture
def runner(db: Database) -> Runner:
    return Runner(db)


def forget(db: Database) -> None:
    """As if the process had begun anew."""
    db.memory.pop(record.SEEN)


async def statements(db: Database, runner: Runner, *calls: Call) -> tuple[list[Answer], list[str]]:
    told: list[str] = []
    async with db.connection() as conn:
        conn.add_query_logger(lambda each: told.append(each.query.split()[0]))
    return await runner.run_list(calls), list(told)


async def test_a_new_key_costs_no_statement(db: Database, runner: Runner) -> None:
    for keyed in (None, "before"):
        await runner.run(call(keyed))  # so that all is prepared
    _, unkeyed = await statements(db, runner, call(None))
    (answer,), told = await statements(db, runner, call("1"))
    assert answer.unwrap().mark == "a"
    assert len(told) == len(unkeyed)


async def test_a_list_that_repeats_itself_is_done_once(runner: Runner, dump: Dump) -> None:
    first, again, other = await runner.run_list([call("1"), call("1"), call("1", "b")])
    assert (first.replayed, again.replayed, again.log_id) == (False, True, first.log_id)
    assert type(other.error) is KeyReused
    rows = await dump(*ROWS)
    assert [len(rows[name]) for name in ROWS] == [1, 1, 1]


async def test_what_the_process_has_seen_is_asked_for_first(db: Database, runner: Runner, dump: Dump) -> None:
    first = await runner.run(call("1"))
    before = await dump(*ROWS)
    (again, other), told = await statements(db, runner, call("1"), call("1", "b"))
    assert (again.replayed, again.log_id, again.unwrap().mark) == (True, first.log_id, "a")
    assert type(other.error) is KeyReused
    assert "ROLLBACK" not in told
    assert await dump(*ROWS) == before


async def test_what_it_has_forgotten_is_noticed_when_it_writes(db: Database, runner: Runner, dump: Dump) -> None:
    first = await runner.run(call("1"))
    before = await dump(*ROWS)
    forget(db)
    (again,), told = await statements(db, runner, call("1"))
    assert (again.replayed, again.log_id, again.unwrap().mark) == (True, first.log_id, "a")
    assert "ROLLBACK" in told
    forget(db)
    (reused,), _ = await statements(db, runner, call("1", "b"))
    assert type(reused.error) is KeyReused
    assert await dump(*ROWS) == before


async def test_one_that_was_done_does_not_keep_its_neighbours_from_it(db: Database, runner: Runner, dump: Dump) -> None:
    first = await runner.run(call("1", "a"))
    forget(db)
    new, again, unkeyed = await runner.run_list([call("2", "b"), call("1", "a"), call(None, "c")])
    assert (new.replayed, again.log_id, unkeyed.error) == (False, first.log_id, None)
    assert sorted(row["mark"] for row in (await dump("test_steps"))["test_steps"]) == ["a", "b", "c"]


async def test_a_refusal_is_the_first_answer_too(db: Database, runner: Runner) -> None:
    first = await runner.run(call("1", "a", "refuse"))
    assert isinstance(first.error, NotFound)
    forget(db)
    again = await runner.run(call("1", "a", "refuse"))
    assert isinstance(again.error, NotFound)
    assert (again.replayed, again.log_id) == (True, first.log_id)


async def test_a_repeat_that_fails_where_the_first_did_not_gets_the_first_answer(
    db: Database, runner: Runner, dump: Dump
) -> None:
    """What was done once is often not possible twice; then the key tells that it is done."""
    await runner.run(call("1", "a", "wait"))
    before = await dump(*ROWS)
    forget(db)
    gates["a"] = Gate()
    try:
        again = asyncio.create_task(runner.run(call("1", "a", "wait")))
        await gates["a"].entered.wait()
        again.cancel()
        with pytest.raises(asyncio.CancelledError):
            await again
    finally:
        gates.pop("a").open.set()
    assert (await runner.run(call("1", "a", "wait"))).replayed
    assert await dump(*ROWS) == before


async def test_two_processes_with_one_key_do_it_once(
    db: Database, other_db: Database, until_blocked: UntilBlocked, dump: Dump
) -> None:
    for turn in range(10):
        answers = await asyncio.gather(
            *(Runner(each).run(call(f"{turn}", f"{turn}")) for each in (db, other_db) for _ in range(3))
        )
        assert len({answer.log_id for answer in answers}) == 1
        assert sorted(answer.replayed for answer in answers)[0] is False
    marks = [row["mark"] for row in (await dump("test_steps"))["test_steps"]]
    assert sorted(marks) == sorted(f"{turn}" for turn in range(10))


async def test_who_comes_second_waits_for_the_first_and_hears_its_answer(
    db: Database, other_db: Database, until_blocked: UntilBlocked
) -> None:
    async with other_db.transaction() as tx:
        await tx.execute(
            "INSERT INTO action_claims (actor_id, key, log_id, input_hash) VALUES ($1, '1', $2, '')",
            SYSTEM.id,
            new_id(),
        )
        second = asyncio.create_task(Runner(db).run(call("1")))
        await until_blocked()
        await tx.conn.execute("ROLLBACK; BEGIN")
    assert (await second).unwrap().mark == "a", "the first was given up"


async def test_a_dry_run_claims_nothing(db: Database, runner: Runner, dump: Dump) -> None:
    asked = call("1")
    dry = Call(action=asked.action, input=asked.input, actor=SYSTEM, door="test", key="1", dry_run=True)
    assert (await runner.run(dry)).error is None
    assert (await runner.run(asked)).replayed is False
    assert [len(rows) for rows in (await dump(*ROWS)).values()] == [1, 1, 1]


def test_the_latest_keys_are_known_again_and_the_memory_does_not_grow() -> None:
    seen, keys = record.Seen(), [(SYSTEM.id, str(n)) for n in range(3 * record.SEEN_MAX)]
    for start in range(0, len(keys), 100):
        assert not seen.any_of(keys[start : start + 100])
        seen.add(keys[start : start + 100])
        assert all(seen.any_of([key]) for key in keys[max(start - record.SEEN_MAX // 2, 0) + 100 : start + 100 : 997])
        assert len(seen) <= record.SEEN_MAX + 200
    assert not seen.any_of(keys[:100])


class TestNewAccounts:
    """Accounts of documents that a transaction makes have ids drawn ahead, and are made with all else."""

    @staticmethod
    def put(sku: Any, *amounts: int) -> Any:
        async def body(tx: Tx) -> None:
            for amount in amounts:
                post = Post(
                    debit=(sku, "supplier"), credit=(sku, "on_hand"), amount=amount, doc=new_id(), item=tx.items[0]
                )
                assert await pieces.post(tx, [post], [(sku, "on_hand")]) == [Moved(amount)]

        return body

    async def test_they_cost_no_statement(self, db: Database) -> None:
        await go(db, self.put(new_id(), 5))
        tried, sku = Tried(), new_id()
        async with db.transaction() as tx:
            await tx.execute(
                "INSERT INTO test_pieces_accounts (sku, bucket, bounded) VALUES ($1, 'supplier', false)", sku
            )
        async with db.transaction() as tx:
            await pieces.balances(tx, [(sku, "supplier")])
        await go(db, self.put(sku, 5), tried)
        assert tried[0][-1] == "WITH"
        assert [len(tried), tried[0].count("WITH")] == [1, 1]
        assert await balance(db, sku) == (5, 0, 0)
        assert await proof(db) == []

    async def test_one_that_is_there_after_all_is_found(self, db: Database, other_db: Database) -> None:
        sku = new_id()
        await go(other_db, self.put(sku, 7))
        tried = Tried()
        await go(db, self.put(sku, 5), tried)
        assert len(tried) == 2, "done again, with what is there"
        assert await balance(db, sku) == (12, 0, 0)
        assert await proof(db) == []

    async def test_what_comes_later_in_the_transaction_finds_them(self, db: Database) -> None:
        sku = new_id()

        async def body(tx: Tx) -> None:
            await self.put(sku, 5)(tx)
            post = Post(debit=(sku, "on_hand"), credit=(sku, "gone"), amount=2, doc=new_id(), item=tx.items[0])
            assert await pieces.post(tx, [post]) == [Moved(2, posted_before=5)]

        await go(db, body)
        assert await balance(db, sku) == (3, 0, 0)
        assert await proof(db) == []

    async def test_ids_are_given_once_whatever_is_rolled_back(self, db: Database, dump: Dump) -> None:
        await asyncio.gather(*(go(db, self.put(new_id(), 1)) for _ in range(20)))
        assert await proof(db) == []
        accounts = (await dump("test_pieces_accounts"))["test_pieces_accounts"]
        assert len({row["id"] for row in accounts}) == len(accounts) == 40

"""The same key with the same input gives the first answer, whatever was lost or killed in between."""

from __future__ import annotations

import asyncio
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import msgspec
import pytest
from structlog.testing import capture_logs

from shangmai.kernel.actions.contract import Answer, Call, KeyReused
from shangmai.kernel.actions.masking import MASKED
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.books.contract import Short
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError, Conflict, Invalid, NotFound
from shangmai.kernel.ids import format_number, new_id, parse_number
from tests.kernel.conftest import Dump, Stock, UntilBlocked, actor
from tests.kernel.declared import Fail, Gate, Register, Step, Stepped, Take, WriteNote, gates, pieces
from tests.kernel.process import Process

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

Run = Callable[..., Awaitable[Answer]]
SHOP = new_id()


@pytest.fixture
def run(runner: Runner) -> Run:
    async def one(name: str, do: msgspec.Struct, *, by: Actor = SYSTEM, **more: Any) -> Answer:
        given = {"key": "k", **more}
        return await runner.run(Call(action=name, input=do, actor=by, door="test", **given))

    return one


def step(do: str, mark: str, key: str | None = "k", by: Actor = SYSTEM) -> Call:
    return Call(action="test.step", input=Step(do=do, mark=mark), actor=by, door="test", key=key)


async def marks(admin: Admin) -> list[str]:
    return [row["mark"] for row in await admin.fetch("SELECT mark FROM test_steps ORDER BY seq")]


class TestRepeats:
    async def test_give_the_first_value_and_change_nothing(self, run: Run, stock: Stock, dump: Dump) -> None:
        take = Take(sku=await stock(5), qty=3, shop_id=SHOP)
        first = await run("test.take", take)
        before = await dump()
        second = await run("test.take", take)
        assert (first.error, first.replayed) == (None, False)
        assert (second.error, second.replayed) == (None, True)
        assert (second.value, second.encoded, second.log_id) == (first.value, first.encoded, first.log_id)
        assert await dump() == before

    async def test_of_a_single_action_too(self, run: Run, dump: Dump) -> None:
        first = await run("test.write_note", WriteNote(shop_id=SHOP, text="a"))
        before = await dump()
        second = await run("test.write_note", WriteNote(shop_id=SHOP, text="a"))
        assert second == msgspec.structs.replace(first, replayed=True)
        assert await dump() == before

    async def test_give_the_first_refusal_even_when_it_would_succeed_now(
        self, run: Run, stock: Stock, admin_conn: Admin
    ) -> None:
        sku = await stock(5)
        take = Take(sku=sku, qty=6, shop_id=SHOP)
        first = await run("test.take", take)
        await stock(10, sku=sku)
        second = await run("test.take", take)
        assert isinstance(first.error, Short)
        assert isinstance(second.error, Short)
        assert (second.error.data, second.error.message("zh")) == (first.error.data, first.error.message("zh"))
        assert (first.replayed, second.replayed, second.log_id) == (False, True, first.log_id)
        assert await admin_conn.fetchval("SELECT count(*) FROM test_pieces_holds") == 0
        assert (await run("test.take", take, key="new")).error is None

    async def test_give_the_first_raised_refusal(self, run: Run, dump: Dump) -> None:
        first = await run("test.fail", Fail("refuse"))
        before = await dump()
        second = await run("test.fail", Fail("refuse"))
        assert [type(a.error) for a in (first, second)] == [Conflict, Conflict]
        assert (second.replayed, second.log_id) == (True, first.log_id)
        assert await dump() == before

    async def test_name_the_same_fields_again(self, run: Run) -> None:
        first = await run("test.step", Step(do="invalid", mark="x"))
        second = await run("test.step", Step(do="invalid", mark="x"))
        assert isinstance(first.error, Invalid)
        assert isinstance(second.error, Invalid)
        assert second.replayed
        assert second.error.fields == first.error.fields == [("lines.0.mark", "x is bad")]
        assert second.error.to_wire() == first.error.to_wire()

    async def test_answer_with_personal_data_masked(self, run: Run) -> None:
        given = Register(name="Li Lei", phone="13800138000")
        first = await run("test.register", given)
        second = await run("test.register", given)
        assert (second.error, second.replayed) == (None, True)
        assert msgspec.json.decode(second.encoded) == {
            "member_id": str(first.value.member),
            "phone": MASKED,
            "born_year": MASKED,
        }

    async def test_of_a_long_list_are_told_item_by_item(self, runner: Runner, admin_conn: Admin, dump: Dump) -> None:
        calls = [step("refuse" if n % 5 == 0 else "write", f"标 {n}", str(n) if n % 3 else None) for n in range(150)]
        first = await runner.run_list(calls)
        rows = await admin_conn.fetch(
            "SELECT id, key, ok, error_code, output, input, door FROM action_log ORDER BY seq"
        )
        assert [tuple(row) for row in rows] == [
            (
                first[n].log_id,
                call.key,
                n % 5 != 0,
                None if n % 5 else "kernel.NotFound",
                f'{{"code":"kernel.NotFound","data":{{"mark":"标 {n}"}}}}'
                if n % 5 == 0
                else (f'{{"mark":"标 {n}"}}' if call.key else None),
                f'{{"do":"{"write" if n % 5 else "refuse"}","mark":"标 {n}"}}',
                "test",
            )
            for n, call in enumerate(calls)
        ]
        keyed = [n for n in range(150) if n % 3]
        before = await dump()
        second = await runner.run_list([calls[n] for n in keyed])
        assert [(a.value, a.log_id, a.replayed) for a in second] == [
            (first[n].value, first[n].log_id, True) for n in keyed
        ]
        assert [type(a.error) for a in second] == [type(first[n].error) for n in keyed]
        assert await dump() == before

    async def test_without_a_key_there_are_none(self, run: Run, admin_conn: Admin) -> None:
        for _ in range(2):
            assert not (await run("test.step", Step(do="write", mark="a"), key=None)).replayed
        assert await marks(admin_conn) == ["a", "a"]
        assert await admin_conn.fetchval("SELECT count(*) FROM action_claims") == 0

    async def test_of_a_lost_answer_give_it(self, db: Database, other_db: Database, admin_conn: Admin) -> None:
        """The caller goes away in the middle; the call is carried out, and the repeat at another process tells."""
        gates["g"] = gate = Gate()
        try:
            lost = asyncio.create_task(Runner(db).run(step("wait", "g")))
            await gate.entered.wait()
            lost.cancel()
            repeat = asyncio.create_task(Runner(other_db).run(step("wait", "g")))
            gate.open.set()
            answer = await repeat
        finally:
            gates.clear()
        assert (answer.value, answer.replayed) == (Stepped("g"), True)
        assert lost.cancelled()
        assert await marks(admin_conn) == ["g"]


class TestReusedKeys:
    async def test_with_another_input_are_refused(self, run: Run, stock: Stock, dump: Dump) -> None:
        sku = await stock(5)
        first = await run("test.take", Take(sku=sku, qty=1, shop_id=SHOP))
        before = await dump()
        second = await run("test.take", Take(sku=sku, qty=2, shop_id=SHOP))
        assert isinstance(second.error, KeyReused)
        assert second.error.data == {"key": "k"}
        assert await dump() == before
        assert (await run("test.take", Take(sku=sku, qty=1, shop_id=SHOP))).value == first.value

    async def test_with_another_action_are_refused(self, run: Run, dump: Dump) -> None:
        await run("test.fail", Fail("refuse"))
        before = await dump()
        assert isinstance((await run("test.write_note", WriteNote(shop_id=SHOP, text="a"))).error, KeyReused)
        assert await dump() == before

    async def test_with_another_business_time_are_refused(self, run: Run, dump: Dump) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        await run("test.step", Step(do="write", mark="a"), at=at)
        before = await dump()
        for other in (None, at + timedelta(seconds=1)):
            assert isinstance((await run("test.step", Step(do="write", mark="a"), at=other)).error, KeyReused)
        assert await dump() == before

    async def test_the_same_instant_may_be_spelled_in_another_zone(self, run: Run) -> None:
        at = datetime(2026, 1, 1, tzinfo=UTC)
        await run("test.step", Step(do="write", mark="a"), at=at)
        answer = await run("test.step", Step(do="write", mark="a"), at=at.astimezone(timezone(timedelta(hours=8))))
        assert (answer.error, answer.replayed) == (None, True)

    async def test_personal_data_counts_though_it_is_masked_in_the_log(self, run: Run) -> None:
        await run("test.register", Register(name="Li Lei", phone="13800138000"))
        other = await run("test.register", Register(name="Li Lei", phone="13900139000"))
        assert isinstance(other.error, KeyReused)

    async def test_of_another_actor_are_independent(self, run: Run, admin_conn: Admin) -> None:
        people = [actor("*", shop=None) for _ in range(2)]
        answers = [await run("test.step", Step(do="write", mark=str(n)), by=by) for n, by in enumerate(people)]
        assert [a.value for a in answers] == [Stepped("0"), Stepped("1")]
        assert await marks(admin_conn) == ["0", "1"]


class TestOneBatch:
    async def test_a_key_given_twice_is_carried_out_once(self, runner: Runner, admin_conn: Admin) -> None:
        answers = await runner.run_list([step("write", "a"), step("write", "b", "other"), step("write", "a")])
        assert [(a.value, a.replayed) for a in answers] == [
            (Stepped("a"), False),
            (Stepped("b"), False),
            (Stepped("a"), True),
        ]
        assert answers[2].log_id == answers[0].log_id
        assert await marks(admin_conn) == ["a", "b"]

    async def test_a_refusal_given_twice_is_one_refusal(self, runner: Runner, admin_conn: Admin) -> None:
        answers = await runner.run_list([step("refuse", "a"), step("refuse", "a")])
        assert [(type(a.error), a.replayed) for a in answers] == [(NotFound, False), (NotFound, True)]
        assert await admin_conn.fetchval("SELECT count(*) FROM action_log") == 1

    async def test_a_key_with_two_inputs_serves_the_first(self, runner: Runner, admin_conn: Admin) -> None:
        answers = await runner.run_list([step("write", "a"), step("write", "b"), step("write", "a")])
        assert [a.value or type(a.error) for a in answers] == [Stepped("a"), KeyReused, Stepped("a")]
        assert await marks(admin_conn) == ["a"]

    async def test_what_an_earlier_batch_answered_is_told_to_the_call_with_the_same_input(
        self, runner: Runner, admin_conn: Admin
    ) -> None:
        await runner.run(step("write", "a"))
        answers = await runner.run_list([step("write", "b"), step("write", "a"), step("write", "b")])
        assert [a.value or type(a.error) for a in answers] == [KeyReused, Stepped("a"), KeyReused]
        assert [a.replayed for a in answers] == [False, True, False]
        assert await marks(admin_conn) == ["a"]

    async def test_one_key_of_two_actors_is_two_keys(self, runner: Runner, admin_conn: Admin) -> None:
        people = [actor("*", shop=None) for _ in range(2)]
        answers = await runner.run_list([step("write", str(n), by=by) for n, by in enumerate(people)])
        assert [(a.value, a.replayed) for a in answers] == [(Stepped("0"), False), (Stepped("1"), False)]

    async def test_repeats_and_new_calls_mix(self, runner: Runner, admin_conn: Admin) -> None:
        await runner.run_list([step("write", "a", "1"), step("refuse", "b", "2")])
        answers = await runner.run_list(
            [step("write", "c", "3"), step("write", "a", "1"), step("refuse", "b", "2"), step("write", "x", "1")]
        )
        assert [a.value or type(a.error) for a in answers] == [Stepped("c"), Stepped("a"), NotFound, KeyReused]
        assert [a.replayed for a in answers] == [False, True, True, False]
        assert await marks(admin_conn) == ["a", "c"]


class TestOurOwnErrors:
    """A key is not bound to an error of ours: the same call may succeed next time."""

    async def test_a_crash_does_not_bind_the_key(self, run: Run, admin_conn: Admin) -> None:
        assert type((await run("test.fail", Fail("crash"))).error) is AppError
        assert await admin_conn.fetchval("SELECT count(*) FROM action_claims") == 0
        assert (await run("test.write_note", WriteNote(shop_id=SHOP, text="a"))).error is None

    @pytest.mark.parametrize("bad", ["crash", "forbid", "away"])
    async def test_nor_does_one_in_a_batch(self, runner: Runner, admin_conn: Admin, bad: str) -> None:
        answers = await runner.run_list([step("write", "a", "1"), step(bad, "b", "2"), step("write", "c", "3")])
        assert [a.value for a in answers] == [Stepped("a"), None, Stepped("c")]
        assert answers[1].error is not None
        assert answers[1].error.status >= 500
        rows = await admin_conn.fetch("SELECT key FROM action_claims ORDER BY key")
        assert [row["key"] for row in rows] == ["1", "3"]
        assert (await runner.run(step("write", "b", "2"))).value == Stepped("b")
        assert await marks(admin_conn) == ["a", "c", "b"]


class TestTwoProcesses:
    async def test_with_one_key_carry_it_out_once(
        self, db: Database, other_db: Database, admin_conn: Admin, until_blocked: UntilBlocked
    ) -> None:
        """The second waits for the first's transaction and then tells its answer."""
        gates["g"] = gate = Gate()
        try:
            first = asyncio.create_task(Runner(db).run(step("wait", "g")))
            await gate.entered.wait()
            second = asyncio.create_task(Runner(other_db).run(step("wait", "g")))
            await until_blocked()
            gate.open.set()
            answers = await asyncio.gather(first, second)
        finally:
            gates.clear()
        assert [(a.value, a.replayed) for a in answers] == [(Stepped("g"), False), (Stepped("g"), True)]
        assert await marks(admin_conn) == ["g"]
        assert await admin_conn.fetchval("SELECT count(*) FROM action_log") == 1

    async def test_the_second_takes_over_when_the_first_fails(
        self, db: Database, other_db: Database, admin_conn: Admin, until_blocked: UntilBlocked
    ) -> None:
        gates["g"] = gate = Gate()
        try:
            first = asyncio.create_task(Runner(db).run_list([step("wait", "g"), step("crash", "bad", key=None)]))
            await gate.entered.wait()
            second = asyncio.create_task(Runner(other_db).run(step("wait", "g")))
            await until_blocked()
            gate.open.set()
            [of_first, _], of_second = await asyncio.gather(first, second)
        finally:
            gates.clear()
        assert (of_first.value, of_second.value) == (Stepped("g"), Stepped("g"))
        assert sorted([of_first.replayed, of_second.replayed]) == [False, True]
        assert await marks(admin_conn) == ["g"]

    async def test_of_a_single_action_too(self, db: Database, other_db: Database, admin_conn: Admin) -> None:
        runners = [Runner(db), Runner(other_db)]
        call = Call(
            action="test.write_note", input=WriteNote(shop_id=SHOP, text="a"), actor=SYSTEM, door="test", key="k"
        )
        answers = await asyncio.gather(*(runners[n % 2].run(call) for n in range(20)))
        assert len({a.value for a in answers}) == 1
        assert sum(not a.replayed for a in answers) == 1
        assert await admin_conn.fetchval("SELECT count(*) FROM test_notes") == 1

    async def test_overlapping_lists_in_any_order_do_not_block_each_other(
        self, db: Database, other_db: Database, admin_conn: Admin
    ) -> None:
        dice = random.Random(5)
        runners = [Runner(db), Runner(other_db)]
        keys = [str(n) for n in range(30)]

        async def send(runner: Runner) -> None:
            for _ in range(10):
                chosen = dice.sample(keys, 12)
                answers = await runner.run_list([step("write", key, key) for key in chosen])
                assert [a.value for a in answers] == [Stepped(key) for key in chosen]

        with capture_logs() as logs:
            async with asyncio.timeout(60):
                await asyncio.gather(*(send(runners[n % 2]) for n in range(6)))
        assert logs == [], "a circle of waiting transactions would have been retried"
        assert sorted(await marks(admin_conn)) == sorted(keys)
        assert await admin_conn.fetchval("SELECT count(*) FROM action_log") == 30


@pytest.mark.faults
class TestKilledProcess:
    async def test_each_call_takes_effect_once(self, dsn: str, db: Database, stock: Stock, admin_conn: Admin) -> None:
        """A process is killed at random moments and its calls are repeated by the next, as its clients would."""
        sku, count, dice = await stock(1_000), 300, random.Random()
        answered: dict[str, str] = {}
        for up_to in (dice.randint(1, count // 2), dice.randint(1, count // 2), count):
            async with Process("call", dsn, str(sku), str(count)) as process:
                async for line in process.lines(up_to):
                    key, encoded = line.split(" ", 1)
                    assert answered.setdefault(key, encoded) == encoded
                process.kill()
        assert answered.keys() == {f"call-{n}" for n in range(count)}
        values = [msgspec.json.decode(encoded) for encoded in answered.values()]
        assert len({value["hold_id"] for value in values}) == count
        numbers = sorted(value["number"] for value in values)
        days = Counter(parse_number(number).day for number in numbers)  # midnight may come meanwhile
        assert numbers == [format_number("TK", day, n + 1) for day in sorted(days) for n in range(days[day])]
        for table in ("test_pieces_holds", "events", "action_claims", "action_log"):
            assert await admin_conn.fetchval(f"SELECT count(*) FROM {table}") == count
        async with db.reading(SYSTEM) as tx:
            assert await pieces.balances(tx, [(sku, "on_hand")]) == [(1_000, count, 0)]
            assert await pieces.prove(tx) == []

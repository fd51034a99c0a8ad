"""The pipeline of an action: who may, what is checked, what is logged, and that a refusal leaves nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import UUID

import asyncpg
import msgspec
import pytest

from shangmai.kernel.actions.contract import (
    ACTIONS,
    BATCH_MAX,
    ActionNotFound,
    Answer,
    Call,
    InputInvalid,
    InTheFuture,
    NotGranted,
    OutOfScope,
)
from shangmai.kernel.actions.masking import MASKED
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.books.contract import Hold, Settle, Short
from shangmai.kernel.clock import ManualClock
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError, Conflict, NotFound, Unavailable
from shangmai.kernel.ids import new_id
from shangmai.kernel.metrics import ACTIONS_RUN
from tests.kernel.conftest import Dump, Stock, actor
from tests.kernel.declared import (
    EditNote,
    Fail,
    Promise,
    Register,
    Stamp,
    Stamped,
    Step,
    Stepped,
    Take,
    WriteNote,
    pieces,
)

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

Run = Callable[..., Awaitable[Answer]]
SHOP, OTHER_SHOP = new_id(), new_id()


@pytest.fixture
def run(runner: Runner) -> Run:
    async def one(name: str, do: msgspec.Struct, *, by: Actor = SYSTEM, door: str = "test", **more: Any) -> Answer:
        return await runner.run(Call(action=name, input=do, actor=by, door=door, **more))

    return one


def steps(*does: tuple[str, str], **more: Any) -> list[Call]:
    given = {"actor": SYSTEM, "door": "test", **more}
    return [Call(action="test.step", input=Step(do=do, mark=mark), **given) for do, mark in does]


def told(answers: list[Answer]) -> list[Any]:
    return [a.value if a.error is None else (type(a.error), a.error.data) for a in answers]


async def marks(admin: Admin) -> list[str]:
    return [row["mark"] for row in await admin.fetch("SELECT mark FROM test_steps ORDER BY seq")]


async def logged(admin: Admin) -> list[dict[str, Any]]:
    return [dict(row) for row in await admin.fetch("SELECT * FROM action_log ORDER BY seq")]


async def note(admin: Admin, shop_id: UUID | None) -> UUID:
    id_ = new_id()
    await admin.execute("INSERT INTO test_notes (id, shop_id, text) VALUES ($1, $2, 'first')", id_, shop_id)
    return id_


class TestGrants:
    async def test_an_unknown_action_is_not_found(self, run: Run) -> None:
        with pytest.raises(ActionNotFound):
            await run("test.nothing", Fail("x"))

    @pytest.mark.parametrize("grants", [set(), {"test.takes"}, {"tes.*"}, {"test"}, {"*.taking"}])
    async def test_without_the_grant_nothing_happens(
        self, run: Run, stock: Stock, dump: Dump, grants: set[str]
    ) -> None:
        sku = await stock(5)
        before = await dump()
        answer = await run("test.take", Take(sku=sku, qty=1, shop_id=SHOP), by=actor(*grants, shop=None), key="k")
        assert told([answer]) == [(NotGranted, {"grant": "test.take"})]
        assert await dump() == before

    @pytest.mark.parametrize("grant", ["test.take", "test.*", "*.take", "*"])
    async def test_the_grant_may_be_a_name_or_a_pattern(self, run: Run, stock: Stock, grant: str) -> None:
        answer = await run("test.take", Take(sku=await stock(5), qty=1, shop_id=SHOP), by=actor(grant, shop=None))
        assert answer.error is None

    async def test_an_action_of_its_own_is_refused_too(self, run: Run, dump: Dump) -> None:
        before = await dump()
        answer = await run("test.write_note", WriteNote(shop_id=SHOP, text="x"), by=actor("test.read", shop=None))
        assert told([answer]) == [(NotGranted, {"grant": "test.write"})]
        assert await dump() == before


class TestScopes:
    @pytest.mark.parametrize("scopes", [{}, {"shop": set()}, {"shop": {OTHER_SHOP}}, {"warehouse": None}])
    async def test_out_of_scope_by_the_input_is_refused(
        self, run: Run, stock: Stock, dump: Dump, scopes: dict[str, Any]
    ) -> None:
        sku = await stock(5)
        before = await dump()
        answer = await run("test.take", Take(sku=sku, qty=1, shop_id=SHOP), by=actor("test.take", **scopes), key="k")
        assert told([answer]) == [(OutOfScope, {"dimension": "shop"})]
        assert await dump() == before

    @pytest.mark.parametrize("scopes", [{"shop": {SHOP}}, {"shop": {OTHER_SHOP, SHOP}}, {"shop": None}])
    async def test_within_scope_is_done(self, run: Run, stock: Stock, scopes: dict[str, Any]) -> None:
        answer = await run("test.take", Take(sku=await stock(5), qty=1, shop_id=SHOP), by=actor("*", **scopes))
        assert answer.error is None

    async def test_in_a_list_each_item_is_checked_for_itself(
        self, runner: Runner, stock: Stock, admin_conn: Admin
    ) -> None:
        sku, by = await stock(5), actor("test.take", shop={SHOP})
        calls = [
            Call(action="test.take", input=Take(sku=sku, qty=qty, shop_id=shop), actor=by, door="test")
            for qty, shop in [(1, SHOP), (2, OTHER_SHOP), (3, SHOP)]
        ]
        answers = await runner.run_list(calls)
        assert [a.error and a.error.code for a in answers] == [None, "kernel.OutOfScope", None]
        held = await admin_conn.fetch("SELECT amount FROM test_pieces_holds ORDER BY amount")
        assert [row["amount"] for row in held] == [1, 3]

    async def test_the_scope_of_existing_rows_is_read_with_them(self, runner: Runner, admin_conn: Admin) -> None:
        by = actor("test.stamp", shop={SHOP})
        mine, foreign, unknown, ownerless = (
            await note(admin_conn, SHOP),
            await note(admin_conn, OTHER_SHOP),
            new_id(),
            await note(admin_conn, None),
        )
        answers = await runner.run_list(
            [
                Call(action="test.stamp", input=Stamp(id_), actor=by, door="test")
                for id_ in (foreign, mine, unknown, ownerless)
            ]
        )
        assert told(answers) == [
            (OutOfScope, {"dimension": "shop"}),
            Stamped(1),
            (NotFound, {}),
            (OutOfScope, {"dimension": "shop"}),
        ]
        rows = await admin_conn.fetch("SELECT id, stamps FROM test_notes")
        assert {row["id"]: row["stamps"] for row in rows} == {mine: 1, foreign: 0, ownerless: 0}

    async def test_coalesced_calls_keep_their_own_actors(self, run: Run, admin_conn: Admin) -> None:
        notes = {shop: await note(admin_conn, shop) for shop in (SHOP, OTHER_SHOP)}
        calls = [(by_shop, of_shop) for by_shop in notes for of_shop in notes for _ in range(5)]
        answers = await asyncio.gather(
            *(run("test.stamp", Stamp(notes[of]), by=actor("test.stamp", shop={by})) for by, of in calls)
        )
        assert [a.error is None for a in answers] == [by == of for by, of in calls]

    async def test_a_scope_reader_that_skips_an_item_lets_nothing_through(
        self, runner: Runner, admin_conn: Admin
    ) -> None:
        foreign = [await note(admin_conn, OTHER_SHOP) for _ in range(2)]
        by = actor("test.stamp", shop={SHOP})
        answers = await runner.run_list(
            [Call(action="test.stamp_carelessly", input=Stamp(id_), actor=by, door="test") for id_ in foreign]
        )
        assert [type(a.error) for a in answers] == [AppError, AppError]
        assert await admin_conn.fetchval("SELECT sum(stamps) FROM test_notes") == 0


class TestRowSecurity:
    """An action that is not `many` runs under its actor's scope, so the database itself hides the rows."""

    async def test_a_row_out_of_scope_is_not_found(self, run: Run, admin_conn: Admin, dump: Dump) -> None:
        foreign = await note(admin_conn, OTHER_SHOP)
        before = await dump("test_notes")
        answer = await run(
            "test.edit_note", EditNote(note_id=foreign, text="mine"), by=actor("test.write", shop={SHOP})
        )
        assert told([answer]) == [(NotFound, {})]
        assert await dump("test_notes") == before

    async def test_a_row_within_scope_is_changed(self, run: Run, admin_conn: Admin) -> None:
        mine = await note(admin_conn, SHOP)
        answer = await run("test.edit_note", EditNote(note_id=mine, text="new"), by=actor("test.write", shop={SHOP}))
        assert answer.error is None
        assert await admin_conn.fetchval("SELECT text FROM test_notes") == "new"

    async def test_a_row_cannot_be_written_out_of_scope(self, run: Run, admin_conn: Admin, dump: Dump) -> None:
        before = await dump("test_notes", "test_pieces_transfers", "events", "document_numbers")
        by = actor("test.write", shop={SHOP})
        answer = await run("test.write_note", WriteNote(shop_id=OTHER_SHOP, text="x"), by=by)
        assert told([answer]) == [(OutOfScope, {"dimension": "row"})]
        assert await dump("test_notes", "test_pieces_transfers", "events", "document_numbers") == before
        assert [(r["ok"], r["error_code"]) for r in await logged(admin_conn)] == [(False, "kernel.OutOfScope")]


class TestBusinessTime:
    NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)

    @pytest.fixture
    def clock(self, db: Database) -> ManualClock:
        db.clock = ManualClock(self.NOW)
        return db.clock

    async def test_past_times_need_a_grant(self, run: Run, clock: ManualClock, dump: Dump) -> None:
        before, past = await dump(), self.NOW - timedelta(seconds=1)
        answer = await run("test.step", Step(do="write"), by=actor("test.step"), at=past)
        assert told([answer]) == [(NotGranted, {"grant": "actions.backdate"})]
        assert await dump() == before

    async def test_future_times_are_refused_even_with_it(self, run: Run, clock: ManualClock, dump: Dump) -> None:
        before, future = await dump(), self.NOW + timedelta(microseconds=1)
        answer = await run("test.step", Step(do="write"), by=actor("*"), at=future)
        assert told([answer]) == [(InTheFuture, {"at": future.isoformat()})]
        assert await dump() == before

    async def test_now_is_not_the_future(self, run: Run, clock: ManualClock) -> None:
        answer = await run("test.step", Step(do="write"), by=actor("test.step", "actions.backdate"), at=self.NOW)
        assert answer.error is None

    async def test_a_past_time_is_that_of_everything_that_follows(
        self, run: Run, clock: ManualClock, admin_conn: Admin
    ) -> None:
        past = datetime(2020, 2, 29, 23, tzinfo=UTC)  # already March in Shanghai
        by = actor("test.write", "actions.backdate", shop={SHOP})
        answer = await run("test.write_note", WriteNote(shop_id=SHOP, text="abc"), by=by, at=past)
        assert answer.value.number == "NT20200301-000001"
        for table in ("action_log", "events", "test_pieces_transfers"):
            assert await admin_conn.fetchval(f"SELECT at FROM {table}") == past

    async def test_the_month_is_that_of_utc_whatever_the_zone(
        self, run: Run, clock: ManualClock, admin_conn: Admin
    ) -> None:
        at = datetime(2019, 3, 1, 7, tzinfo=timezone(timedelta(hours=8)))  # 23:00 on the last of February, UTC
        assert (await run("test.write_note", WriteNote(shop_id=SHOP, text="abc"), at=at)).error is None
        assert await admin_conn.fetchval("SELECT at FROM test_pieces_transfers_201902") == at

    async def test_without_one_it_is_the_clock(self, run: Run, clock: ManualClock, admin_conn: Admin) -> None:
        await run("test.write_note", WriteNote(shop_id=SHOP, text="abc"))
        for table in ("action_log", "events", "test_pieces_transfers"):
            assert await admin_conn.fetchval(f"SELECT at FROM {table}") == self.NOW

    async def test_a_past_call_also_makes_the_month_that_it_is_recorded_in(self, dsn: str, admin_conn: Admin) -> None:
        """An importer of old orders may be the first that writes in a new month."""
        month = datetime.now(UTC).strftime("%Y%m")
        await admin_conn.execute(f"DROP TABLE action_log_{month}, events_{month}")
        async with await Database.connect(dsn) as db:
            past = datetime(2020, 1, 1, tzinfo=UTC)
            answer = await Runner(db).run(
                Call(action="test.step", input=Step(do="write"), actor=SYSTEM, door="test", at=past)
            )
        assert answer.error is None
        [row] = await logged(admin_conn)
        recorded = row["recorded_at"].astimezone(UTC).strftime("%Y%m")  # another month may have begun meanwhile
        for partition in (f"action_log_{recorded}", f"events_{recorded}"):
            assert await admin_conn.fetchval("SELECT to_regclass($1) IS NOT NULL", partition)


class TestInput:
    @pytest.mark.parametrize(
        ("given", "path"),
        [
            ({"qty": 1, "shop_id": str(SHOP)}, "sku"),
            ({"sku": "x", "qty": 1, "shop_id": str(SHOP)}, "sku"),
            ({"sku": str(SHOP), "qty": 0, "shop_id": str(SHOP)}, "qty"),
            ({"sku": str(SHOP), "qty": "many", "shop_id": str(SHOP)}, "qty"),
            ({"sku": str(SHOP), "qty": None, "shop_id": str(SHOP)}, "qty"),
        ],
    )
    def test_what_does_not_fit_is_named(self, given: dict[str, Any], path: str) -> None:
        for raw in (given, msgspec.json.encode(given)):
            with pytest.raises(InputInvalid) as refused:
                read_input(ACTIONS["test.take"], raw)
            assert [field.path for field in refused.value.fields] == [path]
            assert str(refused.value.data["reason"]).startswith(path)

    def test_a_path_leads_into_lists(self) -> None:
        with pytest.raises(InputInvalid) as refused:
            read_input(ACTIONS["test.register"], {"name": "x", "phone": "1", "aliases": ["a", 1]})
        assert [field.path for field in refused.value.fields] == ["aliases.1"]

    def test_what_fits_is_the_declared_struct(self) -> None:
        take = Take(sku=SHOP, qty=3, shop_id=OTHER_SHOP)
        assert read_input(ACTIONS["test.take"], msgspec.json.encode(take)) == take
        assert read_input(ACTIONS["test.take"], msgspec.to_builtins(take)) == take


class TestLog:
    async def test_says_who_did_what_through_which_door_and_what_became_of_it(
        self, run: Run, admin_conn: Admin
    ) -> None:
        by = actor("test.write", shop={SHOP})
        answer = await run(
            "test.write_note", WriteNote(shop_id=SHOP, text="abc"), by=by, door="import", key="k1", origin="a.csv:7"
        )
        [row] = await logged(admin_conn)
        assert {name: row[name] for name in row.keys() - {"seq", "xid", "recorded_at", "at", "duration_us"}} == {
            "id": answer.log_id,
            "action": "test.write_note",
            "door": "import",
            "actor_id": by.id,
            "actor_kind": "person",
            "actor_name": "Lin",
            "key": "k1",
            "origin": "a.csv:7",
            "input": f'{{"shop_id":"{SHOP}","text":"abc"}}',
            "ok": True,
            "error_code": None,
            "output": answer.encoded.decode(),
        }
        assert row["duration_us"] > 0
        assert msgspec.json.decode(answer.encoded) == {
            "note_id": str(answer.value.note_id),
            "number": answer.value.number,
        }
        assert await admin_conn.fetchval("SELECT cause FROM events") == answer.log_id
        assert await admin_conn.fetchval("SELECT cause FROM test_pieces_transfers") == answer.log_id

    async def test_each_coalesced_call_keeps_its_own_door_origin_and_cause(
        self, run: Run, stock: Stock, admin_conn: Admin
    ) -> None:
        sku = await stock(50)
        people = [actor("*", shop=None) for _ in range(6)]
        answers = await asyncio.gather(
            *(
                run("test.take", Take(sku=sku, qty=n + 1, shop_id=SHOP), by=by, door=f"door {n}", origin=f"row {n}")
                for n, by in enumerate(people)
            )
        )
        rows = {row["id"]: row for row in await logged(admin_conn)}
        assert [rows[a.log_id]["door"] for a in answers if a.log_id] == [f"door {n}" for n in range(6)]
        assert [rows[a.log_id]["origin"] for a in answers if a.log_id] == [f"row {n}" for n in range(6)]
        assert [rows[a.log_id]["actor_id"] for a in answers if a.log_id] == [by.id for by in people]
        for n, a in enumerate(answers):
            events = await admin_conn.fetch("SELECT payload FROM events WHERE cause = $1", a.log_id)
            assert [msgspec.json.decode(row["payload"])["qty"] for row in events] == [n + 1]
            holds = await admin_conn.fetch("SELECT amount FROM test_pieces_transfers WHERE cause = $1", a.log_id)
            assert [row["amount"] for row in holds] == [n + 1]

    async def test_a_refusal_is_logged_with_its_data(self, run: Run, stock: Stock, admin_conn: Admin) -> None:
        sku = await stock(5)
        answer = await run("test.take", Take(sku=sku, qty=6, shop_id=SHOP))
        [row] = await logged(admin_conn)
        assert (row["id"], row["ok"], row["error_code"]) == (answer.log_id, False, "kernel.Short")
        assert msgspec.json.decode(row["output"]) == {
            "code": "kernel.Short",
            "data": {"book": "test_pieces", "account": f"{sku}/on_hand", "wanted": 6, "available": 5},
        }

    async def test_a_value_is_kept_only_where_a_key_may_ask_for_it(self, run: Run, admin_conn: Admin) -> None:
        await run("test.step", Step(do="write", mark="a"))
        await run("test.step", Step(do="write", mark="b"), key="k")
        assert [row["output"] for row in await logged(admin_conn)] == [None, '{"mark":"b"}']

    async def test_personal_data_is_masked_in_and_out(self, run: Run, admin_conn: Admin) -> None:
        given = Register(name="Li Lei", phone="13800138000", address="", aliases=["Xiao Li", "Lao Li"])
        answer = await run("test.register", given, key="k")
        assert answer.value.phone == "13800138000"
        [row] = await logged(admin_conn)
        assert msgspec.json.decode(row["input"]) == {
            "name": "Li Lei",
            "phone": MASKED,
            "address": "",
            "aliases": [MASKED, MASKED],
        }
        assert msgspec.json.decode(row["output"]) == {
            "member_id": str(answer.value.member),
            "phone": MASKED,
            "born_year": MASKED,
        }
        everything = "".join(row[0] for row in await admin_conn.fetch("SELECT l::text FROM action_log l"))
        assert "13800138000" not in everything
        assert "Lao Li" not in everything

    async def test_an_internal_error_is_logged_too(self, run: Run, admin_conn: Admin) -> None:
        answer = await run("test.fail", Fail("crash"), key="k")
        [row] = await logged(admin_conn)
        assert (row["id"], row["ok"], row["error_code"], row["key"]) == (answer.log_id, False, "kernel.AppError", None)

    async def test_the_application_may_not_rewrite_it(self, run: Run, db: Database, dump: Dump) -> None:
        await run("test.step", Step(do="write", mark="a"), key="k")
        before = await dump("action_log", "action_claims")
        for statement in (
            "UPDATE action_log SET actor_name = 'another'",
            "DELETE FROM action_log",
            "UPDATE action_claims SET input_hash = ''",
            "DELETE FROM action_claims",
            "DELETE FROM action_chain",
            "DELETE FROM events",
            "UPDATE events SET payload = '{}'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                async with db.transaction() as tx:
                    await tx.execute(statement)
        assert await dump("action_log", "action_claims") == before


class TestLists:
    async def test_each_item_is_answered_in_its_place(self, runner: Runner, admin_conn: Admin) -> None:
        answers = await runner.run_list(steps(("write", "a"), ("refuse", "b"), ("write", "c")))
        assert told(answers) == [Stepped("a"), (NotFound, {"mark": "b"}), Stepped("c")]
        assert await marks(admin_conn) == ["a", "c"]
        assert len({row["xid"] for row in await logged(admin_conn)}) == 1

    @pytest.mark.parametrize(
        ("bad", "error"),
        [("crash", AppError), ("raise", Conflict), ("forbid", AppError)],
    )
    async def test_an_unexpected_error_fails_the_culprit_alone(
        self, runner: Runner, admin_conn: Admin, bad: str, error: type[AppError]
    ) -> None:
        answers = await runner.run_list(steps(("write", "a"), (bad, "b"), ("refuse", "c"), ("write", "d")))
        assert [a.value or type(a.error) for a in answers] == [Stepped("a"), error, NotFound, Stepped("d")]
        assert await marks(admin_conn) == ["a", "d"]
        assert [row["error_code"] for row in await logged(admin_conn)] == [
            None,
            error.code,
            "kernel.NotFound",
            None,
        ]

    async def test_coalesced_neighbours_of_a_culprit_succeed(self, run: Run, admin_conn: Admin) -> None:
        does = ["crash" if n in (3, 11) else "write" for n in range(20)]
        answers = await asyncio.gather(*(run("test.step", Step(do=do, mark=str(n))) for n, do in enumerate(does)))
        assert [a.error is not None for a in answers] == [do == "crash" for do in does]
        assert sorted(map(int, await marks(admin_conn))) == [n for n in range(20) if n not in (3, 11)]

    async def test_a_long_list_goes_in_several_transactions(self, runner: Runner, admin_conn: Admin) -> None:
        calls = steps(*(("write", str(n)) for n in range(BATCH_MAX + 5)))
        answers = await runner.run_list(calls)
        assert [a.value.mark for a in answers] == [str(n) for n in range(BATCH_MAX + 5)]
        assert await marks(admin_conn) == [str(n) for n in range(BATCH_MAX + 5)]
        rows = await admin_conn.fetch("SELECT count(*) AS n FROM action_log GROUP BY xid ORDER BY min(seq)")
        assert [row["n"] for row in rows] == [BATCH_MAX, 5]

    async def test_a_list_of_a_single_action_runs_one_by_one(self, runner: Runner, admin_conn: Admin) -> None:
        calls = [
            Call(action="test.write_note", input=WriteNote(shop_id=SHOP, text=text), actor=by, door="test")
            for text, by in [("a", SYSTEM), ("b", actor("test.read")), ("c", SYSTEM)]
        ]
        answers = await runner.run_list(calls)
        assert [a.error and a.error.code for a in answers] == [None, "kernel.NotGranted", None]
        assert await admin_conn.fetchval("SELECT string_agg(text, '' ORDER BY text) FROM test_notes") == "ac"

    async def test_an_empty_list_does_nothing(self, runner: Runner, dump: Dump) -> None:
        before = await dump()
        assert await runner.run_list([]) == []
        assert await dump() == before

    async def test_a_dry_run_anywhere_in_a_list_stays_one(self, runner: Runner, admin_conn: Admin) -> None:
        calls = [*steps(("write", "a")), *steps(("write", "b"), dry_run=True), *steps(("write", "c"))]
        answers = await runner.run_list(calls)
        assert [a.effects for a in answers] == [None, [], None]
        assert await marks(admin_conn) == ["a", "c"]


class TestDryRun:
    async def test_shows_what_it_would_do_and_leaves_nothing(self, db: Database, run: Run, dump: Dump) -> None:
        db.clock = ManualClock(db.clock.now())  # the number is that of the day
        by = actor("test.write", shop={SHOP})
        before = await dump()
        given = WriteNote(shop_id=SHOP, text="abc")
        answer = await run("test.write_note", given, by=by, key="k", dry_run=True)
        id_ = answer.value.note_id
        assert answer.value.number.endswith("-000001")
        assert answer.effects == [
            {
                "transfer": "test_pieces",
                "kind": "post",
                "from": (id_, "supplier"),
                "to": (id_, "on_hand"),
                "amount": 3,
            },
            {"event": "test.noted.v1", "key": str(id_), "payload": {"note_id": str(id_)}},
        ]
        assert msgspec.json.decode(msgspec.json.encode(answer.effects))[0]["from"] == [str(id_), "supplier"]
        assert await dump() == before
        real = await run("test.write_note", WriteNote(shop_id=SHOP, text="other"), by=by, key="k")
        assert (real.error, real.replayed, real.value.number) == (None, False, answer.value.number)

    async def test_of_an_action_for_many_goes_alone(self, run: Run, stock: Stock, dump: Dump) -> None:
        sku = await stock(5)
        before = await dump()
        answers = await asyncio.gather(
            *(run("test.take", Take(sku=sku, qty=3, shop_id=SHOP), dry_run=True) for _ in range(5))
        )
        assert [a.error for a in answers] == [None] * 5
        assert [a.effects for a in answers] == [
            [
                {
                    "transfer": "test_pieces",
                    "kind": "hold",
                    "from": (sku, "on_hand"),
                    "to": (sku, "customer"),
                    "amount": 3,
                },
                {"event": "test.taken.v1", "key": str(sku), "payload": {"sku": str(sku), "qty": 3}},
            ]
        ] * 5
        assert await dump() == before

    @pytest.mark.parametrize(
        ("name", "do", "error"),
        [
            ("test.take", Take(sku=SHOP, qty=6, shop_id=SHOP), Short),
            ("test.step", Step(do="raise"), Conflict),
            ("test.step", Step(do="crash"), AppError),
            ("test.fail", Fail("refuse"), Conflict),
            ("test.promise", Promise(broken=True), AppError),
        ],
    )
    async def test_is_refused_as_the_real_run_would_be(
        self, run: Run, dump: Dump, name: str, do: msgspec.Struct, error: type[AppError]
    ) -> None:
        before = await dump()
        answer = await run(name, do, key="k", dry_run=True)
        assert type(answer.error) is error
        assert await dump() == before

    async def test_names_both_accounts_of_a_hold_that_it_settles(self, db: Database, stock: Stock) -> None:
        sku, id_ = await stock(5), new_id()
        async with db.transaction() as tx:
            held = Hold(id=id_, debit=(sku, "on_hand"), credit=(sku, "customer"), amount=5, doc=id_, item=tx.items[0])
            await pieces.hold(tx, [held])
        async with db.transaction(dry_run=True) as tx:
            await pieces.settle(tx, [Settle(hold_id=id_, amount=2, item=tx.items[0])])
        assert tx.effects == [
            {
                "transfer": "test_pieces",
                "kind": "settle",
                "from": (sku, "on_hand"),
                "to": (sku, "customer"),
                "amount": 2,
            }
        ]


class TestRefusals:
    async def test_a_raised_refusal_leaves_nothing_but_its_log_row(
        self, run: Run, admin_conn: Admin, dump: Dump
    ) -> None:
        before = await dump("test_steps", "events", "document_numbers")
        answer = await run("test.fail", Fail("refuse"), key="k")
        assert told([answer]) == [(Conflict, {"how": "refuse"})]
        assert await dump("test_steps", "events", "document_numbers") == before
        [row] = await logged(admin_conn)
        assert (row["id"], row["key"], row["ok"], row["error_code"]) == (answer.log_id, "k", False, "kernel.Conflict")

    @pytest.mark.parametrize(("how", "error"), [("crash", AppError), ("file", AppError), ("away", Unavailable)])
    async def test_an_error_of_ours_leaves_nothing(
        self, run: Run, admin_conn: Admin, how: str, error: type[AppError]
    ) -> None:
        """A missing file is an `OSError`, as a lost connection is, and yet the database is there."""
        answer = await run("test.fail", Fail(how), key="k")
        assert type(answer.error) is error
        assert await marks(admin_conn) == []
        assert [row["error_code"] for row in await logged(admin_conn)] == [error.code]

    async def test_what_only_commit_notices_is_no_success(self, run: Run, admin_conn: Admin) -> None:
        answer = await run("test.promise", Promise(broken=True), key="k")
        assert type(answer.error) is AppError
        assert await admin_conn.fetchval("SELECT count(*) FROM test_promises") == 0
        assert [row["ok"] for row in await logged(admin_conn)] == [False]
        assert (await run("test.promise", Promise(broken=False), key="k")).error is None
        assert await admin_conn.fetchval("SELECT count(*) FROM test_promises") == 1

    async def test_a_failed_statement_that_the_action_hides_is_no_success(self, run: Run, admin_conn: Admin) -> None:
        answer = await run("test.fail", Fail("hide"))
        assert type(answer.error) is AppError
        assert await marks(admin_conn) == []

    async def test_is_counted_by_outcome(self, run: Run, stock: Stock) -> None:
        def count(outcome: str) -> float:
            return ACTIONS_RUN.labels("test.take", outcome)._value.get()  # type: ignore[no-any-return]

        sku = await stock(1)
        before = count("ok"), count("kernel.Short"), count("kernel.NotGranted")
        await run("test.take", Take(sku=sku, qty=1, shop_id=SHOP))
        await run("test.take", Take(sku=sku, qty=1, shop_id=SHOP))
        await run("test.take", Take(sku=sku, qty=1, shop_id=SHOP), by=actor())
        assert (count("ok"), count("kernel.Short"), count("kernel.NotGranted")) == tuple(n + 1 for n in before)

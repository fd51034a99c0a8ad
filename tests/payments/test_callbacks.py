"""Callbacks: whatever arrives, however often and in which order, money is recorded once or not at all."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest

from shangmai.kernel.actions.contract import Answer, Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.ids import new_id
from shangmai.modules.orders.contract import NothingToPay, PaymentStatus, StatusForbids
from shangmai.modules.payments.contract import (
    AcceptCallback,
    CallbackForged,
    IntentNotPayable,
    Judged,
    Notification,
    Outcome,
    PaymentIntent,
    Verdict,
)
from shangmai.modules.payments.providers.test import signing
from tests.payments.telling import sealed, tells
from tests.world import World


async def accept(world: World, notification: Notification, runner: Runner | None = None) -> Judged:
    do = sealed(notification, world.db.clock.now())
    answer = await (runner or world.runner).run(Call(action="payments.accept", input=do, actor=SYSTEM, door="test"))
    judged: Judged = answer.unwrap()
    return judged


async def ask(world: World) -> PaymentIntent:
    """Of a new order."""
    started = await world.act("orders.start_payment", {"order_id": (await world.place(1)).id})
    intent: PaymentIntent = started.intent
    return intent


async def counting(world: World, told: list[AcceptCallback]) -> tuple[list[Answer], int]:
    """The callbacks taken in together, and by how many statements."""
    statements: list[str] = []

    def note(each: Any) -> None:
        statements.append(each.query)

    async with world.db.connection() as conn:
        conn.add_query_logger(note)  # the connection that is taken next
    calls = [Call(action="payments.accept", input=do, actor=SYSTEM, door="test") for do in told]
    answers = await world.runner.run_list(calls)
    async with world.db.connection() as conn:
        conn.remove_query_logger(note)
    return list(answers), len(statements)


async def verdicts(world: World) -> list[str]:
    """Of what is stored, oldest first."""
    async with world.db.reading(SYSTEM) as tx:
        rows = await tx.fetch("SELECT verdict FROM payment_callbacks ORDER BY received_at, id")
    return [row["verdict"] for row in rows]


async def status_of(db: Database, intent: PaymentIntent) -> str:
    async with db.reading(SYSTEM) as tx:
        return str(await tx.fetchval("SELECT status FROM payment_intents WHERE id = $1", intent.id))


class TestStart:
    async def test_asking_again_gives_the_same_payment(self, world: World, order: Any, intent: PaymentIntent) -> None:
        again = await world.act("orders.start_payment", {"order_id": order.id})
        assert again.intent == intent
        assert again.pay_url == f"http://127.0.0.1:9/pay/test/{intent.id}"
        assert (intent.amount_minor, intent.subject, intent.currency) == (4000, order.number, "CNY")
        assert intent.expires_at - intent.created_at == timedelta(minutes=30)

    async def test_another_amount_closes_the_first(self, world: World, order: Any, intent: PaymentIntent) -> None:
        await world.pay(order, 1500)
        again = await world.act("orders.start_payment", {"order_id": order.id})
        assert (again.intent.amount_minor, await status_of(world.db, intent)) == (2500, "closed")

    async def test_nothing_is_left_although_the_order_does_not_know_yet(
        self, world: World, order: Any, intent: PaymentIntent
    ) -> None:
        await accept(world, tells(intent))
        assert (await world.detail(order)).order.payment_status is PaymentStatus.UNPAID  # no consumer has run
        with pytest.raises(NothingToPay):
            await world.act("orders.start_payment", {"order_id": order.id})
        assert await world.count("payment_intents") == 1

    async def test_a_canceled_order_is_not_asked_for(self, world: World, order: Any, intent: PaymentIntent) -> None:
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert await status_of(world.db, intent) == "closed"
        with pytest.raises(StatusForbids):
            await world.act("orders.start_payment", {"order_id": order.id})
        with pytest.raises(IntentNotPayable):
            await world.act("payments.simulate", {"intent_id": intent.id, "outcome": "success"})


class TestAccept:
    async def test_money_is_recorded_and_the_order_is_paid(
        self, world: World, order: Any, intent: PaymentIntent
    ) -> None:
        judged = await accept(world, tells(intent))
        assert (judged.verdict, judged.repeated, judged.payment_id is None) == (Verdict.ACCEPTED, False, False)
        assert await status_of(world.db, intent) == "paid"
        assert await world.faults() == []
        after = (await world.detail(order)).order
        assert (after.paid_minor, after.payment_status) == (4000, PaymentStatus.PAID)

    async def test_a_forged_one_leaves_no_row(self, world: World, intent: PaymentIntent) -> None:
        do = sealed(tells(intent), world.db.clock.now())
        forged = {"provider": "test", "headers": do.headers | {signing.SIGNATURE: "0" * 64}, "body": do.body}
        with pytest.raises(CallbackForged):
            await world.act("payments.accept", forged)
        assert await world.count("payment_callbacks") == await world.count("payments") == 0

    async def test_replayed_later_with_another_signature(self, world: World, intent: PaymentIntent) -> None:
        notification = tells(intent)
        first = await accept(world, notification)
        again = await accept(world, notification)
        assert (first.verdict, again) == (Verdict.ACCEPTED, Judged(verdict=Verdict.ACCEPTED, repeated=True))
        assert await world.count("payments") == await world.count("payment_callbacks") == 1

    async def test_the_same_money_under_another_notification(self, world: World, intent: PaymentIntent) -> None:
        await accept(world, tells(intent))
        assert (await accept(world, tells(intent))).verdict is Verdict.RECORDED_ALREADY
        assert await world.count("payments") == 1

    async def test_out_of_order_a_failure_after_the_success(self, world: World, intent: PaymentIntent) -> None:
        failure = tells(intent, outcome=Outcome.FAILURE, transaction=f"T{new_id().hex}")
        await accept(world, tells(intent))
        assert (await accept(world, failure)).verdict is Verdict.NOT_PAID
        assert (await status_of(world.db, intent), await world.count("payments")) == ("paid", 1)

    async def test_a_failure_leaves_the_payment_open(self, world: World, intent: PaymentIntent) -> None:
        await accept(world, tells(intent, outcome=Outcome.FAILURE, transaction="T1"))
        assert await status_of(world.db, intent) == "open"
        assert (await accept(world, tells(intent))).verdict is Verdict.ACCEPTED

    async def test_one_id_with_another_body_is_kept_and_pays_nothing(self, world: World, intent: PaymentIntent) -> None:
        await accept(world, tells(intent, id="N1"))
        other = tells(intent, id="N1", transaction="T2")
        assert await accept(world, other) == Judged(verdict=Verdict.CONFLICTING)
        assert await accept(world, other) == Judged(verdict=Verdict.CONFLICTING, repeated=True)
        assert await verdicts(world) == ["accepted", "conflicting"]
        assert await world.count("payments") == 1

    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ({"amount_minor": 3999}, Verdict.WRONG_AMOUNT),
            ({"amount_minor": 4001}, Verdict.WRONG_AMOUNT),
            ({"currency": "USD"}, Verdict.WRONG_CURRENCY),
            ({"merchant": "test-another"}, Verdict.WRONG_MERCHANT),
            ({"intent_id": UUID(int=9)}, Verdict.UNKNOWN_INTENT),
        ],
    )
    async def test_what_contradicts_its_intent_is_stored_and_no_payment(
        self, world: World, intent: PaymentIntent, changes: dict[str, Any], verdict: Verdict
    ) -> None:
        assert await accept(world, tells(intent, **changes)) == Judged(verdict=verdict)
        assert await verdicts(world) == [verdict.value]
        assert (await world.count("payments"), await status_of(world.db, intent)) == (0, "open")

    async def test_paid_in_time_counts_however_late_it_is_told(self, world: World, intent: PaymentIntent) -> None:
        just = tells(intent, at=intent.expires_at - timedelta(seconds=1))
        assert (await accept(world, just)).verdict is Verdict.ACCEPTED
        assert await world.count("payments") == 1

    async def test_paid_after_the_expiry_is_money_all_the_same(
        self, world: World, order: Any, intent: PaymentIntent
    ) -> None:
        assert (await accept(world, tells(intent, at=intent.expires_at))).verdict is Verdict.LATE
        assert await world.faults() == []
        assert (await world.detail(order)).order.payment_status is PaymentStatus.PAID  # nobody has canceled it yet

    async def test_late_money_for_a_canceled_order_goes_back_at_once(
        self, world: World, order: Any, intent: PaymentIntent
    ) -> None:
        await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert (await accept(world, tells(intent))).verdict is Verdict.LATE
        assert await world.faults() == []
        after = (await world.detail(order)).order
        assert (after.status.value, after.paid_minor, after.refunded_minor) == ("canceled", 4000, 4000)

    async def test_canceling_gives_back_what_the_order_has_not_heard_of(
        self, world: World, order: Any, intent: PaymentIntent
    ) -> None:
        await accept(world, tells(intent))
        canceled = await world.act("orders.cancel", {"order_id": order.id, "reason": "不要了"})
        assert (canceled.paid_minor, canceled.refunded_minor) == (4000, 4000)
        assert await world.faults() == []
        assert (await world.detail(order)).order.paid_minor == 4000  # the consumer counts it no second time


class TestAtOnce:
    async def test_one_callback_on_many_connections(self, world: World, order: Any, intent: PaymentIntent) -> None:
        notification = tells(intent)
        runners = [Runner(world.db) for _ in range(8)]  # each gathers for itself, so each has its own transaction
        judged = await asyncio.gather(*(accept(world, notification, runner) for runner in runners))
        assert sorted(each.repeated for each in judged) == [False] + [True] * 7
        assert await world.count("payments") == await world.count("payment_callbacks") == 1
        assert await world.faults() == []

    async def test_one_callback_twice_in_a_batch(self, world: World, intent: PaymentIntent) -> None:
        notification = tells(intent)
        judged = await asyncio.gather(*(accept(world, notification) for _ in range(5)))
        assert sum(each.payment_id is not None for each in judged) == 1
        assert {each.verdict for each in judged} == {Verdict.ACCEPTED}
        assert await world.count("payments") == 1

    async def test_of_two_bodies_under_one_id_one_pays(self, world: World, intent: PaymentIntent) -> None:
        """They name different intents, so no row lock keeps them apart, only the provider's id."""
        other = (await world.act("orders.start_payment", {"order_id": (await world.place(1)).id})).intent
        for _ in range(5):
            one = f"N{new_id().hex}"
            amounts = [tells(each, id=one, transaction=f"T{new_id().hex}") for each in (intent, other)]
            judged = await asyncio.gather(*(accept(world, each, Runner(world.db)) for each in amounts))
            assert sorted(each.verdict is Verdict.CONFLICTING for each in judged) == [False, True]
        assert await world.count("payments") == 5

    async def test_a_crowd_shares_one_transaction_and_each_is_judged_alone(self, world: World) -> None:
        """Paid, told twice, forged, of a canceled order and of a wrong amount, all in one list."""
        counted = []
        for size in (3, 3, 15):  # the first finds out what is remembered from then on
            intents = [await ask(world) for _ in range(size)]
            await world.act("orders.cancel", {"order_id": intents[0].order_id, "reason": "不要了"})
            told = [tells(each) for each in intents]
            told[1] = tells(intents[1], amount_minor=intents[1].amount_minor + 1)
            crowd = [sealed(each, world.db.clock.now()) for each in (*told, *told[2:])]
            bad = sealed(tells(intents[2]), world.db.clock.now())
            forged = msgspec.structs.replace(bad, headers=bad.headers | {signing.SIGNATURE: "0" * 64})
            before = await world.count("payments")
            answers, statements = await counting(world, [*crowd, forged])
            assert isinstance(answers[-1].error, CallbackForged)
            judged: list[Judged] = [answer.unwrap() for answer in answers[:-1]]
            expected = [Verdict.LATE, Verdict.WRONG_AMOUNT] + [Verdict.ACCEPTED] * (2 * (size - 2))
            assert [each.verdict for each in judged] == expected
            assert [each.repeated for each in judged] == [False] * size + [True] * (size - 2)
            assert await world.count("payments") - before == size - 1
            counted.append(statements)
        assert 0 < counted[1] == counted[2]
        assert await world.faults() == []

    async def test_unknown_intents_told_at_once_are_stored_once(self, world: World, intent: PaymentIntent) -> None:
        unknown = tells(intent, intent_id=UUID(int=9))
        judged = await asyncio.gather(*(accept(world, unknown, Runner(world.db)) for _ in range(6)))
        assert {each.verdict for each in judged} == {Verdict.UNKNOWN_INTENT}
        assert await verdicts(world) == ["unknown_intent"]


async def test_money_that_an_expiring_order_finds_counts_as_any_other(world: World) -> None:
    """Its payment is recorded, but the consumer has not come to it: stock stays held, and the order is told as paid."""
    order = await world.place(1, hold_minutes=30)
    intent = (await world.act("orders.start_payment", {"order_id": order.id})).intent
    await accept(world, tells(intent))
    left = await world.act("orders.expire", {"order_id": order.id})
    assert (left.status, left.payment_status) == ("placed", "paid")
    assert await world.faults() == []
    async with world.db.reading(SYSTEM) as tx:
        told = await tx.fetch("SELECT name FROM events WHERE key = $1 AND name = 'orders.paid.v1'", str(order.id))
        held = await tx.fetchval("SELECT expires_at FROM stock_holds WHERE doc = $1", order.id)
    assert (len(told), held) == (1, None)

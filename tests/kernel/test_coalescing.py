"""Concurrent calls of one action gather behind the transaction in flight and go as one, in order of arrival."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

import asyncpg
import pytest

from shangmai.kernel.actions.coalesce import LEAST, Coalescer, Decided
from shangmai.kernel.actions.contract import BATCH_MAX, Answer, Call
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import AppError
from shangmai.kernel.metrics import BATCH_SIZE
from tests.kernel.conftest import Stock, UntilBlocked
from tests.kernel.declared import Gate, Step, Stepped, Take, gates

if TYPE_CHECKING:
    Admin: TypeAlias = asyncpg.Connection[Any]

Send = Callable[..., asyncio.Task[Answer]]


@pytest.fixture
def gate() -> Iterator[Gate]:
    gates["gate"] = Gate()
    yield gates["gate"]
    gates.clear()


@pytest.fixture
def send(runner: Runner) -> Send:
    """Start a call and go on."""

    def start(do: str, mark: str) -> asyncio.Task[Answer]:
        call = Call(action="test.step", input=Step(do=do, mark=mark), actor=SYSTEM, door="test")
        return asyncio.create_task(runner.run(call))

    return start


async def in_flight(send: Send, gate: Gate) -> asyncio.Task[Answer]:
    """A call whose transaction waits at the gate."""
    task = send("wait", "gate")
    await gate.entered.wait()
    return task


async def queued(send: Send, *does: tuple[str, str]) -> list[asyncio.Task[Answer]]:
    """More calls, all arrived when this returns."""
    tasks = [send(do, mark) for do, mark in does]
    await asyncio.sleep(0)
    return tasks


async def batches(admin: Admin) -> list[list[str]]:
    """The marks that were written, transaction by transaction."""
    rows = await admin.fetch(
        "SELECT array_agg(input->>'mark' ORDER BY seq) AS marks FROM action_log GROUP BY xid ORDER BY min(seq)"
    )
    return [row["marks"] for row in rows]


def observed() -> tuple[float, float]:
    """How many batches of the action there were, and how many calls in them."""
    samples = {s.name: s.value for m in BATCH_SIZE.collect() for s in m.samples if s.labels == {"action": "test.step"}}
    return samples.get("shangmai_batch_size_count", 0), samples.get("shangmai_batch_size_sum", 0)


async def test_what_arrives_meanwhile_goes_as_one(send: Send, gate: Gate, admin_conn: Admin) -> None:
    before = observed()
    first = await in_flight(send, gate)
    others = await queued(send, *(("write", str(n)) for n in range(LEAST)))
    gate.open.set()
    answers = await asyncio.gather(first, *others)
    assert [a.value for a in answers] == [Stepped("gate"), *(Stepped(str(n)) for n in range(LEAST))]
    assert sorted(await batches(admin_conn), key=len) == [["gate"], [str(n) for n in range(LEAST)]]
    after = observed()
    assert (after[0] - before[0], after[1] - before[1]) == (2, LEAST + 1)


async def test_of_many_no_more_than_half_of_all_while_others_are_under_way(
    send: Send, gate: Gate, admin_conn: Admin
) -> None:
    first = await in_flight(send, gate)
    others = await queued(send, *(("write", str(n)) for n in range(40)))
    gate.open.set()
    await asyncio.gather(first, *others)
    marks = [str(n) for n in range(40)]
    assert sorted(await batches(admin_conn), key=len) == [["gate"], marks[21:], marks[:21]]


async def test_calls_one_after_another_go_alone(send: Send, admin_conn: Admin) -> None:
    for n in range(3):
        await send("write", str(n))
    assert await batches(admin_conn) == [["0"], ["1"], ["2"]]


async def test_no_batch_is_larger_than_the_limit(send: Send, gate: Gate, admin_conn: Admin) -> None:
    first = await in_flight(send, gate)
    others = await queued(send, *(("write", str(n)) for n in range(2 * BATCH_MAX + 10)))
    gate.open.set()
    answers = await asyncio.gather(first, *others)
    assert [a.value.mark for a in answers[1:]] == [str(n) for n in range(2 * BATCH_MAX + 10)]
    assert sorted(len(marks) for marks in await batches(admin_conn)) == [1, 10, BATCH_MAX, BATCH_MAX]


async def test_first_come_first_served(
    runner: Runner, stock: Stock, admin_conn: Admin, dsn: str, until_blocked: UntilBlocked
) -> None:
    sku = await stock(5)
    holder = await asyncpg.connect(dsn)
    await holder.execute("BEGIN")
    await holder.execute("SELECT * FROM test_pieces_accounts FOR UPDATE")

    def buy(qty: int) -> asyncio.Task[Answer]:
        call = Call(action="test.take", input=Take(sku=sku, qty=qty, shop_id=sku), actor=SYSTEM, door="test")
        return asyncio.create_task(runner.run(call))

    first = buy(1)
    await until_blocked()
    others = [buy(qty) for qty in (2, 3, 1, 1, 1)]
    await asyncio.sleep(0)
    await holder.execute("COMMIT")
    await holder.close()
    answers = await asyncio.gather(first, *others)
    assert [a.error is None for a in answers] == [True, True, False, True, True, False]
    shorts = [answers[2].error, answers[5].error]
    assert [e.data["available"] for e in shorts if e] == [2, 0]


async def test_the_next_batch_is_decided_behind_the_one_that_is_being_written(
    runner: Runner, stock: Stock, dsn: str, until_blocked: UntilBlocked
) -> None:
    sku = await stock(3)
    holder = await asyncpg.connect(dsn)
    await holder.execute("BEGIN; LOCK TABLE action_log IN SHARE MODE")  # nothing can be committed

    def buy(qty: int) -> asyncio.Task[Answer]:
        call = Call(action="test.take", input=Take(sku=sku, qty=qty, shop_id=sku), actor=SYSTEM, door="test")
        return asyncio.create_task(runner.run(call))

    first = buy(2)
    await until_blocked()
    second = buy(2)
    await until_blocked(2)
    assert not first.done()
    third = buy(1)
    await asyncio.sleep(0)
    await holder.execute("COMMIT")
    await holder.close()
    answers = await asyncio.gather(first, second, third)
    assert [a.error is None for a in answers] == [True, False, True]


async def test_a_caller_that_gives_up_harms_no_neighbour(send: Send, gate: Gate, admin_conn: Admin) -> None:
    first = await in_flight(send, gate)
    left, gone, right = await queued(send, ("write", "left"), ("write", "gone"), ("write", "right"))
    first.cancel()
    gone.cancel()
    await asyncio.wait([first, gone])
    gate.open.set()
    answers = await asyncio.gather(left, right)
    assert [a.value for a in answers] == [Stepped("left"), Stepped("right")]
    assert (first.cancelled(), gone.cancelled()) == (True, True)
    assert (await send("write", "after")).value == Stepped("after")
    assert sorted(await batches(admin_conn)) == [["after"], ["gate"], ["left", "gone", "right"]]


async def test_actions_do_not_wait_for_each_other(send: Send, gate: Gate, runner: Runner, stock: Stock) -> None:
    first = await in_flight(send, gate)
    sku = await stock(5)
    call = Call(action="test.take", input=Take(sku=sku, qty=1, shop_id=sku), actor=SYSTEM, door="test")
    async with asyncio.timeout(60):
        assert (await runner.run(call)).error is None
    assert not first.done()
    gate.open.set()
    await first


async def test_a_culprit_in_the_batch_leaves_the_queue_working(send: Send, gate: Gate, admin_conn: Admin) -> None:
    first = await in_flight(send, gate)
    others = await queued(send, ("write", "a"), ("crash", "b"), ("write", "c"))
    gate.open.set()
    answers = await asyncio.gather(first, *others)
    assert [a.value or type(a.error) for a in answers] == [Stepped("gate"), Stepped("a"), AppError, Stepped("c")]
    assert (await send("write", "d")).value == Stepped("d")


class TestCoalescer:
    async def test_a_failed_batch_fails_its_callers_and_no_others(self) -> None:
        go = asyncio.Event()

        async def double(numbers: Sequence[int], decided: Decided) -> list[int]:
            await go.wait()
            return [100 // n for n in numbers]

        coalescer = Coalescer(double, most=2)
        tasks = [asyncio.create_task(coalescer.submit(n)) for n in (1, 0, 4, 5, 10)]
        go.set()
        answers = await asyncio.gather(*tasks, return_exceptions=True)
        assert [a if isinstance(a, int) else type(a) for a in answers] == [
            ZeroDivisionError,
            ZeroDivisionError,
            25,
            20,
            10,
        ]
        assert await coalescer.submit(50) == 2

    async def test_a_list_starts_when_the_one_before_it_is_decided_and_two_are_under_way_at_most(self) -> None:
        started: list[int] = []
        decide, end = {n: asyncio.Event() for n in range(3)}, {n: asyncio.Event() for n in range(3)}
        reached = asyncio.Condition()

        async def run(numbers: Sequence[int], decided: Decided) -> Sequence[int]:
            [n] = numbers
            async with reached:
                started.append(n)
                reached.notify_all()
            await decide[n].wait()
            decided()
            await end[n].wait()
            return numbers

        coalescer = Coalescer(run, most=1)
        tasks = [asyncio.create_task(coalescer.submit(n)) for n in range(3)]
        for known in ([0], [0, 1]):
            async with reached:
                await reached.wait_for(lambda known=known: started == known)  # type: ignore[misc]
            decide[len(known) - 1].set()
        end[1].set()
        assert await tasks[1] == 1
        assert (started, tasks[0].done()) == ([0, 1], False)
        end[0].set()
        decide[2].set()
        end[2].set()
        assert await asyncio.gather(*tasks) == [0, 1, 2]

    async def test_callers_who_ask_again_at_once_go_in_two_lists_of_one_size(self) -> None:
        """Whatever it began with: the second waits for as many as are under way, or for them to be done."""
        sizes: list[int] = []
        dice = random.Random(5)
        deciding, writing = asyncio.Lock(), asyncio.Lock()

        async def work(numbers: Sequence[int], decided: Decided) -> list[int]:
            sizes.append(len(numbers))
            async with deciding:
                await _turns(20)
            decided()
            async with writing:
                await _turns(60)
            return list(numbers)

        coalescer = Coalescer(work, most=256)

        async def buyer(n: int) -> None:
            for _ in range(40):
                await _turns(dice.randrange(12))  # answers and questions take their time on the way
                assert await coalescer.submit(n) == n

        async with asyncio.TaskGroup() as group:
            for n in range(64):
                group.create_task(buyer(n))
        steady = sizes[len(sizes) // 4 : -4]
        assert sum(sizes) == 64 * 40
        assert {size for size in steady if not 28 <= size <= 36} == set(), sizes

    async def test_a_few_do_not_wait_for_as_many_as_are_under_way_when_those_are_done(self) -> None:
        begun: list[list[int]] = []
        gate = asyncio.Event()

        async def work(numbers: Sequence[int], decided: Decided) -> list[int]:
            begun.append(list(numbers))
            decided()
            if len(begun) == 1:
                await gate.wait()
            return list(numbers)

        coalescer = Coalescer(work, most=256)
        many = [asyncio.create_task(coalescer.submit(n)) for n in range(10)]
        await _turns(5)
        few = [asyncio.create_task(coalescer.submit(n)) for n in (10, 11)]
        await _turns(5)
        assert begun == [list(range(10))], "two of twelve wait"
        gate.set()
        async with asyncio.timeout(60):
            assert await asyncio.gather(*many, *few) == list(range(12))
        assert begun == [list(range(10)), [10, 11]]

    async def test_one_that_fails_lets_those_who_wait_go(self) -> None:
        gate = asyncio.Event()

        async def work(numbers: Sequence[int], decided: Decided) -> list[int]:
            if 0 in numbers:
                decided()
                await gate.wait()
                raise ValueError("zero")
            return list(numbers)

        coalescer = Coalescer(work, most=256)
        many = [asyncio.create_task(coalescer.submit(n)) for n in range(10)]
        await _turns(5)
        last = asyncio.create_task(coalescer.submit(10))
        await _turns(5)
        gate.set()
        async with asyncio.timeout(60):
            assert await last == 10
        assert {type(each.exception()) for each in many} == {ValueError}


async def _turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)

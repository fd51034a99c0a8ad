"""The pipeline: actor → grant → scope → input → idempotency → one transaction → commit → answer."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import asyncpg
import msgspec
import structlog

from shangmai.kernel.actions import record
from shangmai.kernel.actions.coalesce import Coalescer, Decided, unheard
from shangmai.kernel.actions.contract import (
    ACTIONS,
    BACKDATE,
    BATCH_MAX,
    ActionNotFound,
    ActionSpec,
    Answer,
    Call,
    InTheFuture,
    NotGranted,
    OutOfScope,
    PresentOnly,
    Scope,
)
from shangmai.kernel.actions.inputs import read_input as read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.kernel.clock import to_utc
from shangmai.kernel.db.database import Database, DatabaseAway
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.metrics import ACTIONS_RUN, BATCH_SIZE
from shangmai.kernel.months import ensure_months
from shangmai.kernel.pace import Turnstile
from shangmai.kernel.tx import Item, Tx

log = structlog.get_logger(__name__)

TURNED_AWAY_EVERY_S: Final = 1 / 4000
TURNED_AWAY_WAIT_MAX_S: Final = 2.0
"""Who is refused at a gate is told so at this pace, and after this time at the latest.

To refuse costs little, but a crowd that is told at once asks again at once, and leaves no processor to those who buy.
"""


def find_action(name: str) -> ActionSpec:
    """The declared action; raises ActionNotFound."""
    spec = ACTIONS.get(name)
    if spec is None:
        raise ActionNotFound(name=name)
    return spec


class Runner:
    """Runs actions for every door of this process.

    Concurrent calls of a `many` action are coalesced: while one transaction is decided the next calls gather, then
    go as one. There is no timer, so a lone call waits for nobody.
    """

    def __init__(self, db: Database) -> None:
        self.db = db
        self._coalescers: dict[str, Coalescer[Call, Answer]] = {}
        self._turnstile = Turnstile(TURNED_AWAY_EVERY_S, TURNED_AWAY_WAIT_MAX_S)

    async def run(self, call: Call) -> Answer:
        """Run one call. Refusals are answers; only a bug or a lost database raises."""
        spec = find_action(call.action)
        refusal = self._refusal(spec, call)
        if refusal is None and (refusal := self._at_gate(spec, call)) is not None:
            await asyncio.sleep(self._turnstile.wait_s(asyncio.get_running_loop().time()))
        if refusal is not None:
            return self._counted(spec, Answer(error=refusal))
        if call.dry_run or not spec.many:
            answer = await self._alone(spec, call)
        else:
            answer = await self._coalescer(spec).submit(call)
        return self._counted(spec, answer)

    async def run_list(self, calls: Sequence[Call]) -> list[Answer]:
        """Run calls of one action in order, one answer each; a `many` action takes up to BATCH_MAX in a transaction."""
        if not calls:
            return []
        spec = find_action(calls[0].action)
        assert all(call.action == spec.name for call in calls), "a list is of one action"
        if not spec.many or any(call.dry_run for call in calls):
            return [await self.run(call) for call in calls]
        refusals = [self._refusal(spec, call) or self._at_gate(spec, call) for call in calls]
        live = [call for call, refusal in zip(calls, refusals, strict=True) if refusal is None]
        answers: list[Answer] = []
        for start in range(0, len(live), BATCH_MAX):
            answers += await self.batch(spec, live[start : start + BATCH_MAX])
        told = iter(answers)
        return [self._counted(spec, next(told) if refusal is None else Answer(error=refusal)) for refusal in refusals]

    async def batch(self, spec: ActionSpec, calls: Sequence[Call], decided: Decided = unheard) -> list[Answer]:
        """Checked calls in one transaction; after an unexpected error each alone.

        `decided` is called when the action has run, and only its events, its log rows and the commit are to follow.
        """
        BATCH_SIZE.labels(spec.name).observe(len(calls))
        try:
            return await self.db.run(lambda: self._together(spec, calls, decided))
        except DatabaseAway:
            return [Answer(error=DatabaseAway()) for _ in calls]
        except Exception as error:
            if len(calls) == 1:
                return [await self._refused(spec, calls[0], _as_refusal(error, spec))]
            log.warning("batch failed; its items run alone", action=spec.name, items=len(calls), exc_info=True)
            return [(await self.batch(spec, [call]))[0] for call in calls]

    async def _alone(self, spec: ActionSpec, call: Call) -> Answer:
        try:
            return await self.db.run(lambda: self._single(spec, call))
        except DatabaseAway as error:
            return Answer(error=error)
        except Exception as error:
            return await self._refused(spec, call, _as_refusal(error, spec))

    async def _single(self, spec: ActionSpec, call: Call) -> Answer:
        """One call in a transaction of its own, under its actor's scope; a `many` action runs as the system."""
        if spec.many:
            return (await self._together(spec, [call]))[0]
        started = time.perf_counter_ns()
        await self._months([call])
        e = record.entry(spec, call, self._item(call))
        async with self._transaction(call.actor, [e]) as tx:
            told, _ = await record.claim(tx, [e])
            if told:
                assert isinstance(told[0], Answer)
                return told[0]
            answer = record.answer(e, await spec.run(tx, call.input))
            await record.write(tx, spec, [e], [answer], _us_since(started))
        return _with_effects(answer, tx)

    async def _together(self, spec: ActionSpec, calls: Sequence[Call], decided: Decided = unheard) -> list[Answer]:
        started = time.perf_counter_ns()
        await self._months(calls)
        entries = [record.entry(spec, call, self._item(call)) for call in calls]
        async with self._transaction(SYSTEM, entries) as tx:
            told, claims = await record.claim(tx, entries, presume=spec.presumes)
            fresh = [index for index in range(len(entries)) if index not in told]
            if fresh:
                done = [entries[index] for index in fresh]
                answers = [record.answer(e, o) for e, o in zip(done, await _run_many(tx, spec, done), strict=True)]
                _raise_ours(answers)
                decided()
                await record.write(tx, spec, done, answers, _us_since(started) // len(done), claims)
                told |= dict(zip(fresh, answers, strict=True))
        return [_with_effects(_resolved(told, index), tx) for index in range(len(entries))]

    async def _refused(self, spec: ActionSpec, call: Call, error: AppError) -> Answer:
        """Log a refusal whose transaction was rolled back, and bind it to the call's key.

        An error of ours (status 500 and above) is logged but not bound: the same call may succeed next time.
        """
        if call.dry_run:
            return Answer(error=error)
        keyed = call if error.status < 500 else msgspec.structs.replace(call, key=None)
        e = record.entry(spec, keyed, self._item(keyed))

        async def write() -> Answer:
            async with self._transaction(SYSTEM, [e]) as tx:
                told, _ = await record.claim(tx, [e])
                if told:
                    assert isinstance(told[0], Answer)
                    return told[0]
                answer = record.answer(e, error)
                await record.write(tx, spec, [e], [answer], 0)
                return answer

        try:
            return await self.db.run(write)
        except DatabaseAway:
            return Answer(error=error)

    def _transaction(self, actor: Actor, entries: Sequence[record.Entry]) -> Any:
        call = entries[0].call
        return self.db.transaction(actor, items=[e.item for e in entries], door=call.door, dry_run=call.dry_run)

    def _item(self, call: Call) -> Item:
        return Item(call.actor, new_id(), call.at or self.db.clock.now(), call.origin, call.source)

    async def _months(self, calls: Sequence[Call]) -> None:
        """The months of the business times, and the present one: that is where the log and the events go."""
        times = {self.db.clock.now(), *(to_utc(call.at) for call in calls if call.at is not None)}
        await ensure_months(self.db, {(at.year, at.month) for at in times})

    def _refusal(self, spec: ActionSpec, call: Call) -> AppError | None:
        """What forbids the call before the database is asked."""
        actor = call.actor
        if not spec.admits(actor):
            return NotGranted(grant=spec.grant)
        if call.at is not None:
            if spec.present_only:
                return PresentOnly(action=spec.name)
            if not actor.may(BACKDATE):
                return NotGranted(grant=BACKDATE)
            if call.at > self.db.clock.now():
                return InTheFuture(at=call.at.isoformat())
        return None if spec.scope is None else _out_of_scope(actor, spec.scope(call.input))

    def _at_gate(self, spec: ActionSpec, call: Call) -> AppError | None:
        """What this process knows to be in vain."""
        if spec.gate is None or call.dry_run:
            return None
        return spec.gate(self.db.memory, call.input, self.db.clock.now())

    def _coalescer(self, spec: ActionSpec) -> Coalescer[Call, Answer]:
        if spec.name not in self._coalescers:
            self._coalescers[spec.name] = Coalescer(partial(self.batch, spec), BATCH_MAX)
        return self._coalescers[spec.name]

    def _counted(self, spec: ActionSpec, answer: Answer) -> Answer:
        ACTIONS_RUN.labels(spec.name, "ok" if answer.error is None else answer.error.code).inc()
        return answer


async def _run_many(tx: Tx, spec: ActionSpec, entries: Sequence[record.Entry]) -> list[Any]:
    """The outcomes of a batch; items out of their actor's scope are refused without reaching the action."""
    outcomes: list[Any] = [None] * len(entries)
    live = list(range(len(entries)))
    if spec.scopes_of is not None:
        scopes = await spec.scopes_of(tx, [e.call.input for e in entries])
        for index, (e, scope) in enumerate(zip(entries, scopes, strict=True)):
            if scope is not None:
                outcomes[index] = _out_of_scope(e.call.actor, scope)
        live = [index for index in live if outcomes[index] is None]
    if live:
        tx.items = [entries[index].item for index in live]
        done = await spec.run(tx, [entries[index].call.input for index in live])
        assert len(done) == len(live), f"{spec.name} answered {len(done)} of {len(live)} items"
        for index, outcome in zip(live, done, strict=True):
            outcomes[index] = outcome
    return outcomes


def _out_of_scope(actor: Actor, scope: Scope) -> AppError | None:
    for dimension, id_ in scope.items():
        if not actor.sees(dimension, id_):
            return OutOfScope(dimension=dimension)
    return None


def _raise_ours(answers: Sequence[Answer]) -> None:
    """Give up the batch for an error of ours (500 and above): alone, it is refused without binding its key."""
    for answer in answers:
        if answer.error is not None and answer.error.status >= 500:
            raise answer.error


def _resolved(told: dict[int, Answer | int], index: int) -> Answer:
    answer = told[index]
    if isinstance(answer, Answer):
        return answer
    first = told[answer]
    assert isinstance(first, Answer)
    return msgspec.structs.replace(first, replayed=True)


def _with_effects(answer: Answer, tx: Tx) -> Answer:
    return msgspec.structs.replace(answer, effects=tx.effects) if tx.dry_run else answer


def _as_refusal(error: Exception, spec: ActionSpec) -> AppError:
    if isinstance(error, AppError):
        return error
    if isinstance(error, asyncpg.InsufficientPrivilegeError):
        log.warning("a row policy refused a write", action=spec.name, reason=str(error))
        return OutOfScope(dimension="row")
    log.error("action failed", action=spec.name, exc_info=error)
    return AppError()


def _us_since(started_ns: int) -> int:
    return (time.perf_counter_ns() - started_ns) // 1000

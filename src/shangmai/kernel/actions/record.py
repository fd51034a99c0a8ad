"""The SQL of the action log: claims of idempotency keys, rows, stored answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.actions.contract import ACTIONS, ActionSpec, Answer, Call, KeyReused
from shangmai.kernel.actions.masking import masked
from shangmai.kernel.clock import to_utc
from shangmai.kernel.crypto import current_vault
from shangmai.kernel.db.behind import Write
from shangmai.kernel.db.rows import Rows
from shangmai.kernel.errors import AppError, Invalid, error_class
from shangmai.kernel.events import store
from shangmai.kernel.tx import Item, Tx

LOG: Final = Rows(
    "action_log",
    {
        "id": "uuid", "at": "timestamptz", "action": "text", "door": "text", "actor_id": "uuid", "actor_kind": "text",
        "actor_name": "text", "key": "text", "origin": "text", "input": "json", "ok": "boolean", "error_code": "text",
        "output": "json", "duration_us": "bigint",
    },
    row="action_log_row",
)  # fmt: skip
_CLAIM: Final = (
    "INSERT INTO action_claims (actor_id, key, log_id, input_hash) SELECT * FROM"
    " unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[])"
)
CLAIM_NEW: Final = Write(_CLAIM, adds=["action_claims"])
SEEN: Final = "claims"
SEEN_MAX: Final = 50_000
"""So many keys a process knows again, half of them at least; older ones it takes for new until it writes them."""


class Seen:
    """The latest keys that this process was asked with."""

    __slots__ = ("_before", "_now")

    def __init__(self) -> None:
        self._now: set[tuple[UUID, str]] = set()
        self._before: set[tuple[UUID, str]] = set()

    def __len__(self) -> int:
        return len(self._now) + len(self._before)

    def any_of(self, keys: Sequence[tuple[UUID, str]]) -> bool:
        return any(key in self._now or key in self._before for key in keys)

    def add(self, keys: Sequence[tuple[UUID, str]]) -> None:
        if len(self._now) >= SEEN_MAX // 2:
            self._now, self._before = set(), self._now
        self._now.update(keys)


class Entry(msgspec.Struct, frozen=True):
    """One call on its way into the log: its origin, its input as logged, and the hash of its input as given."""

    call: Call
    item: Item
    logged: bytes
    input_hash: bytes


def entry(spec: ActionSpec, call: Call, item: Item) -> Entry:
    given = msgspec.json.encode(call.input, order="sorted")
    at = "" if call.at is None else to_utc(call.at)
    told = f"{spec.name}\0{at}\0".encode() + given
    logged = msgspec.json.encode(masked(call.input)) if spec.personal else given
    return Entry(call, item, logged, current_vault().fingerprint("action.input", told))


Told = dict[int, Answer | int]
"""What entries of a list are answered with, by index, because their keys are another's."""


async def claim(tx: Tx, entries: Sequence[Entry], *, presume: bool = False) -> tuple[Told, list[Entry]]:
    """Claim the entries' idempotency keys; what is already answered comes back by index.

    An int names the entry of this same list that the index repeats. Waits for another transaction that has claimed
    one of the keys and not ended yet. Claims in key order, so that two lists never wait for each other. With `presume`
    keys that this process has not seen are taken for new (`kernel/db/presuming.py`): their entries come back for
    `write` to claim them.
    """
    asked: dict[tuple[UUID, str], list[int]] = {}
    for index, e in enumerate(entries):
        if e.call.key is not None:
            asked.setdefault((e.call.actor.id, e.call.key), []).append(index)
    if not asked:
        return {}, []
    order = sorted(asked, key=_by_number)
    mine = [entries[asked[key][0]] for key in order]
    if presume and _are_new(tx, order):
        tx.presumed = True
        return _repeats(asked, entries), mine
    rows = await tx.fetch(_CLAIM + " ON CONFLICT DO NOTHING RETURNING actor_id, key", *_claims(mine))
    claimed = {(row["actor_id"], row["key"]) for row in rows}
    told = _repeats({key: asked[key] for key in claimed}, entries)
    if len(claimed) < len(order):
        told |= await _stored(tx, {key: asked[key] for key in order if key not in claimed}, entries)
    return told, []


def _claims(entries: Sequence[Entry]) -> tuple[list[UUID], list[str | None], list[UUID], list[bytes]]:
    return (
        [e.call.actor.id for e in entries],
        [e.call.key for e in entries],
        [e.item.cause for e in entries],
        [e.input_hash for e in entries],
    )


def _repeats(asked: Mapping[tuple[UUID, str], Sequence[int]], entries: Sequence[Entry]) -> Told:
    """What the claims of a list tell of its other entries with the same keys."""
    told: Told = {}
    for owner, *others in asked.values():
        for index in others:
            same = entries[index].input_hash == entries[owner].input_hash
            told[index] = owner if same else _reused(entries[index])
    return told


def _are_new(tx: Tx, keys: Sequence[tuple[UUID, str]]) -> bool:
    """Whether this transaction may take all of these keys for new; from here on this process has seen them."""
    seen: Seen = tx.memory.setdefault(SEEN, Seen())
    are_new = tx.presumes and not seen.any_of(keys)
    seen.add(keys)
    return are_new


def _by_number(claimed: tuple[UUID, str]) -> tuple[int, str]:
    """The order of keys; two ids compare slower than two numbers."""
    return claimed[0].int, claimed[1]


async def _stored(tx: Tx, repeats: dict[tuple[UUID, str], list[int]], entries: Sequence[Entry]) -> dict[int, Answer]:
    rows = await tx.fetch(
        "SELECT c.actor_id, c.key, c.input_hash, l.id, l.action, l.ok, l.output::text AS output"
        " FROM unnest($1::uuid[], $2::text[]) AS k (actor_id, key)"
        " JOIN action_claims c USING (actor_id, key) JOIN action_log l ON l.id = c.log_id",
        [actor_id for actor_id, _ in repeats],
        [key for _, key in repeats],
    )
    told: dict[int, Answer] = {}
    for row in rows:
        for index in repeats[row["actor_id"], row["key"]]:
            same = entries[index].input_hash == row["input_hash"]
            told[index] = _answer_from(row) if same else _reused(entries[index])
    assert len(told) == sum(map(len, repeats.values())), "a claimed key has no log row"
    return told


def _answer_from(row: Record) -> Answer:
    encoded = row["output"].encode()
    if row["ok"]:
        return Answer(value=_value(row["action"], encoded), encoded=encoded, log_id=row["id"], replayed=True)
    return Answer(error=stored_error(**msgspec.json.decode(encoded)), log_id=row["id"], replayed=True)


def _value(action: str, encoded: bytes) -> Any:
    """The stored value as its type; as plain data where a mask, or an earlier release, does not fit the type."""
    try:
        return msgspec.json.decode(encoded, type=ACTIONS[action].output)
    except msgspec.ValidationError:
        return msgspec.json.decode(encoded)


def stored_error(code: str, data: dict[str, Any]) -> AppError:
    """The refusal that a log row keeps."""
    kind = error_class(code)
    if issubclass(kind, Invalid):
        return kind([(field["path"], field["message"]) for field in data.pop("fields", ())], **data)
    return kind(**data)


def _reused(e: Entry) -> Answer:
    return Answer(error=KeyReused(key=e.call.key))


def answer(e: Entry, outcome: Any) -> Answer:
    """The answer for what an action gave or refused."""
    if isinstance(outcome, AppError):
        return Answer(error=outcome, log_id=e.item.cause)
    return Answer(value=outcome, encoded=msgspec.json.encode(outcome), log_id=e.item.cause)


async def write(
    tx: Tx,
    spec: ActionSpec,
    entries: Sequence[Entry],
    answers: Sequence[Answer],
    took_us: int,
    claims: Sequence[Entry] = (),
) -> None:
    """Append the calls and their outcomes to the log, and the events that the transaction emitted to theirs.

    The full output is kept where a key may ask for it again. `claims`: those whose keys were taken for new.
    """
    rows = [_log_row(spec, e, a, took_us) for e, a in zip(entries, answers, strict=True)]
    if claims:
        await tx.later(CLAIM_NEW, *_claims(claims))
    await store.append(tx)
    await LOG.add(tx, rows)


def _log_row(spec: ActionSpec, e: Entry, a: Answer, took_us: int) -> tuple[object, ...]:
    call, actor = e.call, e.call.actor
    code = None if a.error is None else a.error.code
    return (
        e.item.cause, e.item.now, spec.name, call.door, actor.id, actor.kind, actor.name, call.key, call.origin,
        e.logged, a.error is None, code, _output(spec, e, a), took_us,
    )  # fmt: skip


def _output(spec: ActionSpec, e: Entry, a: Answer) -> bytes | None:
    if a.error is not None:
        return msgspec.json.encode({"code": a.error.code, "data": a.error.to_wire("en")["data"]})
    if e.call.key is None:
        return None
    return msgspec.json.encode(masked(a.value)) if spec.personal else a.encoded

"""The SQL of the action log: claims of idempotency keys, rows, stored answers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

import msgspec
from asyncpg import Record

from shangmai.kernel.actions.contract import ACTIONS, ActionSpec, Answer, Call, KeyReused
from shangmai.kernel.actions.masking import masked
from shangmai.kernel.clock import to_utc
from shangmai.kernel.crypto import current_vault
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


async def claim(tx: Tx, entries: Sequence[Entry]) -> dict[int, Answer | int]:
    """Claim the entries' idempotency keys; what is already answered comes back by index.

    An int names the entry of this same list that the index repeats. Waits for another transaction that has claimed
    one of the keys and not ended yet. Claims in key order, so that two lists never wait for each other.
    """
    asked: dict[tuple[UUID, str], list[int]] = {}
    for index, e in enumerate(entries):
        if e.call.key is not None:
            asked.setdefault((e.call.actor.id, e.call.key), []).append(index)
    if not asked:
        return {}
    order = sorted(asked, key=_by_number)
    mine = [entries[asked[key][0]] for key in order]
    rows = await tx.fetch(
        "INSERT INTO action_claims (actor_id, key, log_id, input_hash) SELECT * FROM"
        " unnest($1::uuid[], $2::text[], $3::uuid[], $4::bytea[]) ON CONFLICT DO NOTHING RETURNING actor_id, key",
        [actor_id for actor_id, _ in order],
        [key for _, key in order],
        [e.item.cause for e in mine],
        [e.input_hash for e in mine],
    )
    claimed = {(row["actor_id"], row["key"]) for row in rows}
    told: dict[int, Answer | int] = {}
    for owner, *others in (asked[key] for key in claimed):
        for index in others:
            same = entries[index].input_hash == entries[owner].input_hash
            told[index] = owner if same else _reused(entries[index])
    if len(claimed) < len(order):
        told |= await _stored(tx, {key: asked[key] for key in order if key not in claimed}, entries)
    return told


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


async def write(tx: Tx, spec: ActionSpec, entries: Sequence[Entry], answers: Sequence[Answer], took_us: int) -> None:
    """Append the calls and their outcomes to the log, and the events that the transaction emitted to theirs.

    The full output is kept where a key may ask for it again.
    """
    rows = [_log_row(spec, e, a, took_us) for e, a in zip(entries, answers, strict=True)]
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

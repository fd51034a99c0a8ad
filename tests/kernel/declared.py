"""Books, actions and events of the tests' own, all named `test…`, and the tables they use.

The registries hold them only while a test of the kernel runs (`conftest.py`): other tests prove every book there is
and document every action, and have no tables for these.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from shangmai.kernel.actions.contract import ACTIONS, Personal, Scope, action
from shangmai.kernel.books.book import BOOKS, Book
from shangmai.kernel.books.contract import Hold, Key, Moved, Post, Short
from shangmai.kernel.books.schema import book_ddl_v2
from shangmai.kernel.db.migrate import scope_policy
from shangmai.kernel.db.schema import count_facts_v1
from shangmai.kernel.errors import AppError, Conflict, Invalid, NotFound, Unavailable
from shangmai.kernel.events.contract import TYPES_BY_NAME, TYPES_BY_STRUCT, event
from shangmai.kernel.ids import new_id
from shangmai.kernel.numbers import next_numbers
from shangmai.kernel.tx import Tx

REGISTRIES: Sequence[dict[Any, Any]] = (ACTIONS, BOOKS, TYPES_BY_NAME, TYPES_BY_STRUCT)
_before = [dict(registry) for registry in REGISTRIES]

KEY = {"sku": "uuid", "bucket": "text"}
COUNTED = frozenset({"on_hand", "packed"})


def is_counted(key: Key) -> bool:
    return key[1] in COUNTED


pieces = Book("test_pieces", KEY, bounded=is_counted)
shelf = Book("test_shelf", KEY, bounded=is_counted, physical=True)

DDL = (
    book_ddl_v2(pieces.name, KEY)
    + book_ddl_v2(shelf.name, KEY)
    + """
CREATE TABLE test_notes (id uuid PRIMARY KEY, shop_id uuid, text text NOT NULL, stamps integer NOT NULL DEFAULT 0);
GRANT SELECT, INSERT, UPDATE ON test_notes TO shangmai_app;
CREATE TABLE test_steps (seq bigint GENERATED ALWAYS AS IDENTITY, mark text NOT NULL CHECK (mark <> 'forbidden'));
GRANT SELECT, INSERT ON test_steps TO shangmai_app;
CREATE TABLE test_promises (
  id uuid PRIMARY KEY,
  kept_by uuid REFERENCES test_promises DEFERRABLE INITIALLY DEFERRED);
GRANT SELECT, INSERT ON test_promises TO shangmai_app;
CREATE TABLE test_seen (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  consumer text NOT NULL,
  key text NOT NULL,
  n integer NOT NULL,
  worker text NOT NULL DEFAULT '');
GRANT SELECT, INSERT ON test_seen TO shangmai_app;
CREATE TABLE test_locks (key text PRIMARY KEY);
GRANT SELECT, INSERT, UPDATE ON test_locks TO shangmai_app;
"""
    + scope_policy("test_notes", shop="shop_id")
    + count_facts_v1("test", {"test_notes": "INSERT OR UPDATE OF text OR DELETE OR TRUNCATE"})
)


# --- events ---------------------------------------------------------------------------------------------------------


@event("test.counted.v1", key="key")
class Counted(msgspec.Struct, frozen=True):
    """The n-th thing that happened to a key; `mood` tells a handler of the tests what to do with it."""

    key: str
    n: int
    mood: str = "fine"


@event("test.noted.v1", key="note_id")
class Noted(msgspec.Struct, frozen=True):
    note_id: UUID


@event("test.taken.v1", key="sku")
class Taken(msgspec.Struct, frozen=True):
    sku: UUID
    qty: int


# --- many actions ---------------------------------------------------------------------------------------------------


class Take(msgspec.Struct, frozen=True, kw_only=True):
    sku: UUID
    qty: Annotated[int, Meta(ge=1)]
    shop_id: UUID


class Receipt(msgspec.Struct, frozen=True):
    hold_id: UUID
    number: str


@action("test.take", grant="test.take", many=True, scope=lambda do: {"shop": do.shop_id}, errors=[Short])
async def take(tx: Tx, do: Sequence[Take]) -> list[Receipt | AppError]:
    """Set pieces aside: a hold, an event and a number, as an order would."""
    ids = [new_id() for _ in do]
    holds = [
        Hold(id=id_, debit=(d.sku, "on_hand"), credit=(d.sku, "customer"), amount=d.qty, doc=id_, item=item)
        for id_, d, item in zip(ids, do, tx.items, strict=True)
    ]
    outcomes = await pieces.hold(tx, holds)
    moved = [index for index, outcome in enumerate(outcomes) if isinstance(outcome, Moved)]
    numbers = iter(await next_numbers(tx, "TK", [tx.items[index].now for index in moved]))
    answers: list[Receipt | AppError] = []
    for index, outcome in enumerate(outcomes):
        if isinstance(outcome, Moved):
            tx.emit(Taken(do[index].sku, do[index].qty), tx.items[index])
            answers.append(Receipt(ids[index], next(numbers)))
        else:
            answers.append(outcome)
    return answers


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What is to become of it: `write` the mark, also after a `wait` at the gate of that name, or an error."""

    do: str
    mark: str = ""


class Stepped(msgspec.Struct, frozen=True):
    mark: str


class Gate:
    """Holds an action in flight: it sets `entered` and waits for `open`."""

    def __init__(self) -> None:
        self.entered = asyncio.Event()
        self.open = asyncio.Event()


gates: dict[str, Gate] = {}


@action("test.step", grant="test.step", many=True, scope=lambda do: {})
async def step(tx: Tx, do: Sequence[Step]) -> list[Stepped | AppError]:
    """Do as the input says, each item for itself."""
    for d in do:
        if d.do == "wait" and d.mark in gates:
            gates[d.mark].entered.set()
            await gates[d.mark].open.wait()
        elif d.do == "crash":
            raise ZeroDivisionError(d.mark)
        elif d.do == "raise":
            raise Conflict(mark=d.mark)
    marks = ["forbidden" if d.do == "forbid" else d.mark for d in do if d.do not in ("refuse", "invalid", "away")]
    await tx.execute("INSERT INTO test_steps (mark) SELECT unnest($1::text[])", marks)
    return [_stepped(d) for d in do]


def _stepped(do: Step) -> Stepped | AppError:
    if do.do == "refuse":
        return NotFound(mark=do.mark)
    if do.do == "away":
        return Unavailable(mark=do.mark)
    if do.do == "invalid":
        return Invalid([("lines.0.mark", f"{do.mark} is bad")], mark=do.mark)
    return Stepped(do.mark)


@action("test.step_presuming", grant="test.step", many=True, scope=lambda do: {}, presumes=True)
async def step_presuming(tx: Tx, do: Sequence[Step]) -> list[Stepped | AppError]:
    """Do as the input says, each item for itself; keys are taken for new until then."""
    return await step(tx, do)


class Stamp(msgspec.Struct, frozen=True):
    note_id: UUID


class Stamped(msgspec.Struct, frozen=True):
    stamps: int


async def _shops_of(tx: Tx, do: Sequence[Stamp]) -> list[Scope | None]:
    rows = await tx.fetch("SELECT id, shop_id FROM test_notes WHERE id = ANY ($1)", [d.note_id for d in do])
    shops = {row["id"]: {"shop": row["shop_id"]} for row in rows}
    return [shops.get(d.note_id) for d in do]


@action("test.stamp", grant="test.stamp", many=True, scopes_of=_shops_of)
async def stamp(tx: Tx, do: Sequence[Stamp]) -> list[Stamped | AppError]:
    """Put one stamp on each note."""
    rows = await tx.fetch(
        "UPDATE test_notes SET stamps = stamps + 1 WHERE id = ANY ($1) RETURNING id, stamps", [d.note_id for d in do]
    )
    stamps = {row["id"]: row["stamps"] for row in rows}
    return [Stamped(stamps[d.note_id]) if d.note_id in stamps else NotFound() for d in do]


async def _one_scope_too_few(tx: Tx, do: Sequence[Stamp]) -> list[Scope | None]:
    return (await _shops_of(tx, do))[:-1]


@action("test.stamp_carelessly", grant="test.stamp", many=True, scopes_of=_one_scope_too_few)
async def stamp_carelessly(tx: Tx, do: Sequence[Stamp]) -> list[Stamped | AppError]:
    """Put one stamp on each note, though the scope reader has a bug."""
    return await stamp(tx, do)


# --- single actions -------------------------------------------------------------------------------------------------


class WriteNote(msgspec.Struct, frozen=True, kw_only=True):
    shop_id: UUID
    text: Annotated[str, Meta(max_length=20)]


class Note(msgspec.Struct, frozen=True):
    note_id: UUID
    number: str


@action("test.write_note", grant="test.write")
async def write_note(tx: Tx, do: WriteNote) -> Note:
    """Write a note in a shop; event test.noted.v1, and a piece posted for the dry run to show."""
    note_id = new_id()
    await tx.execute("INSERT INTO test_notes (id, shop_id, text) VALUES ($1, $2, $3)", note_id, do.shop_id, do.text)
    post = Post(
        debit=(note_id, "supplier"), credit=(note_id, "on_hand"), amount=len(do.text), doc=note_id, item=tx.items[0]
    )
    await pieces.post(tx, [post])
    [number] = await next_numbers(tx, "NT", [tx.now])
    tx.emit(Noted(note_id))
    return Note(note_id, number)


class EditNote(msgspec.Struct, frozen=True, kw_only=True):
    note_id: UUID
    text: str


@action("test.edit_note", grant="test.write", inverse="test.edit_note")
async def edit_note(tx: Tx, do: EditNote) -> Note:
    """Change the text of a note. Raises: NotFound."""
    row = await tx.fetchrow("UPDATE test_notes SET text = $2 WHERE id = $1 RETURNING id", do.note_id, do.text)
    if row is None:
        raise NotFound()
    return Note(do.note_id, do.text)


class Register(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    phone: Annotated[str, Personal]
    address: Annotated[str, Personal] | None = None
    aliases: list[Annotated[str, Personal]] = []


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    member: UUID = msgspec.field(name="member_id")
    phone: Annotated[str, Personal, Meta(min_length=11)]
    born_year: Annotated[int, Personal]


@action("test.register", grant="test.register")
async def register(tx: Tx, do: Register) -> Registered:
    """Register a person; their data must not be readable in the log."""
    return Registered(member=new_id(), phone=do.phone, born_year=1990)


class Promise(msgspec.Struct, frozen=True):
    broken: bool


class Promised(msgspec.Struct, frozen=True):
    id: UUID


@action("test.promise", grant="test.promise")
async def promise(tx: Tx, do: Promise) -> Promised:
    """Write a row whose foreign key only COMMIT notices."""
    id_ = new_id()
    await tx.execute("INSERT INTO test_promises VALUES ($1, $2)", id_, new_id() if do.broken else id_)
    return Promised(id_)


class Fail(msgspec.Struct, frozen=True):
    how: str


@action("test.fail", grant="test.fail")
async def fail(tx: Tx, do: Fail) -> Stepped:
    """Leave a mark, then fail as the input says."""
    await tx.execute("INSERT INTO test_steps (mark) VALUES ('of a failure')")
    if do.how == "file":
        raise FileNotFoundError("a template")
    if do.how == "away":
        raise Unavailable()
    if do.how == "refuse":
        raise Conflict(how=do.how)
    if do.how == "hide":
        try:
            await tx.execute("INSERT INTO test_steps (mark) VALUES ('forbidden')")
        except Exception as error:
            return Stepped(type(error).__name__)
    raise ZeroDivisionError(do.how)


_own = [
    {name: value for name, value in registry.items() if name not in before}
    for registry, before in zip(REGISTRIES, _before, strict=True)
]


def install() -> None:
    """Put what this file declares into the registries."""
    for registry, own in zip(REGISTRIES, _own, strict=True):
        registry.update(own)


def withdraw() -> None:
    """Take it out of them."""
    for registry, own in zip(REGISTRIES, _own, strict=True):
        for name in own:
            registry.pop(name, None)


withdraw()

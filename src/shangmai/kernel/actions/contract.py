"""Declaring actions, calling them, and what they answer."""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, TypeVar
from uuid import UUID

import msgspec

from shangmai.kernel.actions.masking import has_personal
from shangmai.kernel.actors import Actor
from shangmai.kernel.errors import AppError, Conflict, Denied, Invalid, NotFound
from shangmai.kernel.tx import Tx

F = TypeVar("F", bound=Callable[..., Awaitable[Any]])
Scope = Mapping[str, UUID]
Gate = Callable[[dict[Any, Any], Any, datetime], AppError | None]
"""Told the process's memory, an input and the time, it may refuse a call before the database is asked."""
ScopeOf = Callable[[Any], Scope]
ScopesOf = Callable[[Tx, Sequence[Any]], Awaitable[Sequence[Scope | None]]]

BACKDATE: Final = "actions.backdate"
"""The grant that lets a call carry a past business time."""
BATCH_MAX: Final = 256
"""How many concurrent calls of a `many` action share one transaction."""


class ActionSpec(msgspec.Struct, frozen=True):
    """A declared action. `scope` gives the ids that the actor's scope must admit, from the input alone;

    `scopes_of` reads them for a batch whose items name existing rows (None: no such row, the action itself says so).
    `present_only`: it takes no past business time, from nobody. `public`: it needs no grant. `presumes`: keys that the
    process has not seen are taken for new until all is written.
    """

    name: str
    run: Callable[..., Awaitable[Any]]
    grant: str
    many: bool
    input: type[msgspec.Struct]
    output: Any
    scope: ScopeOf | None
    scopes_of: ScopesOf | None
    inverse: str | None
    errors: tuple[type[AppError], ...]
    personal: bool
    present_only: bool = False
    public: bool = False
    gate: Gate | None = None
    presumes: bool = False

    def admits(self, actor: Actor) -> bool:
        """Whether the actor may call it at all; whether with this input, its scope tells."""
        return self.public or actor.may(self.grant)

    @property
    def summary(self) -> str:
        return self.description.partition("\n")[0]

    @property
    def description(self) -> str:
        return inspect.getdoc(self.run) or ""


ACTIONS: Final[dict[str, ActionSpec]] = {}


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """One request to run an action, through whichever door.

    `at` is a past business time (needs the grant `actions.backdate`); `origin` says where the request was written
    down (file and row); `key` is the caller's idempotency key, unique for the actor. `source`: the address that it came
    from, where the door knows one.
    """

    action: str
    input: msgspec.Struct
    actor: Actor
    door: str
    key: str | None = None
    at: datetime | None = None
    origin: str | None = None
    dry_run: bool = False
    source: str = ""


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a call: a value or an error. `encoded` is the value as JSON; `effects` only of a dry run."""

    value: Any = None
    error: AppError | None = None
    encoded: bytes = b"null"
    log_id: UUID | None = None
    replayed: bool = False
    effects: list[dict[str, Any]] | None = None

    def unwrap(self) -> Any:
        """The value; raises the error."""
        if self.error is not None:
            raise self.error
        return self.value


class ActionNotFound(NotFound):
    """There is no action {name}. GET /api/v1/actions lists them."""

    zh = "没有动作 {name}。GET /api/v1/actions 可列出全部动作。"


class NotGranted(Denied):
    """This needs the grant {grant}. Ask an administrator to add it to one of your roles."""

    zh = "此操作需要权限 {grant}，请管理员将其加入你的角色。"


class OutOfScope(Denied):
    """Your data scope does not include this {dimension}."""

    zh = "你的数据范围不包含此{dimension}。"


class InputInvalid(Invalid):
    """The input does not fit: {reason}."""

    zh = "输入不符合要求：{reason}。"


class KeyReused(Conflict):
    """The idempotency key {key} was used before with another input or action. Use a new key for a new request."""

    zh = "幂等键 {key} 已用于另一个请求。新的请求请使用新的键。"


class InTheFuture(Invalid):
    """The business time {at} lies in the future."""

    zh = "业务时间 {at} 在未来。"


class PresentOnly(Invalid):
    """{action} happens now, whatever the business time: send it without one."""

    zh = "{action} 只能在当前时间执行，请不要携带业务时间。"


class PastNotMany(Invalid):
    """A list takes at most {most} items, {given} were sent. Send several lists."""

    zh = "一次最多 {most} 条，收到 {given} 条，请分批发送。"


class StoredError(Conflict):
    """The first answer to this idempotency key was a refusal."""

    zh = "此幂等键的首次应答是拒绝。"


def action(
    name: str,
    *,
    grant: str,
    many: bool = False,
    scope: ScopeOf | None = None,
    scopes_of: ScopesOf | None = None,
    inverse: str | None = None,
    errors: Sequence[type[AppError]] = (),
    present_only: bool = False,
    public: bool = False,
    gate: Gate | None = None,
    presumes: bool = False,
) -> Callable[[F], F]:
    """Declare `async def f(tx, do: Input) -> Output` as an action.

    With `many` it is `f(tx, do: Sequence[Input]) -> list[Output | AppError]`. Such an action runs under the system's
    scope with every item checked by `scope` or `scopes_of`; it must answer each item and never fail one for its
    neighbour. Any other action runs under its actor's scope, so a row outside
    of it is not found. `inverse` names the action that undoes this one. `present_only` is for
    what guards access: waits and expiries there are by the clock, and a past time would be a way around them. `public`:
    shoppers call it without signing in and without the grant, which then only names what the action is about; it must
    itself check whatever it lets them reach. All guests are one actor, so their idempotency keys must be random.
    `gate`: refuses from the process's memory what would be refused anyway, so that a crowd in front of an empty shelf
    costs the database nothing; such a refusal is not logged. `presumes`: for what is asked very often and, of the
    database, writes all with its last statement: a key is claimed there, and not by a statement of its own before.
    """

    def declare(run: F) -> F:
        assert name not in ACTIONS, f"two actions are called {name}"
        assert not many or scope or scopes_of, f"{name}: a batch runs as the system, so it must say what to check"
        taken, given = _signature(run, many)
        personal = has_personal(taken) or has_personal(given)
        ACTIONS[name] = ActionSpec(
            name,
            run,
            grant,
            many,
            taken,
            given,
            scope,
            scopes_of,
            inverse,
            tuple(errors),
            personal,
            present_only,
            public,
            gate,
            presumes,
        )
        return run

    return declare


def _signature(run: Callable[..., Any], many: bool) -> tuple[type[msgspec.Struct], Any]:
    """Input and output type of one item, read from the annotations."""
    hints = typing.get_type_hints(run)
    names = list(inspect.signature(run).parameters)
    taken, given = hints[names[1]], hints["return"]
    if many:
        taken = typing.get_args(taken)[0]
        members = typing.get_args(typing.get_args(given)[0]) or typing.get_args(given)
        given = next(t for t in members if not (isinstance(t, type) and issubclass(t, AppError)))
    return taken, given


Personal = msgspec.Meta(extra={"personal": True})
"""Marks a field that holds personal data: `phone: Annotated[str, Personal]`. The action log keeps it masked, in what

is given and in what is answered, so a repeated call with the same key is answered with the mask.
"""

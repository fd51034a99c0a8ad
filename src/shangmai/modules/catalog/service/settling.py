"""Deciding by what is known, and anew when somebody else was faster."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from typing import Final, ParamSpec, TypeVar
from uuid import UUID

from asyncpg import UniqueViolationError

from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx

ATTEMPTS_MAX: Final = 20
IDS: Final[Iterator[UUID]] = iter(new_id, None)

P = TypeVar("P")
K = TypeVar("K")
A = ParamSpec("A")


async def settle(
    tx: Tx,
    items: Sequence[Item],
    look: Callable[[], Awaitable[K]],
    plan: Callable[[K], list[P | AppError]],
    write: Callable[[list[tuple[P, Item]]], Awaitable[None]],
) -> list[P | AppError]:
    """Look, plan each item and write what is accepted; when another transaction took one of the codes, do it again.

    Such a collision means that the other one has committed, so the next look sees its codes.
    """
    for _ in range(ATTEMPTS_MAX):
        planned = plan(await look())
        accepted = [(p, i) for p, i in zip(planned, items, strict=True) if not isinstance(p, AppError)]
        try:
            async with tx.savepoint():
                if accepted:
                    await write(accepted)
        except UniqueViolationError:
            continue
        return planned
    raise AssertionError(f"the same codes were taken {ATTEMPTS_MAX} times in a row, but are not there")


def attempt(plan: Callable[A, P], *args: A.args, **kwargs: A.kwargs) -> P | AppError:
    """Give what was planned, or the refusal."""
    try:
        return plan(*args, **kwargs)
    except AppError as refusal:
        return refusal

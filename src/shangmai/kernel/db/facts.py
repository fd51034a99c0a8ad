"""What is set once and seldom changed, remembered by the process for as long as nobody has changed it.

`fact_versions` has a row for each kind of such facts (settings, policies, which warehouse a shop sells from). Triggers
count it up in the transaction that changes one of them, so whoever reads the old count reads the old facts too. A
transaction reads all counts in one small statement, and asks the database only for what was changed since, or was never
asked for.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Final, TypeVar

if TYPE_CHECKING:
    from shangmai.kernel.tx import Tx

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")
Read = Callable[["Tx", list[Any]], Awaitable[Mapping[Any, V]]]
"""Reads the facts of these keys that there are."""

REMEMBERED_MAX: Final = 10_000
"""So many keys of a kind; then all is forgotten, for a caller may name keys that there are none of."""

Version = tuple[int, str]
"""The count of a kind, and the transaction that wrote it.

Without that, a count that was rolled back could be taken for the one that was committed under the same number.
"""
VERSIONS: Final = "SELECT name, version, xmin::text AS written_by FROM fact_versions"


async def recall(tx: Tx, kind: str, read: Read[V], keys: Collection[K]) -> dict[K, V]:
    """Give the facts of these keys that there are, as of this transaction; `read` is one function, told by identity.

    Where row policies hide something from the transaction it reads for itself. One that changes facts of a kind and
    asks for them afterwards says so (`changed`).
    """
    if not keys:
        return {}
    if not tx.sees_all:
        return dict(await read(tx, list(keys)))
    if tx.versions is None:
        tx.versions = {row["name"]: (row["version"], row["written_by"]) for row in await tx.fetch(VERSIONS)}
    known = _known(tx, kind, read, tx.versions[kind])
    missing = [key for key in keys if key not in known]
    if missing:
        found = await read(tx, missing)
        known.update({key: found.get(key) for key in missing})
    return {key: value for key in keys if (value := known[key]) is not None}


def changed(tx: Tx) -> None:
    """Read the counts again before the next facts: this transaction has changed some."""
    tx.versions = None


def _known(tx: Tx, kind: str, read: Read[Any], version: Version) -> dict[Any, Any]:
    """What is remembered for this count: a dict of its own, so that who still holds another one fills that."""
    found: tuple[Version, dict[Any, Any]] | None = tx.memory.get(("facts", kind, read))
    if found is None or found[0] != version or len(found[1]) > REMEMBERED_MAX:
        found = (version, {})
        tx.memory["facts", kind, read] = found
    return found[1]

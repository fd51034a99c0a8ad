"""The algebra of grants and scopes: what covers what, and what two holders have in common.

A grant pattern has two parts, a module and a verb, either of which may be `*`: `orders.cancel`, `orders.*`, `*.read`;
`*` alone is `*.*`. So the common part of two patterns is a pattern again, or nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from uuid import UUID

from shangmai.kernel.actors import DIMENSIONS, EVERYTHING
from shangmai.modules.identity.contract import Scopes

ANY: Final = "*"
EVERYWHERE: Final[Scopes] = {
    "company": "*",
    "shop": "*",
    "warehouse": "*",
    "region": "*",
    "member": "*",
}
assert tuple(EVERYWHERE) == DIMENSIONS, "a new dimension must say who is given all of it"

Admitted = Mapping[str, frozenset[UUID] | None]


def covers(held: Iterable[str], pattern: str) -> bool:
    """Tell whether one of the grants held admits all that the pattern does."""
    return any(_common(one, pattern) == _spelled(*_parts(pattern)) for one in held)


def missing(wanted: Iterable[str], held: Iterable[str]) -> list[str]:
    """List the wanted patterns that no grant held covers."""
    holder = frozenset(held)
    return sorted(pattern for pattern in set(wanted) if not covers(holder, pattern))


def common(ours: Iterable[str], theirs: Iterable[str]) -> frozenset[str]:
    """Give the grants that both hold."""
    others = frozenset(theirs)
    pairs = (_common(one, other) for one in ours for other in others)
    return frozenset(without_duplicates([pattern for pattern in pairs if pattern is not None]))


def admitted(scopes: Scopes) -> Admitted:
    """Give the scopes as an Actor carries them."""
    return {dimension: EVERYTHING if ids == "*" else frozenset(ids) for dimension, ids in scopes.items()}


def on_the_wire(scopes: Admitted) -> Scopes:
    """Give an Actor's scopes as people are shown them."""
    return {
        dimension: "*" if scopes[dimension] is EVERYTHING else sorted(scopes[dimension] or ())
        for dimension in EVERYWHERE
        if dimension in scopes
    }


def common_scopes(ours: Admitted, theirs: Admitted) -> Admitted:
    """Give what both see; a dimension that one of them lacks admits nothing."""
    return {dimension: _common_ids(ours[dimension], theirs[dimension]) for dimension in ours.keys() & theirs.keys()}


def unseen(wanted: Admitted, held: Admitted) -> list[str]:
    """List the dimensions in which more is wanted than is held."""
    return [dimension for dimension, ids in wanted.items() if _common_ids(ids, held.get(dimension, frozenset())) != ids]


def without_duplicates(grants: Sequence[str]) -> list[str]:
    """Leave out what another of the grants covers."""
    unique = sorted(set(grants))
    return [one for one in unique if not covers((other for other in unique if other != one), one)]


def _common_ids(ours: frozenset[UUID] | None, theirs: frozenset[UUID] | None) -> frozenset[UUID] | None:
    if ours is EVERYTHING:
        return theirs
    return ours if theirs is EVERYTHING else ours & theirs


def _common(one: str, other: str) -> str | None:
    (module, verb), (other_module, other_verb) = _parts(one), _parts(other)
    if ANY not in (module, other_module) and module != other_module:
        return None
    if ANY not in (verb, other_verb) and verb != other_verb:
        return None
    return _spelled(other_module if module == ANY else module, other_verb if verb == ANY else verb)


def _parts(pattern: str) -> tuple[str, str]:
    module, _, verb = pattern.partition(".")
    return module, verb or ANY


def _spelled(module: str, verb: str) -> str:
    return ANY if (module, verb) == (ANY, ANY) else f"{module}.{verb}"

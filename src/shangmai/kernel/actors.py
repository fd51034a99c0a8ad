"""Who acts, what they may do, and which rows they may see.

The kernel knows no business word: a scope dimension is a name (`shop`, `warehouse`, `company` …) that the
modules give a meaning to by carrying a column of that kind.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Final
from uuid import UUID

import msgspec

DIMENSIONS: Final = ("company", "shop", "warehouse", "region", "member")
"""Every scope dimension that a row policy may ask for, in the order in which they are set on a transaction."""

EVERYTHING: Final = None
"""The scope value that admits every id of its dimension."""


class Actor(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """A person, an API key or the system itself, with grants already resolved from roles.

    `grants` holds exact names (`orders.cancel`), all of a module (`orders.*`), one verb of all modules (`*.read`) or
    `*`. `scopes` maps a dimension to the
    ids that are admitted; a dimension that is missing admits nothing, `EVERYTHING` (None) admits all.
    """

    id: UUID
    kind: str
    name: str
    grants: frozenset[str] = frozenset()
    scopes: Mapping[str, frozenset[UUID] | None] = {}

    def may(self, grant: str) -> bool:
        """Whether the actor holds the grant, by name or by a pattern."""
        grants = self.grants
        if grant in grants or "*" in grants:
            return True
        module, _, verb = grant.partition(".")
        return f"{module}.*" in grants or f"*.{verb}" in grants

    def sees(self, dimension: str, id_: UUID) -> bool:
        """Whether the actor's scope admits this id."""
        admitted = self.scopes.get(dimension, frozenset())
        return admitted is EVERYTHING or id_ in admitted

    @cached_property
    def sees_all(self) -> bool:
        """Whether no row policy hides anything from the actor."""
        return all(self.scopes.get(dimension, frozenset()) is EVERYTHING for dimension in DIMENSIONS)

    @cached_property
    def scope_sql(self) -> str:
        """The statements that put this actor's scope on a transaction; sent together with BEGIN.

        Only UUIDs, by a spelling that no text has, and the fixed names above: so nothing here needs escaping.
        """
        return f"SET LOCAL app.actor = '{self.id.hex}';" + "".join(
            f"SET LOCAL app.{dimension} = '{_spelled(self.scopes.get(dimension, frozenset()))}';"
            for dimension in DIMENSIONS
        )


def _spelled(admitted: frozenset[UUID] | None) -> str:
    return "*" if admitted is EVERYTHING else "{" + ",".join(sorted(id_.hex for id_ in admitted)) + "}"


GUEST: Final = Actor(id=UUID(int=1), kind="guest", name="guest", scopes={"shop": EVERYTHING, "warehouse": EVERYTHING})
"""Whoever calls a public action without signing in: no grant. Such an action itself says what a guest may reach."""

SYSTEM: Final = Actor(
    id=UUID(int=0), kind="system", name="system", grants=frozenset({"*"}), scopes=dict.fromkeys(DIMENSIONS, EVERYTHING)
)
"""Event handlers, schedules and coalesced batches; a batch checks each item's own actor in the pipeline."""

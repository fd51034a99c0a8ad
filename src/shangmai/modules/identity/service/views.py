"""Keeping views of lists."""

from __future__ import annotations

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.identity.contract import SELF, UserId
from shangmai.modules.identity.contract.errors import UserNeeded
from shangmai.modules.identity.contract.views import (
    VIEWS_MAX,
    RemoveView,
    SavedView,
    SaveView,
    TooManyViews,
    ViewNotFound,
)
from shangmai.modules.identity.queries import views


@action("identity.save_view", grant=SELF, errors=[TooManyViews, UserNeeded])
async def save_view(tx: Tx, do: SaveView) -> SavedView:
    """Keep a view of a list under a name; one of your own of this name is replaced.

    Raises: TooManyViews, UserNeeded.
    """
    owner = _me(tx)
    known = await views.count(tx, owner, do.place)
    saved = await views.save(tx, owner, do)
    if known >= VIEWS_MAX and await views.count(tx, owner, do.place) > known:
        raise TooManyViews(most=VIEWS_MAX)
    return saved


@action("identity.remove_view", grant=SELF, errors=[ViewNotFound, UserNeeded])
async def remove_view(tx: Tx, do: RemoveView) -> SavedView:
    """Remove a view of your own; gives it as it was. Raises: ViewNotFound, UserNeeded."""
    removed = await views.remove(tx, _me(tx), do.view_id)
    if removed is None:
        raise ViewNotFound(view_id=do.view_id)
    return removed


def _me(tx: Tx) -> UserId:
    if tx.actor.kind != "user":
        raise UserNeeded()
    return UserId(tx.actor.id)

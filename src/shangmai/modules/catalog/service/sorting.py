"""Categories."""

from __future__ import annotations

from asyncpg import ForeignKeyViolationError, UniqueViolationError

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import (
    Category,
    CategoryId,
    CategoryNameTaken,
    CategoryNotFound,
    CreateCategory,
)
from shangmai.modules.catalog.queries import writing


@action("catalog.create_category", grant="catalog.create_category", errors=[CategoryNotFound, CategoryNameTaken])
async def create_category(tx: Tx, do: CreateCategory) -> Category:
    """Create a category, at the top or below another one.

    Raises: CategoryNotFound (the parent), CategoryNameTaken (beside it there is one of that name).
    """
    try:
        return await writing.insert_category(tx, CategoryId(new_id()), do)
    except ForeignKeyViolationError:
        raise CategoryNotFound(category_id=do.parent_id) from None
    except UniqueViolationError:
        raise CategoryNameTaken(name=do.name) from None

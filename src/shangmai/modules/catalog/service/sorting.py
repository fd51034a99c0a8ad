"""Categories, brands, attributes: what products are sorted by."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from asyncpg import ForeignKeyViolationError, UniqueViolationError
from msgspec import UNSET, Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    Attribute,
    AttributeChanged,
    AttributeId,
    AttributeInUse,
    AttributeKeyInvalid,
    AttributeKindFixed,
    AttributeNotFound,
    Brand,
    BrandChanged,
    BrandId,
    BrandNameTaken,
    BrandNotFound,
    Category,
    CategoryChanged,
    CategoryId,
    CategoryInItself,
    CategoryNameTaken,
    CategoryNotFound,
    CreateBrand,
    CreateCategory,
    DefineAttribute,
    OptionInUse,
    OptionsNotFitting,
    RemoveAttribute,
    UpdateBrand,
    UpdateCategory,
)
from shangmai.modules.catalog.queries import sorting

S = TypeVar("S", bound=Struct)

# --- categories ----------------------------------------------------------------------------------------------------


@action("catalog.create_category", grant="catalog.create_category", errors=[CategoryNotFound, CategoryNameTaken])
async def create_category(tx: Tx, do: CreateCategory) -> Category:
    """Create a category, at the top or below another one.

    Raises: CategoryNotFound (the parent), CategoryNameTaken (beside it there is one of that name).
    """
    category = Category(
        id=CategoryId(new_id()), parent_id=do.parent_id, name=do.name, name_en=do.name_en, position=do.position
    )
    try:
        await sorting.insert_category(tx, category)
    except ForeignKeyViolationError:
        raise CategoryNotFound(category_id=do.parent_id) from None
    except UniqueViolationError:
        raise CategoryNameTaken(name=do.name) from None
    tx.emit(CategoryChanged(category_id=category.id))
    return category


@action(
    "catalog.update_category",
    grant="catalog.update_category",
    errors=[CategoryNotFound, CategoryNameTaken, CategoryInItself],
)
async def update_category(tx: Tx, do: UpdateCategory) -> Category:
    """Rename a category, give it another place among its neighbours, or move it with all below it.

    A change that changes nothing is no change. One such change at a time. Raises: CategoryNotFound (it, or the
    parent), CategoryNameTaken, CategoryInItself.
    """
    await sorting.lock_tree(tx)
    category = await sorting.find_category(tx, do.category_id)
    if category is None:
        raise CategoryNotFound(category_id=do.category_id)
    changed = _with_given(category, do, ("name", "name_en", "parent_id", "position"))
    if changed == category:
        return category
    if changed.parent_id is not None and await sorting.is_below(tx, changed.parent_id, category.id):
        raise CategoryInItself(category_id=category.id)
    try:
        await sorting.update_category(tx, changed)
    except ForeignKeyViolationError:
        raise CategoryNotFound(category_id=changed.parent_id) from None
    except UniqueViolationError:
        raise CategoryNameTaken(name=changed.name) from None
    tx.emit(CategoryChanged(category_id=category.id))
    return changed


# --- brands --------------------------------------------------------------------------------------------------------


@action("catalog.create_brand", grant="catalog.create_brand", errors=[BrandNameTaken])
async def create_brand(tx: Tx, do: CreateBrand) -> Brand:
    """Create a brand. Products that name one that is not there yet make it, too.

    Raises: BrandNameTaken (also when only the case of letters differs).
    """
    brand = Brand(id=BrandId(new_id()), name=do.name.strip(), name_en=do.name_en, logo=do.logo)
    try:
        await sorting.insert_brand(tx, brand)
    except UniqueViolationError:
        raise BrandNameTaken(name=brand.name) from None
    tx.emit(BrandChanged(brand_id=brand.id))
    return brand


@action("catalog.update_brand", grant="catalog.update_brand", errors=[BrandNotFound, BrandNameTaken])
async def update_brand(tx: Tx, do: UpdateBrand) -> Brand:
    """Rename a brand or give it another logo. A change that changes nothing is no change.

    Raises: BrandNotFound, BrandNameTaken.
    """
    brand = await sorting.lock_brand(tx, do.brand_id)
    if brand is None:
        raise BrandNotFound(brand_id=do.brand_id)
    changed = _with_given(brand, do, ("name", "name_en", "logo"))
    changed = replace(changed, name=changed.name.strip())
    if changed == brand:
        return brand
    try:
        await sorting.update_brand(tx, changed)
    except UniqueViolationError:
        raise BrandNameTaken(name=changed.name) from None
    tx.emit(BrandChanged(brand_id=brand.id))
    return changed


# --- attributes ----------------------------------------------------------------------------------------------------


@action(
    "catalog.define_attribute",
    grant="catalog.define_attribute",
    errors=[AttributeKeyInvalid, OptionsNotFitting, AttributeKindFixed, OptionInUse],
)
async def define_attribute(tx: Tx, do: DefineAttribute) -> Attribute:
    """Define an attribute, or define a known one anew: its names, unit, options and their order.

    A kind stays, and an option stays, while products or SKUs have values of it. Values that were free text before
    stay as they are. Raises: AttributeKeyInvalid, OptionsNotFitting, AttributeKindFixed, OptionInUse.
    """
    key = rules.clean_key(do.key)
    rules.check_options(do)
    await sorting.lock_attributes(tx)
    before = await sorting.find_attribute(tx, key)
    attribute = rules.defined(do, key, AttributeId(new_id()) if before is None else before.id)
    if before is None:
        await sorting.insert_attribute(tx, attribute)
    elif before == attribute:
        return before
    else:
        await _check_redefined(tx, before, attribute)
        await sorting.update_attribute(tx, attribute)
    tx.emit(AttributeChanged(attribute_id=attribute.id, key=key))
    return attribute


async def _check_redefined(tx: Tx, before: Attribute, after: Attribute) -> None:
    gone = {option.key for option in before.options} - {option.key for option in after.options}
    if before.kind is after.kind and not gone:
        return
    used = await sorting.used_values(tx, before.key, list(gone) if before.kind is after.kind else None)
    if used and before.kind is not after.kind:
        raise AttributeKindFixed(key=before.key, kind=before.kind)
    if used:
        raise OptionInUse(key=before.key, option=used[0])


@action("catalog.remove_attribute", grant="catalog.define_attribute", errors=[AttributeNotFound, AttributeInUse])
async def remove_attribute(tx: Tx, do: RemoveAttribute) -> Attribute:
    """Remove an attribute that nothing has a value of. Raises: AttributeNotFound, AttributeInUse."""
    await sorting.lock_attributes(tx)
    attribute = await sorting.find_attribute_by_id(tx, do.attribute_id)
    if attribute is None:
        raise AttributeNotFound(attribute_id=do.attribute_id)
    if await sorting.used_values(tx, attribute.key, None):
        raise AttributeInUse(key=attribute.key)
    await sorting.delete_attribute(tx, attribute.id)
    tx.emit(AttributeChanged(attribute_id=attribute.id, key=attribute.key))
    return attribute


def _with_given(before: S, do: Struct, names: Iterable[str]) -> S:
    """Give the thing with those fields changed that were given."""
    given = {name: getattr(do, name) for name in names}
    return replace(before, **{name: value for name, value in given.items() if value is not UNSET})

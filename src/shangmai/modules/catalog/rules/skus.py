"""Changes of a SKU: which are accepted, and what it is afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import UNSET, Struct
from msgspec.structs import replace

from shangmai.modules.catalog.contract import (
    Attribute,
    BarcodeTaken,
    ProductId,
    ProductStatus,
    SkuChanged,
    SkuDetail,
    SkuId,
    SkuNotFound,
    UpdateSku,
)
from shangmai.modules.catalog.rules.attributes import Values, changed_values, check_variants, clean_values, single
from shangmai.modules.catalog.rules.codes import barcode_key, clean_barcodes
from shangmai.modules.catalog.rules.creating import check_limits
from shangmai.modules.catalog.rules.offering import Reviewer, still_reviewed


class Parent(Struct, frozen=True, kw_only=True):
    """The product of a SKU. `siblings`: the values of all its SKUs by code, if they differ by axes."""

    id: ProductId
    code: str
    status: ProductStatus
    reviewed: bool
    axes: tuple[str, ...]
    siblings: dict[str, dict[str, str]]


class SkuKnown(Struct, kw_only=True):
    """What changes of SKUs build on; kept up to date from one change of a batch to the next."""

    skus: dict[SkuId, SkuDetail]
    parents: dict[ProductId, Parent]
    barcodes: dict[str, SkuId]
    attributes: Mapping[str, Attribute]


class ChangedSku(Struct, frozen=True):
    """A SKU before and after a change, the same one if nothing changed; `reviewed`: whether its product still is."""

    before: SkuDetail
    after: SkuDetail
    reviewed: bool

    @property
    def changed(self) -> bool:
        return self.after is not self.before


def change_sku(known: SkuKnown, do: UpdateSku, by: Reviewer) -> ChangedSku:
    """Decide about one change; what it changes is kept in `known` for the next one.

    Raises: SkuNotFound, SkuChanged, BarcodeInvalid, CheckDigitWrong, BarcodeTaken, ValueNotFitting, AxisValueMissing,
    VariantTwice, OrderLimitsUnfit, OnOffer.
    """
    before = known.skus.get(do.sku_id)
    if before is None:
        raise SkuNotFound(sku=do.sku_id)
    if do.version is not None and do.version != before.version:
        raise SkuChanged(current=before.version, version=do.version)
    after = replace(before, **_changes(before, do, known.attributes))
    parent = known.parents[before.product_id]
    if after == before:
        return ChangedSku(before, before, parent.reviewed)
    check_limits(after.code, after.min_qty, after.max_qty, after.qty_step)
    _check_barcodes(after, known)
    parent = _as_parent(parent, before, after, by)
    after = replace(after, version=before.version + 1)
    _keep(known, before, after, parent)
    return ChangedSku(before, after, parent.reviewed)


def _changes(sku: SkuDetail, do: UpdateSku, defined: Mapping[str, Attribute]) -> dict[str, Any]:
    given = {name: getattr(do, name) for name in ("name", "name_en", "weight_g", "status")}
    given |= {name: getattr(do, name) for name in ("min_qty", "max_qty", "qty_step")}
    changes = {name: value for name, value in given.items() if value is not UNSET}
    if do.barcodes is not UNSET:
        changes["barcodes"] = tuple(clean_barcodes(do.barcodes).values())
    values: Values = {key: (value,) for key, value in sku.attributes.items()}
    if do.attributes is not UNSET:
        values = clean_values(do.attributes, defined)
    if do.attribute_changes:
        values = changed_values(values, do.attribute_changes, defined)
    if do.attributes is not UNSET or do.attribute_changes:
        changes["attributes"] = single(values)
    return changes


def _check_barcodes(sku: SkuDetail, known: SkuKnown) -> None:
    for barcode in sku.barcodes:
        owner = known.barcodes.get(barcode_key(barcode.text), sku.id)
        if owner != sku.id:
            raise BarcodeTaken(barcode=barcode.text, sku_id=owner)


def _as_parent(parent: Parent, before: SkuDetail, after: SkuDetail, by: Reviewer) -> Parent:
    """Give the product as it is with the changed SKU; only what shoppers read of a SKU is reviewed."""
    if (before.name, before.name_en) != (after.name, after.name_en) or before.attributes != after.attributes:
        reviewed = still_reviewed(parent.code, parent.status, parent.reviewed, by)
        parent = replace(parent, reviewed=reviewed)
    if parent.axes and before.attributes != after.attributes:
        siblings = parent.siblings | {after.code: after.attributes}
        check_variants(parent.axes, siblings.items())
        parent = replace(parent, siblings=siblings)
    return parent


def _keep(known: SkuKnown, before: SkuDetail, after: SkuDetail, parent: Parent) -> None:
    known.skus[after.id] = after
    known.parents[parent.id] = parent
    for barcode in before.barcodes:
        known.barcodes.pop(barcode_key(barcode.text), None)
    known.barcodes.update((barcode_key(barcode.text), after.id) for barcode in after.barcodes)

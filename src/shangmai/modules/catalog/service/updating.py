"""Changing SKUs and kits."""

from __future__ import annotations

from typing import Final

from asyncpg import UniqueViolationError
from msgspec import UNSET
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import rules
from shangmai.modules.catalog.contract import (
    BarcodeTaken,
    ComponentTwice,
    DefineKit,
    KitDefined,
    KitEmpty,
    KitInKit,
    NotAKit,
    SharesInCurrencies,
    SharesMixed,
    SkuChanged,
    SkuDetail,
    SkuId,
    SkuKind,
    SkuNotFound,
    SkuUpdated,
    UpdateSku,
)
from shangmai.modules.catalog.queries import reading, writing

KIT_ERRORS: Final = (SkuNotFound, KitEmpty, KitInKit, ComponentTwice, SharesMixed, SharesInCurrencies)


@action("catalog.update_sku", grant="catalog.update_sku", errors=[SkuNotFound, SkuChanged, BarcodeTaken])
async def update_sku(tx: Tx, do: UpdateSku) -> SkuDetail:
    """Change a SKU's name, attributes, barcodes (all of them), weight or status; prices have an action of their own.

    A change that changes nothing is no change. Raises: SkuNotFound, SkuChanged (see `version`), BarcodeInvalid,
    CheckDigitWrong, BarcodeTaken.
    """
    sku = await _lock_sku(tx, do.sku_id)
    if do.version is not None and do.version != sku.version:
        raise SkuChanged(current=sku.version, version=do.version)
    changed = _with_changes(sku, do)
    if changed == sku:
        return sku
    changed = replace(changed, version=sku.version + 1)
    await writing.update_sku(tx, changed)
    if changed.barcodes != sku.barcodes:
        await _replace_barcodes(tx, changed)
    tx.emit(SkuUpdated(sku_id=sku.id, code=sku.code, version=changed.version))
    return changed


@action("catalog.define_kit", grant="catalog.define_kit", errors=[NotAKit, *KIT_ERRORS])
async def define_kit(tx: Tx, do: DefineKit) -> SkuDetail:
    """Replace the components of a kit; orders placed before keep what they were sold with.

    Raises: SkuNotFound (the kit or a component), NotAKit, KitEmpty, KitInKit, ComponentTwice, SharesMixed,
    SharesInCurrencies.
    """
    kit = await _lock_sku(tx, do.sku_id)
    if kit.kind is not SkuKind.KIT:
        raise NotAKit(code=kit.code)
    known = await writing.known(tx, [], [rules.clean_code(part.code) for part in do.components], [], [])
    components = rules.resolve_kit(kit.code, kit.kind, do.components, known.skus)
    if components == kit.components:
        return kit
    await writing.replace_components(tx, kit.id, components)
    tx.emit(KitDefined(sku_id=kit.id, code=kit.code, components=components))
    return replace(kit, components=components, version=kit.version + 1)


async def _lock_sku(tx: Tx, id: SkuId) -> SkuDetail:
    await writing.lock_sku(tx, id)
    sku = await reading.find_detail(tx, id)
    if sku is None:
        raise SkuNotFound(sku=id)
    return sku


def _with_changes(sku: SkuDetail, do: UpdateSku) -> SkuDetail:
    given = {name: getattr(do, name) for name in ("name", "attributes", "barcodes", "weight_g", "status")}
    changes = {name: value for name, value in given.items() if value is not UNSET}
    if do.barcodes is not UNSET:
        changes["barcodes"] = tuple(rules.clean_barcodes(do.barcodes).values())
    return replace(sku, **changes)


async def _replace_barcodes(tx: Tx, sku: SkuDetail) -> None:
    barcodes = {rules.barcode_key(barcode.text): barcode for barcode in sku.barcodes}
    known = await writing.known(tx, [], [], list(barcodes), [])
    for key, owner in known.barcodes.items():
        if owner != sku.id:
            raise BarcodeTaken(barcode=barcodes[key].text, sku_id=owner)
    try:
        async with tx.savepoint():
            await writing.replace_barcodes(tx, sku.id, barcodes)
    except UniqueViolationError:  # somebody was faster by a moment; by now it can be seen who
        await _replace_barcodes(tx, sku)

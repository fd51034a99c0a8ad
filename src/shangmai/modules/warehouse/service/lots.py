"""Lots: writing them down, blocking and recalling them, and keeping who got which."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId, SkuNotFound
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from shangmai.modules.warehouse.contract.lots import (
    Lot,
    LotDaysWrong,
    LotDiffers,
    LotNeeded,
    LotNotFound,
    LotRule,
    LotRuleSet,
    LotSaved,
    LotStateSet,
    PickedLot,
    SaveLot,
    SetLotRule,
    SetLotState,
)
from shangmai.modules.warehouse.contract.receipts import ReceivedLine
from shangmai.modules.warehouse.queries import lots as queries

GRANT = "warehouse.manage_lots"


@action(
    "warehouse.save_lot",
    grant=GRANT,
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, SkuNotFound, LotDaysWrong],
)
async def save_lot(tx: Tx, do: SaveLot) -> Lot:
    """Write down a lot, or correct its days; its state stays. Event warehouse.lot_saved.v1.

    Raises: CompanyNotFound, SkuNotFound, LotDaysWrong.
    """
    await _check(tx, do.company_id, do.sku_id)
    rule = (await lot_rules(tx, do.company_id, [do.sku_id]))[do.sku_id]
    expires_on = do.expires_on or rule.expiry(do.made_on)
    if do.made_on is not None and expires_on is not None and expires_on < do.made_on:
        raise LotDaysWrong(lot=do.lot)
    lot = await queries.save_lot(tx, do.company_id, do.sku_id, do.lot, do.made_on, expires_on)
    tx.emit(LotSaved(company_id=lot.company_id, sku_id=lot.sku_id, lot=lot.lot, expires_on=lot.expires_on))
    return lot


@action(
    "warehouse.set_lot_state",
    grant="warehouse.set_lot_state",
    scope=lambda do: {"company": do.company_id},
    inverse="warehouse.set_lot_state",
    errors=[LotNotFound],
)
async def set_lot_state(tx: Tx, do: SetLotState) -> Lot:
    """Block a lot, recall it, or let it be sold again; who got it is at /warehouse/lot-receivers.

    From then on no bin's pieces of a blocked or recalled lot are proposed to pickers. Event warehouse.lot_state_set.v1.

    Raises: LotNotFound.
    """
    lot = await queries.set_state(tx, do.company_id, do.sku_id, do.lot, do.state, do.reason)
    if lot is None:
        raise LotNotFound(sku_id=do.sku_id, lot=do.lot)
    tx.emit(LotStateSet(company_id=lot.company_id, sku_id=lot.sku_id, lot=lot.lot, state=lot.state, reason=lot.reason))
    return lot


@action(
    "warehouse.set_lot_rule",
    grant=GRANT,
    scope=lambda do: {"company": do.company_id},
    inverse="warehouse.set_lot_rule",
    errors=[CompanyNotFound, SkuNotFound],
)
async def set_lot_rule(tx: Tx, do: SetLotRule) -> LotRule:
    """Choose how a company's lots of a SKU are handled, from now on. Event warehouse.lot_rule_set.v1.

    Raises: CompanyNotFound, SkuNotFound.
    """
    await _check(tx, do.company_id, do.sku_id)
    await queries.set_rule(tx, do)
    tx.emit(LotRuleSet(company_id=do.company_id, sku_id=do.sku_id, rule=do.rule))
    return do.rule


async def lot_rules(tx: Tx, company_id: CompanyId, skus: Collection[SkuId]) -> dict[SkuId, LotRule]:
    """How lots of these SKUs are handled; freely where nothing was said."""
    return dict.fromkeys(skus, LotRule()) | await queries.rules_of(tx, company_id, skus)


async def record_picked(tx: Tx, picked: Sequence[PickedLot]) -> None:
    """Keep for whom pieces of lots were picked, so that a recalled lot names its orders; what has no lot is left out.

    To take some back, record them once more with `qty` below zero.
    """
    if of_lots := [each for each in picked if each.lot]:
        await queries.insert_picked(tx, of_lots)


async def _check(tx: Tx, company_id: CompanyId, sku_id: SkuId) -> None:
    if company_id not in await organization.get_companies(tx, [company_id]):
        raise CompanyNotFound(company_id=company_id)
    if sku_id not in await catalog.get_skus(tx, [sku_id]):
        raise SkuNotFound(sku=sku_id)


async def keep_lots(tx: Tx, company_id: CompanyId, came: Sequence[tuple[SkuId, ReceivedLine]]) -> None:
    """Write down the lots of what arrived, those that are not known yet.

    Raises: LotNeeded, LotDiffers (it is known with another last day), LotDaysWrong.
    """
    rules = await lot_rules(tx, company_id, {sku_id for sku_id, _ in came})
    known = await queries.find_lots(tx, company_id, {(sku_id, line.lot) for sku_id, line in came if line.lot})
    for sku_id, line in came:
        if not line.lot:
            if rules[sku_id].required:
                raise LotNeeded(sku_id=sku_id)
            continue
        expires_on = line.expires_on or rules[sku_id].expiry(line.made_on)
        if line.made_on is not None and expires_on is not None and expires_on < line.made_on:
            raise LotDaysWrong(lot=line.lot)
        lot = known.get((sku_id, line.lot))
        if lot is None:
            saved = await queries.save_lot(tx, company_id, sku_id, line.lot, line.made_on, expires_on)
            known[sku_id, line.lot] = saved
        elif expires_on is not None and expires_on != lot.expires_on:
            raise LotDiffers(sku_id=sku_id, lot=line.lot, expires_on=lot.expires_on)

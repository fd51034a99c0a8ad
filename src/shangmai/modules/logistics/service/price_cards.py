"""Carriers' price cards: saving them, and what a parcel costs between two places."""

from __future__ import annotations

from collections.abc import Collection

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract.carriers import CarrierUnknown
from shangmai.modules.logistics.contract.freight import TwoRestZones, ZonesOverlap
from shangmai.modules.logistics.contract.price_cards import CarrierCard, CarrierCardSaved, SaveCarrierCard
from shangmai.modules.logistics.contract.regions import RegionUnknown
from shangmai.modules.logistics.queries import carriers
from shangmai.modules.logistics.queries import price_cards as queries
from shangmai.modules.logistics.rules import price_cards as rules
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound


@action(
    "logistics.save_carrier_card",
    grant="logistics.manage_carrier_cards",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, CarrierUnknown, RegionUnknown, ZonesOverlap, TwoRestZones],
)
async def save_carrier_card(tx: Tx, do: SaveCarrierCard) -> CarrierCard:
    """Save a company's price card with a carrier under its code, from now on. Event logistics.carrier_card_saved.v1.

    Raises: CompanyNotFound, CarrierUnknown, RegionUnknown, ZonesOverlap, TwoRestZones.
    """
    rules.check(do)
    if do.carrier and do.carrier not in await carriers.known(tx, [do.carrier]):
        raise CarrierUnknown(carrier=do.carrier)
    if do.company_id not in await organization.get_companies(tx, [do.company_id]):
        raise CompanyNotFound(company_id=do.company_id)
    card = await queries.save(tx, do)
    tx.emit(CarrierCardSaved(card_id=card.id, company_id=card.company_id, code=card.code))
    return card


async def carrier_cards_of(tx: Tx, companies: Collection[CompanyId]) -> list[CarrierCard]:
    """Give the price cards of these companies, by company and code."""
    return await queries.cards_of(tx, companies)

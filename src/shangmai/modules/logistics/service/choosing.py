"""Choosing the carrier of parcels for which nobody has chosen one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory import service as inventory
from shangmai.modules.inventory.contract import Warehouse, WarehouseId, WarehouseNotFound
from shangmai.modules.logistics.contract.carriers import Carrier, CarrierAccount
from shangmai.modules.logistics.contract.choosing import ChooseCourier, CourierChoice, CourierOption, NoCourier
from shangmai.modules.logistics.contract.price_cards import CarrierCard
from shangmai.modules.logistics.contract.watching import Lane
from shangmai.modules.logistics.queries import carriers, price_cards, watching
from shangmai.modules.logistics.rules.choosing import choose, option
from shangmai.modules.logistics.rules.price_cards import rate_of
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId


class Known(Struct, frozen=True):
    """What choices go by."""

    warehouses: Mapping[WarehouseId, Warehouse]
    carriers: Mapping[str, Carrier]
    accounts: Sequence[CarrierAccount]
    cards: Sequence[CarrierCard]
    lanes: Mapping[tuple[CompanyId, str, str, str], Lane]
    currencies: Mapping[CompanyId, str]


async def choose_couriers(tx: Tx, wanted: Sequence[ChooseCourier]) -> list[CourierChoice | AppError]:
    """Choose carriers by price card and history, each with why. Answers: WarehouseNotFound, NoCourier."""
    if not wanted:
        return []
    known = await _known(tx, wanted)
    return [_choice(known, each) for each in wanted]


async def _known(tx: Tx, wanted: Sequence[ChooseCourier]) -> Known:
    companies = {each.company_id for each in wanted}
    told = await organization.get_companies(tx, companies)
    return Known(
        await inventory.get_warehouses(tx, {each.warehouse_id for each in wanted}),
        {each.code: each for each in await carriers.list_carriers(tx)},
        await carriers.enabled_accounts(tx, companies),
        await price_cards.cards_of(tx, companies),
        {(e.company_id, e.carrier, e.from_city, e.to_province): e for e in await watching.lanes(tx, companies)},
        {id_: company.currency for id_, company in told.items()},
    )


def _choice(known: Known, wanted: ChooseCourier) -> CourierChoice | AppError:
    warehouse = known.warehouses.get(wanted.warehouse_id)
    if warehouse is None or warehouse.company_id != wanted.company_id:
        return WarehouseNotFound(warehouse_id=wanted.warehouse_id)
    here = {
        each.carrier
        for each in known.accounts
        if each.company_id == wanted.company_id and each.warehouse_id in (None, wanted.warehouse_id)
    }
    options = [_option(known, wanted, warehouse, code) for code in sorted(here) if known.carriers[code].active]
    return choose(options, known.currencies[wanted.company_id]) or NoCourier()


def _option(known: Known, wanted: ChooseCourier, warehouse: Warehouse, code: str) -> CourierOption:
    carrier = known.carriers[code]
    if warehouse.region is None:
        return option(carrier, None, None, wanted.weight_g, wanted.volume_cm3)
    cards = [
        each for each in known.cards if each.company_id == wanted.company_id and (each.carrier or each.code) == code
    ]
    rate = rate_of(cards, warehouse.region, wanted.to_region, wanted.weight_g, wanted.volume_cm3)
    lane = known.lanes.get((wanted.company_id, code, f"{warehouse.region[:4]}00", f"{wanted.to_region[:2]}0000"))
    return option(carrier, rate, lane, wanted.weight_g, wanted.volume_cm3)

"""The SQL on carriers' price cards."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from asyncpg import Record

from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.logistics.contract.price_cards import CardZone, CarrierCard, SaveCarrierCard
from shangmai.modules.organization.contract import CompanyId

COLUMNS = "id, company_id, code, name, name_en, origins, zones, active, carrier"


async def save(tx: Tx, do: SaveCarrierCard) -> CarrierCard:
    """Write a card under its code."""
    row = await tx.fetchrow(
        "INSERT INTO carrier_cards (id, company_id, code, name, name_en, origins, zones, active, carrier, changed_at,"
        " cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (company_id, code) DO UPDATE SET"
        " name = excluded.name, name_en = excluded.name_en, origins = excluded.origins, zones = excluded.zones,"
        f" active = excluded.active, carrier = excluded.carrier, changed_at = excluded.changed_at,"
        f" cause = excluded.cause RETURNING {COLUMNS}",
        new_id(),
        do.company_id,
        do.code,
        do.name,
        do.name_en,
        list(do.origins),
        msgspec.to_builtins(do.zones),
        do.active,
        do.carrier,
        tx.now,
        tx.cause,
    )
    assert row is not None
    return _card(row)


async def cards_of(tx: Tx, companies: Collection[CompanyId] | None) -> list[CarrierCard]:
    """The cards of these companies, or of all in the caller's scope, by company and code."""
    rows = await tx.fetch(
        f"SELECT {COLUMNS} FROM carrier_cards WHERE $1::uuid[] IS NULL OR company_id = ANY ($1)"
        " ORDER BY company_id, code",
        None if companies is None else list(companies),
    )
    return [_card(row) for row in rows]


def _card(row: Record) -> CarrierCard:
    return CarrierCard(
        **dict(row)
        | {"origins": tuple(row["origins"]), "zones": msgspec.convert(row["zones"], type=tuple[CardZone, ...])}
    )

"""The SQL of carriers, accounts with them, senders, and pools of waybill numbers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.crypto import ColumnCipher, current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.carriers import (
    Adapter,
    Carrier,
    CarrierAccount,
    CarrierAccountId,
    PoolNumber,
    SaveCarrier,
    Sender,
    SetCarrierAccount,
)
from shangmai.modules.organization.contract import CompanyId

CARRIER = "code, name, name_en, shape, kuaidi100, kdniao, cainiao, active"
PLAIN = (
    "a.id, a.company_id, a.warehouse_id, a.carrier, a.adapter, a.partner, a.monthly_account, a.base_url, a.secret,"
    " a.token, a.low_at, a.low_since, a.is_enabled, a.updated_at"
)
ACCOUNT = PLAIN + ", (SELECT count(*) FROM waybills w WHERE w.account_id = a.id AND w.parcel_id IS NULL) AS free"
SENDER = "warehouse_id, name, phone, province, city, district, street, region_code"


class StoredAccount(Struct, frozen=True, kw_only=True):
    """An account, its secrets opened."""

    account: CarrierAccount
    secret: str
    token: str

    def __repr__(self) -> str:
        return f"StoredAccount({self.account!r})"


# --- carriers ------------------------------------------------------------------------------------------------------


async def list_carriers(tx: Tx) -> list[Carrier]:
    return [Carrier(**row) for row in await tx.fetch(f"SELECT {CARRIER} FROM carriers ORDER BY code")]


async def get_carrier(tx: Tx, code: str) -> Carrier:
    row = await tx.fetchrow(f"SELECT {CARRIER} FROM carriers WHERE code = $1", code)
    assert row is not None, "a parcel names a carrier, and none is deleted"
    return Carrier(**row)


async def known(tx: Tx, codes: Collection[str]) -> set[str]:
    """Those of these carriers that exist and are active."""
    rows = await tx.fetch("SELECT code FROM carriers WHERE code = ANY ($1) AND active", list(codes))
    return {row["code"] for row in rows}


async def save_carrier(tx: Tx, do: SaveCarrier) -> Carrier:
    row = await tx.fetchrow(
        f"INSERT INTO carriers ({CARRIER}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (code) DO UPDATE SET"
        " name = excluded.name, name_en = excluded.name_en, shape = excluded.shape, kuaidi100 = excluded.kuaidi100,"
        f" kdniao = excluded.kdniao, cainiao = excluded.cainiao, active = excluded.active RETURNING {CARRIER}",
        do.code,
        do.name,
        do.name_en,
        do.shape,
        do.kuaidi100,
        do.kdniao,
        do.cainiao,
        do.active,
    )
    assert row is not None
    return Carrier(**row)


# --- accounts ------------------------------------------------------------------------------------------------------


def _cipher(column: str) -> ColumnCipher:
    return current_vault().column("carrier_accounts", column)


def _account(row: Record) -> CarrierAccount:
    plain = {name: value for name, value in row.items() if name not in ("secret", "token", "adapter")}
    return CarrierAccount(
        **plain,
        adapter=Adapter(row["adapter"]),
        has_secret=row["secret"] is not None,
        has_token=row["token"] is not None,
    )


def _stored(row: Record) -> StoredAccount:
    def opened(column: str) -> str:
        return "" if row[column] is None else _cipher(column).decrypt(row[column], row["id"])

    return StoredAccount(account=_account(row), secret=opened("secret"), token=opened("token"))


async def find_account(tx: Tx, id_: CarrierAccountId) -> StoredAccount | None:
    row = await tx.fetchrow(f"SELECT {ACCOUNT} FROM carrier_accounts a WHERE id = $1", id_)
    return None if row is None else _stored(row)


async def lock_same(tx: Tx, do: SetCarrierAccount) -> StoredAccount | None:
    """The account that is set anew, locked."""
    row = await tx.fetchrow(
        f"SELECT {ACCOUNT} FROM carrier_accounts a WHERE company_id = $1 AND carrier = $2"
        " AND warehouse_id IS NOT DISTINCT FROM $3 FOR UPDATE",
        do.company_id,
        do.carrier,
        do.warehouse_id,
    )
    return None if row is None else _stored(row)


async def put_account(tx: Tx, stored: StoredAccount) -> CarrierAccount:
    told = stored.account
    row = await tx.fetchrow(
        "INSERT INTO carrier_accounts AS a (id, company_id, warehouse_id, carrier, adapter, partner, monthly_account,"
        " base_url, secret, token, low_at, is_enabled, updated_at, cause) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9,"
        " $10, $11, $12, $13, $14) ON CONFLICT (id) DO UPDATE SET adapter = excluded.adapter,"
        " partner = excluded.partner, monthly_account = excluded.monthly_account, base_url = excluded.base_url,"
        " secret = excluded.secret, token = excluded.token, low_at = excluded.low_at,"
        " is_enabled = excluded.is_enabled, updated_at = excluded.updated_at, cause = excluded.cause"
        f" RETURNING {ACCOUNT}",
        told.id,
        told.company_id,
        told.warehouse_id,
        told.carrier,
        told.adapter.value,
        told.partner,
        told.monthly_account,
        told.base_url,
        _sealed("secret", stored.secret, told.id),
        _sealed("token", stored.token, told.id),
        told.low_at,
        told.is_enabled,
        told.updated_at,
        tx.cause,
    )
    assert row is not None
    return _account(row)


def _sealed(column: str, plain: str, owner: UUID) -> bytes | None:
    return _cipher(column).encrypt(plain, owner) if plain else None


async def enabled_accounts(tx: Tx, companies: Collection[CompanyId]) -> list[CarrierAccount]:
    """The enabled accounts of these companies, without what is left in their pools: counting that takes long."""
    rows = await tx.fetch(
        f"SELECT {PLAIN}, 0::bigint AS free FROM carrier_accounts a WHERE company_id = ANY ($1) AND is_enabled"
        " ORDER BY warehouse_id NULLS LAST, carrier",
        list(companies),
    )
    return [_account(row) for row in rows]


async def stored_accounts(tx: Tx, company_id: CompanyId, adapters: Sequence[str]) -> list[StoredAccount]:
    """The company's enabled accounts by these adapters, in their order."""
    rows = await tx.fetch(
        f"SELECT {PLAIN}, 0::bigint AS free FROM carrier_accounts a WHERE company_id = $1 AND is_enabled"
        " AND adapter = ANY ($2::text[]) ORDER BY array_position($2::text[], adapter), id",
        company_id,
        list(adapters),
    )
    return [_stored(row) for row in rows]


async def list_accounts(tx: Tx, company_id: CompanyId | None) -> list[CarrierAccount]:
    rows = await tx.fetch(
        f"SELECT {ACCOUNT} FROM carrier_accounts a WHERE $1::uuid IS NULL OR company_id = $1"
        " ORDER BY company_id, carrier, warehouse_id NULLS FIRST",
        company_id,
    )
    return [_account(row) for row in rows]


# --- senders -------------------------------------------------------------------------------------------------------


async def put_sender(tx: Tx, company_id: CompanyId, sender: Sender) -> None:
    await tx.execute(
        f"INSERT INTO carrier_senders ({SENDER}, company_id, changed_at, cause)"
        " VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (warehouse_id) DO UPDATE SET"
        " name = excluded.name, phone = excluded.phone, province = excluded.province, city = excluded.city,"
        " district = excluded.district, street = excluded.street, region_code = excluded.region_code,"
        " changed_at = excluded.changed_at, cause = excluded.cause",
        sender.warehouse_id,
        sender.name,
        sender.phone,
        sender.province,
        sender.city,
        sender.district,
        sender.street,
        sender.region_code,
        company_id,
        tx.now,
        tx.cause,
    )


async def senders(tx: Tx, warehouses: Collection[WarehouseId] | None) -> dict[WarehouseId, Sender]:
    """Who sends from these warehouses, or from all in the caller's scope."""
    rows = await tx.fetch(
        f"SELECT {SENDER} FROM carrier_senders WHERE $1::uuid[] IS NULL OR warehouse_id = ANY ($1)"
        " ORDER BY warehouse_id",
        None if warehouses is None else list(warehouses),
    )
    return {row["warehouse_id"]: Sender(**row) for row in rows}


# --- pools of numbers ----------------------------------------------------------------------------------------------


async def add_numbers(tx: Tx, account: CarrierAccount, numbers: Sequence[str]) -> int:
    """Put numbers behind those that are there; how many are new. A pool that was low is full again."""
    added: int = await tx.fetchval(
        "WITH added AS (INSERT INTO waybills (carrier, number, account_id, company_id, turn)"
        " SELECT $1, number, $2, $3, nextval('waybill_turns')"
        " FROM unnest($4::text[]) WITH ORDINALITY AS n (number, place) ORDER BY place"
        " ON CONFLICT (carrier, number) DO NOTHING RETURNING 1) SELECT count(*) FROM added",
        account.carrier,
        account.id,
        account.company_id,
        list(numbers),
    )
    await tx.execute(
        "UPDATE carrier_accounts SET low_since = NULL WHERE id = $1 AND low_since IS NOT NULL AND"
        " (SELECT count(*) FROM waybills WHERE account_id = $1 AND parcel_id IS NULL) > low_at",
        account.id,
    )
    return added


async def take_numbers(tx: Tx, account_id: CarrierAccountId, parcels: Sequence[UUID]) -> dict[UUID, str]:
    """Give each of these parcels the next number of the pool; those at the end get none where it is empty.

    Numbers that somebody else is taking at this moment are passed over, so nobody waits and none is given twice.
    """
    rows = await tx.fetch(
        "WITH next AS MATERIALIZED (SELECT carrier, number, turn FROM waybills"
        " WHERE account_id = $1 AND parcel_id IS NULL ORDER BY turn LIMIT $3 FOR UPDATE SKIP LOCKED),"
        " placed AS (SELECT carrier, number, row_number() OVER (ORDER BY turn) AS place FROM next)"
        " UPDATE waybills w SET parcel_id = p.id FROM placed"
        " JOIN unnest($2::uuid[]) WITH ORDINALITY AS p (id, place) USING (place)"
        " WHERE w.carrier = placed.carrier AND w.number = placed.number RETURNING w.parcel_id, w.number",
        account_id,
        list(parcels),
        len(parcels),
    )
    return {row["parcel_id"]: row["number"] for row in rows}


async def give_back(tx: Tx, parcels: Collection[UUID]) -> None:
    """Put the numbers of these parcels back, behind all others: an old label is long gone when one is met again."""
    await tx.execute(
        "UPDATE waybills SET parcel_id = NULL, turn = nextval('waybill_turns') WHERE parcel_id = ANY ($1)",
        list(parcels),
    )


async def mark_low(tx: Tx, accounts: Collection[CarrierAccountId]) -> list[tuple[CarrierAccount, int]]:
    """Those of these pools that have just become low, and what is left in each."""
    rows = await tx.fetch(
        "UPDATE carrier_accounts a SET low_since = $2 WHERE id = ANY ($1) AND low_since IS NULL AND"
        " (SELECT count(*) FROM (SELECT FROM waybills WHERE account_id = a.id AND parcel_id IS NULL"
        f" LIMIT a.low_at + 1) few) <= low_at RETURNING {ACCOUNT}",
        list(accounts),
        tx.now,
    )
    return [(_account(row), row["free"]) for row in rows]


POOL: Final = (
    "SELECT w.carrier, w.number, w.turn, w.parcel_id, p.number AS parcel, p.state, p.created_at AS taken_at"
    " FROM waybills w LEFT JOIN parcels p ON p.id = w.parcel_id WHERE w.account_id = $1"
)


async def numbers_of(
    tx: Tx, account_id: CarrierAccountId, *, is_used: bool, number: str | None, beyond: int | None, limit: int
) -> list[PoolNumber]:
    """Numbers of a pool: the free ones in their turn, or the used ones, those that came last first; or one of them."""
    if number is not None:
        rows = await tx.fetch(POOL + " AND w.number = $2 ORDER BY w.turn LIMIT $3", account_id, number, limit)
    elif is_used:
        rows = await tx.fetch(
            POOL + " AND w.parcel_id IS NOT NULL AND ($2::bigint IS NULL OR w.turn < $2) ORDER BY w.turn DESC LIMIT $3",
            account_id,
            beyond,
            limit,
        )
    else:
        rows = await tx.fetch(
            POOL + " AND w.parcel_id IS NULL AND ($2::bigint IS NULL OR w.turn > $2) ORDER BY w.turn LIMIT $3",
            account_id,
            beyond,
            limit,
        )
    return [PoolNumber(**row) for row in rows]

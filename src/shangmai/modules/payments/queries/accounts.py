"""The SQL of merchant accounts."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.crypto import ColumnCipher, current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.payments.contract import Environment, PaymentAccount, PaymentAccountId, Scene, SetPaymentAccount

COLUMNS = (
    "id, company_id, shop_id, provider, merchant, app_id, environment, base_url, scenes, min_minor, max_minor,"
    " is_enabled, certificate_serial, platform_key_id, platform_key, private_key, api_v3_key, certificates, updated_at,"
    " checked_at, problem, problem_zh"
)


class StoredAccount(Struct, frozen=True, kw_only=True):
    """A row, its secrets opened."""

    account: PaymentAccount
    platform_key: str
    private_key: str
    api_v3_key: str
    certificates: dict[str, str]

    def __repr__(self) -> str:
        return f"StoredAccount({self.account!r})"


def _cipher(column: str) -> ColumnCipher:
    return current_vault().column("payment_accounts", column)


def _account(row: Record) -> PaymentAccount:
    return PaymentAccount(
        id=row["id"],
        company_id=row["company_id"],
        shop_id=row["shop_id"],
        provider=row["provider"],
        merchant=row["merchant"],
        app_id=row["app_id"],
        environment=Environment(row["environment"]),
        base_url=row["base_url"],
        scenes=[Scene(each) for each in row["scenes"]],
        min_minor=row["min_minor"],
        max_minor=row["max_minor"],
        is_enabled=row["is_enabled"],
        certificate_serial=row["certificate_serial"],
        platform_key_id=row["platform_key_id"],
        has_private_key=row["private_key"] is not None,
        has_api_v3_key=row["api_v3_key"] is not None,
        has_platform_key=row["platform_key"] != "",
        certificates=sorted(row["certificates"]),
        updated_at=row["updated_at"],
        checked_at=row["checked_at"],
        problem=row["problem"],
        problem_zh=row["problem_zh"],
    )


def _stored(row: Record) -> StoredAccount:
    def opened(column: str) -> str:
        return "" if row[column] is None else _cipher(column).decrypt(row[column], row["id"])

    return StoredAccount(
        account=_account(row),
        platform_key=row["platform_key"],
        private_key=opened("private_key"),
        api_v3_key=opened("api_v3_key"),
        certificates=row["certificates"],
    )


async def find(tx: Tx, ids: Collection[UUID]) -> dict[UUID, StoredAccount]:
    rows = await tx.fetch("SELECT " + COLUMNS + " FROM payment_accounts WHERE id = ANY ($1::uuid[])", list(ids))
    return {row["id"]: _stored(row) for row in rows}


async def find_enabled(tx: Tx, company_id: CompanyId, shop_id: ShopId, provider: str) -> StoredAccount | None:
    """The shop's own account at the provider, else its company's."""
    row = await tx.fetchrow(
        "SELECT " + COLUMNS + " FROM payment_accounts WHERE company_id = $1 AND provider = $3 AND is_enabled"
        " AND (shop_id = $2 OR shop_id IS NULL) ORDER BY shop_id NULLS LAST LIMIT 1",
        company_id,
        shop_id,
        provider,
    )
    return None if row is None else _stored(row)


async def list_enabled(tx: Tx, company_id: CompanyId, shop_id: ShopId) -> list[PaymentAccount]:
    """What a shop takes money with, one account a provider."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (provider) " + COLUMNS + " FROM payment_accounts WHERE company_id = $1 AND is_enabled"
        " AND (shop_id = $2 OR shop_id IS NULL) ORDER BY provider, shop_id NULLS LAST",
        company_id,
        shop_id,
    )
    return [_account(row) for row in rows]


async def find_id(tx: Tx, do: SetPaymentAccount) -> PaymentAccountId | None:
    """The account that is set anew, locked."""
    found: PaymentAccountId | None = await tx.fetchval(
        "SELECT id FROM payment_accounts WHERE company_id = $1 AND provider = $2 AND shop_id IS NOT DISTINCT FROM $3"
        " FOR UPDATE",
        do.company_id,
        do.provider,
        do.shop_id,
    )
    return found


async def put(tx: Tx, account: StoredAccount) -> PaymentAccount:
    """Write all of it; certificates of another merchant do not stay."""
    told = account.account
    row = await tx.fetchrow(
        "INSERT INTO payment_accounts AS a (id, company_id, shop_id, provider, merchant, app_id, environment, base_url,"
        " scenes, min_minor, max_minor, is_enabled, certificate_serial, platform_key_id, platform_key, private_key,"
        " api_v3_key, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,"
        " $18) ON CONFLICT (id) DO UPDATE SET merchant = excluded.merchant, app_id = excluded.app_id,"
        " environment = excluded.environment, base_url = excluded.base_url, scenes = excluded.scenes,"
        " min_minor = excluded.min_minor, max_minor = excluded.max_minor, is_enabled = excluded.is_enabled,"
        " certificate_serial = excluded.certificate_serial, platform_key_id = excluded.platform_key_id,"
        " platform_key = excluded.platform_key, private_key = excluded.private_key, api_v3_key = excluded.api_v3_key,"
        " certificates = CASE WHEN a.merchant = excluded.merchant AND a.base_url = excluded.base_url"
        " THEN a.certificates ELSE '{}' END, updated_at = excluded.updated_at, checked_at = NULL, problem = NULL,"
        " problem_zh = NULL RETURNING " + COLUMNS,
        told.id,
        told.company_id,
        told.shop_id,
        told.provider,
        told.merchant,
        told.app_id,
        told.environment.value,
        told.base_url,
        [scene.value for scene in told.scenes],
        told.min_minor,
        told.max_minor,
        told.is_enabled,
        told.certificate_serial,
        told.platform_key_id,
        account.platform_key,
        _sealed("private_key", account.private_key, told.id),
        _sealed("api_v3_key", account.api_v3_key, told.id),
        told.updated_at,
    )
    assert row is not None
    return _account(row)


def _sealed(column: str, plain: str, owner: UUID) -> bytes | None:
    return _cipher(column).encrypt(plain, owner) if plain else None


async def add_certificates(tx: Tx, account_id: PaymentAccountId, certificates: dict[str, str]) -> list[str] | None:
    """Keep these beside those that are there: both sign while one takes the place of the other. All serials, after."""
    row = await tx.fetchrow(
        "UPDATE payment_accounts SET certificates = certificates || $2::jsonb, certificates_at = $3 WHERE id = $1"
        " RETURNING certificates",
        account_id,
        certificates,
        tx.now,
    )
    return None if row is None else sorted(row["certificates"])


async def note_check(
    tx: Tx, account_id: PaymentAccountId, problem: str | None, problem_zh: str | None
) -> PaymentAccount | None:
    row = await tx.fetchrow(
        "UPDATE payment_accounts SET checked_at = $2, problem = $3, problem_zh = $4 WHERE id = $1 RETURNING " + COLUMNS,
        account_id,
        tx.now,
        problem,
        problem_zh,
    )
    return None if row is None else _account(row)


async def page(tx: Tx, after: tuple[str, UUID] | None, limit: int) -> list[PaymentAccount]:
    """Accounts by provider."""
    provider, id_ = after or (None, None)
    rows = await tx.fetch(
        "SELECT " + COLUMNS + " FROM payment_accounts WHERE $1::text IS NULL OR (provider, id) > ($1, $2::uuid)"
        " ORDER BY provider, id LIMIT $3",
        provider,
        id_,
        limit,
    )
    return [_account(row) for row in rows]

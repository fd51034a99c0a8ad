"""Merchant accounts: setting them, opening them for a call, and keeping the platform's certificates."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar
from uuid import UUID

from msgspec import UNSET

from shangmai.kernel.actions.contract import Call, action
from shangmai.kernel.actions.runner import Runner
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.jobs import enqueue
from shangmai.kernel.tx import Tx
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, ShopId, ShopNotFound
from shangmai.modules.payments.contract import (
    AccountIncomplete,
    CertificatesStored,
    CheckPaymentAccount,
    NoPaymentAccount,
    NoteAccountCheck,
    PaymentAccount,
    PaymentAccountId,
    PaymentAccountNotFound,
    ProviderAway,
    ProviderOff,
    Scene,
    SetPaymentAccount,
    StoreCertificates,
)
from shangmai.modules.payments.providers.port import Account, KeyUnknown, Unheard
from shangmai.modules.payments.queries import accounts as queries
from shangmai.modules.payments.queries.accounts import StoredAccount
from shangmai.modules.payments.service.providers import find_provider, provider_names, public_url

T = TypeVar("T")


@action(
    "payments.set_account",
    grant="payments.set_account",
    scope=lambda do: {"company": do.company_id},
    errors=[ProviderOff, AccountIncomplete, ShopNotFound],
)
async def set_account(tx: Tx, do: SetPaymentAccount) -> PaymentAccount:
    """Set a merchant account, one for each company and provider, and one more for each shop that has its own.

    Secrets are kept encrypted, never shown again, and stay where none are given. An account that is enabled must be
    able to sign and to verify. Raises: ProviderOff, AccountIncomplete, ShopNotFound.
    """
    provider = find_provider(do.provider)
    if do.shop_id is not None:
        shop = (await organization.get_shops(tx, [do.shop_id])).get(do.shop_id)
        if shop is None or shop.company_id != do.company_id:
            raise ShopNotFound(shop_id=do.shop_id)
    known = await queries.find_id(tx, do)
    before = (await queries.find(tx, [known]))[known] if known is not None else None
    stored = _stored(tx, do, before, provider.urls.get(do.environment.value, ""), sorted(provider.scenes))
    if do.is_enabled:
        provider.check(opened(stored))
    return await queries.put(tx, stored)


def _stored(
    tx: Tx, do: SetPaymentAccount, before: StoredAccount | None, url: str, scenes: list[Scene]
) -> StoredAccount:
    account_id = PaymentAccountId(new_id()) if before is None else before.account.id
    private_key = _kept(do.private_key, before.private_key if before else "")
    api_v3_key = _kept(do.api_v3_key, before.api_v3_key if before else "")
    platform_key = _kept(do.platform_key, before.platform_key if before else "")
    account = PaymentAccount(
        id=account_id,
        company_id=do.company_id,
        shop_id=do.shop_id,
        provider=do.provider,
        merchant=do.merchant,
        app_id=do.app_id,
        environment=do.environment,
        base_url=(do.base_url or url).rstrip("/"),
        scenes=do.scenes or scenes,
        min_minor=do.min_minor,
        max_minor=do.max_minor,
        is_enabled=do.is_enabled,
        certificate_serial=do.certificate_serial,
        platform_key_id=do.platform_key_id,
        has_private_key=bool(private_key),
        has_api_v3_key=bool(api_v3_key),
        has_platform_key=bool(platform_key),
        certificates=[],
        updated_at=tx.now,
        checked_at=None,
        problem=None,
        problem_zh=None,
    )
    return StoredAccount(
        account=account,
        platform_key=platform_key,
        private_key=private_key,
        api_v3_key=api_v3_key,
        certificates=before.certificates if before else {},
    )


def _kept(given: object, before: str) -> str:
    return before if given is UNSET else str(given).strip()


def opened(stored: StoredAccount) -> Account:
    """The account as providers take it."""
    told = stored.account
    return Account(
        id=told.id,
        provider=told.provider,
        company_id=told.company_id,
        merchant=told.merchant,
        app_id=told.app_id or None,
        base_url=told.base_url,
        public_url=public_url(),
        scenes=frozenset(told.scenes),
        certificate_serial=told.certificate_serial,
        platform_key_id=told.platform_key_id,
        platform_key=stored.platform_key,
        private_key=stored.private_key,
        api_v3_key=stored.api_v3_key,
        certificates=stored.certificates,
        min_minor=told.min_minor,
        max_minor=told.max_minor,
    )


async def account_for(tx: Tx, provider_name: str, company_id: CompanyId, shop_id: ShopId) -> Account:
    """What this shop takes money with at this provider. Raises: ProviderOff, NoPaymentAccount."""
    provider = find_provider(provider_name)
    stored = await queries.find_enabled(tx, company_id, shop_id, provider_name)
    account = provider.builtin(company_id) if stored is None else opened(stored)
    if account is None:
        raise NoPaymentAccount(provider=provider_name)
    return account


async def account_of(tx: Tx, account_id: PaymentAccountId | None, provider_name: str, company_id: CompanyId) -> Account:
    """The account that an intent or a refund names, enabled or not. Raises: PaymentAccountNotFound."""
    if account_id is None:
        account = find_provider(provider_name).builtin(company_id)
        assert account is not None, f"{provider_name} needs an account to be named"
        return account
    return await get_account(tx, account_id)


async def get_account(tx: Tx, account_id: PaymentAccountId) -> Account:
    """Raises: PaymentAccountNotFound."""
    found = await queries.find(tx, [account_id])
    if account_id not in found:
        raise PaymentAccountNotFound(account_id=account_id)
    return opened(found[account_id])


async def accounts_of(tx: Tx, ids: set[UUID]) -> dict[UUID, Account]:
    """Those that exist among these."""
    return {each: opened(stored) for each, stored in (await queries.find(tx, ids)).items()} if ids else {}


async def methods_of(tx: Tx, company_id: CompanyId, shop_id: ShopId) -> list[tuple[str, list[Scene]]]:
    """The providers by which this shop's customers can pay, each with its scenes."""
    enabled = {each.provider: each.scenes for each in await queries.list_enabled(tx, company_id, shop_id)}
    for name in provider_names():
        builtin = find_provider(name).builtin(company_id)
        if name not in enabled and builtin is not None:
            enabled[name] = sorted(builtin.scenes)
    return sorted(enabled.items(), key=lambda method: ORDER.get(method[0], len(ORDER)))


@action("payments.store_certificates", grant="payments.set_account", errors=[PaymentAccountNotFound])
async def store_certificates(tx: Tx, do: StoreCertificates) -> CertificatesStored:
    """Keep platform certificates that the provider has handed out, beside those that are there."""
    serials = await queries.add_certificates(tx, do.account_id, dict(do.certificates))
    if serials is None:
        raise PaymentAccountNotFound(account_id=do.account_id)
    return CertificatesStored(account_id=do.account_id, serials=serials)


@action("payments.check_account", grant="payments.set_account", errors=[PaymentAccountNotFound])
async def check_account(tx: Tx, do: CheckPaymentAccount) -> PaymentAccount:
    """Have the provider asked something harmless, signed with this account's keys, by a job after the commit.

    What is wrong then stands on the account. Raises: PaymentAccountNotFound.
    """
    found = await queries.find(tx, [do.account_id])
    if do.account_id not in found:
        raise PaymentAccountNotFound(account_id=do.account_id)
    # Without a key: a check that is ending now has read the account as it was, and must not stand for this one.
    await enqueue(tx, "payments.probe_account", do)
    return found[do.account_id].account


@action("payments.note_check", grant="payments.set_account", errors=[PaymentAccountNotFound])
async def note_check(tx: Tx, do: NoteAccountCheck) -> PaymentAccount:
    """Note what a check of an account with its provider came to. Raises: PaymentAccountNotFound."""
    account = await queries.note_check(tx, do.account_id, do.problem, do.problem_zh)
    if account is None:
        raise PaymentAccountNotFound(account_id=do.account_id)
    return account


async def probe(runner: Runner, account_id: PaymentAccountId) -> PaymentAccount:
    """Ask the provider something harmless with the account's keys, and note what is wrong.

    Raises: ProviderAway, after it is noted, so that the job asks again.
    """
    async with runner.db.reading(SYSTEM) as tx:
        account = await get_account(tx, account_id)
    problem = await _problem(runner, account)
    do = NoteAccountCheck(
        account_id=account_id,
        problem=None if problem is None else problem.message("en")[:1000],
        problem_zh=None if problem is None else problem.message("zh-CN")[:1000],
    )
    noted: PaymentAccount = (
        await runner.run(Call(action="payments.note_check", input=do, actor=SYSTEM, door="job"))
    ).unwrap()
    if isinstance(problem, ProviderAway):
        raise problem
    return noted


async def _problem(runner: Runner, account: Account) -> AppError | None:
    provider = find_provider(account.provider)
    try:
        provider.check(account)
        await with_keys(runner, account, lambda each: provider.probe(each, runner.db.clock.now()))
    except AppError as refusal:
        return refusal
    except Unheard as why:
        return ProviderAway(provider=account.provider, reason=why.reason)
    return None


async def with_keys(runner: Runner, account: Account, call: Callable[[Account], Awaitable[T]]) -> T:
    """Call; when the provider signs with a certificate that is new to us, fetch it and call once more.

    Whatever is called must stand being repeated. Raises: KeyUnknown when the provider hands out no such certificate.
    """
    try:
        return await call(account)
    except KeyUnknown:
        return await call(await refreshed(runner, account))


ORDER: Final = {"wechat": 0, "alipay": 1}
"""Which provider a pay page names first; what is not here stands behind."""
REFRESH_APART_S: Final = 5.0
"""Whoever names a certificate that nobody knows must not be able to have us ask the provider each time."""
_refreshed_s: dict[PaymentAccountId, float] = {}


async def refreshed(runner: Runner, account: Account) -> Account:
    """The account with the certificates that its provider hands out now, which are kept."""
    assert account.id is not None, "only stored accounts have certificates"
    now_s = runner.db.clock.monotonic_s()
    if now_s - _refreshed_s.get(account.id, -REFRESH_APART_S) >= REFRESH_APART_S:
        _refreshed_s[account.id] = now_s
        fetched = await find_provider(account.provider).fetch_certificates(account, runner.db.clock.now())
        do = StoreCertificates(account_id=account.id, certificates=fetched)
        (await runner.run(Call(action="payments.store_certificates", input=do, actor=SYSTEM, door="job"))).unwrap()
    async with runner.db.reading(SYSTEM) as tx:
        return await get_account(tx, account.id)

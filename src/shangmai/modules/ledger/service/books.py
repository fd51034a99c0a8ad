"""Opening books, adding accounts, setting exchange rates."""

from __future__ import annotations

from collections.abc import Sequence

from shangmai.kernel.actions.contract import action
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger.contract import (
    Account,
    AddAccount,
    Books,
    ExchangeRate,
    OpenBooks,
)
from shangmai.modules.ledger.contract.errors import (
    AccountExists,
    AccountNotFound,
    RateInvalid,
)
from shangmai.modules.ledger.queries import books as books_table
from shangmai.modules.ledger.rules import chart, vouchers
from shangmai.modules.ledger.service.adopting import adopt
from shangmai.modules.ledger.service.posting import locked
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyNotFound


@action("ledger.open_books", grant="ledger.open_books", many=True, scope=lambda do: {"company": do.company_id})
async def open_books(tx: Tx, do: Sequence[OpenBooks]) -> list[Books | AppError]:
    """Open companies' books: the standard's chart of accounts, and the posting rules that everyone starts with.

    In the company's currency and timezone, for good. Opening again changes nothing but adds what a later release
    brought. Events that waited for the books stay parked until they are replayed.
    """
    companies = await organization.get_companies(tx, {one.company_id for one in do})
    await books_table.insert_books(
        tx,
        [
            Books(company_id=c.id, currency=c.currency, timezone=c.timezone, closed_through=None, opened_at=tx.now)
            for c in companies.values()
        ],
    )
    await adopt(tx)
    books = await books_table.find_books(tx, companies)
    return [books.get(one.company_id) or CompanyNotFound(company_id=one.company_id) for one in do]


@action("ledger.add_account", grant="ledger.add_account", scope=lambda do: {"company": do.company_id})
async def add_account(tx: Tx, do: AddAccount) -> Account:
    """Add an account below an existing one, whose kind and normal side it takes.

    Raises: BooksNotOpen, AccountNotFound (nothing to stand below), AccountExists.
    """
    await locked(tx, {do.company_id})
    accounts = {account.code: account for account in await books_table.list_accounts(tx, do.company_id)}
    if do.code in accounts:
        raise AccountExists(account=do.code)
    parent = chart.parent_of(do.code, accounts)
    if parent is None:
        raise AccountNotFound(account=do.code[:-2])
    account = chart.below(accounts[parent], do.code, do.zh, do.en)
    await books_table.insert_accounts(tx, [do.company_id], [account])
    return account


@action("ledger.set_rate", grant="ledger.set_rate")
async def set_rate(tx: Tx, do: ExchangeRate) -> ExchangeRate:
    """Set what one unit of a currency is worth in another on a day, and who says so; the last word counts.

    Vouchers keep the rate they were posted at. Raises: RateInvalid, UnknownCurrency.
    """
    vouchers.check_rate(do.currency, do.quote, do.rate)
    if do.currency == do.quote:
        raise RateInvalid(currency=do.currency, quote=do.quote, rate=do.rate)
    await books_table.upsert_rate(tx, do, tx.cause)
    return do

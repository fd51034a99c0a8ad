"""Reads of the ledger; each shows what lies in the caller's company scope."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from litestar import get, post
from litestar.params import Parameter, QueryParameter

from shangmai.kernel.http.paging import Cursor, Limit, Page
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger import service
from shangmai.modules.ledger.contract import (
    Account,
    AccountLine,
    Books,
    Entry,
    EntryCause,
    EntryId,
    Period,
    Rule,
    TrialBalance,
)
from shangmai.modules.ledger.contract.trying import EventShape, RuleTried, TryRule
from shangmai.modules.organization.contract import CompanyId

READ: Final = {"grant": "ledger.read"}

Company = Annotated[CompanyId, QueryParameter(name="company", description="Whose books. 公司（账套）。")]
Party = Annotated[UUID | None, QueryParameter(name="party", description="Only a party's share. 往来单位。")]
Number = Annotated[
    str | None, Parameter(max_length=40, description="A voucher's number. 凭证号，如 记-202601-000001。")
]
Cause = Annotated[UUID | None, Parameter(description="Only what this event or action made. 来源事件或操作。")]


@get("/api/v1/ledger/books", opt=READ)
async def read_books(tx: Tx, company_id: Company) -> Books:
    """Give a company's set of books: its currency, and through which period it is closed. Raises: BooksNotOpen."""
    return await service.get_books(tx, company_id)


@get("/api/v1/ledger/accounts", opt=READ)
async def list_accounts(tx: Tx, company_id: Company) -> list[Account]:
    """List a company's chart of accounts, by code."""
    return await service.list_accounts(tx, company_id)


@get("/api/v1/ledger/rules", opt=READ)
async def list_rules(tx: Tx, company_id: Company) -> list[Rule]:
    """List the posting rules that apply to a company, every version, by name."""
    return await service.list_rules(tx, company_id)


@get("/api/v1/ledger/rule-events", opt=READ)
async def list_rule_events() -> list[EventShape]:
    """List the events that a posting rule may be of, with the fields that it may name."""
    return service.event_shapes()


@post("/api/v1/ledger/rule-trials", opt=READ, status_code=200)
async def try_rule(tx: Tx, data: TryRule) -> RuleTried:
    """Say what a rule would have posted of a company's newest events; nothing is saved. 试算规则。"""
    return await service.try_rule(tx, data)


@get("/api/v1/ledger/trial-balance", opt=READ)
async def read_trial_balance(tx: Tx, company_id: Company, period: Period | None = None) -> TrialBalance:
    """Give a company's trial balance: of one period with opening balances, or of everything so far."""
    return await service.trial_balance(tx, company_id, period)


@get("/api/v1/ledger/entries", opt=READ)
async def list_entries(
    tx: Tx,
    company_id: Company,
    period: Period | None = None,
    number: Number = None,
    cause: Cause = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[Entry]:
    """List a company's vouchers, the newest number first; or the one of a number, or those of a cause."""
    if number is not None:
        return Page(items=[await service.get_entry_by_number(tx, company_id, number)])
    if cause is not None:
        made = await service.list_entries_of(tx, cause)
        return Page(items=[entry for entry in made if entry.company_id == company_id])
    return await service.list_entries(tx, company_id, period=period, cursor=cursor, limit=limit)


@get("/api/v1/ledger/entries/{entry_id:uuid}", opt=READ)
async def read_entry(tx: Tx, entry_id: EntryId) -> Entry:
    """Give a voucher with its lines and its cause."""
    return await service.get_entry(tx, entry_id)


@get("/api/v1/ledger/entries/{entry_id:uuid}/cause", opt=READ)
async def read_cause(tx: Tx, entry_id: EntryId) -> EntryCause:
    """Give what made a voucher: the event with its fields or the action, and who stands behind it."""
    return await service.cause_of(tx, entry_id)


@get("/api/v1/ledger/accounts/{code:str}/lines", opt=READ)
async def list_account_lines(
    tx: Tx,
    code: str,
    company_id: Company,
    period: Period | None = None,
    party_id: Party = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[AccountLine]:
    """List an account's lines with the balance after each, oldest first, from a period on or from the beginning."""
    return await service.account_ledger(
        tx, company_id, code, period=period, party_id=party_id, cursor=cursor, limit=limit
    )


routes: Final = [
    read_books, list_accounts, list_rules, list_rule_events, try_rule, read_trial_balance,
    list_entries, read_entry, read_cause, list_account_lines,
]  # fmt: skip

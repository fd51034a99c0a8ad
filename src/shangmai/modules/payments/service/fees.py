"""What providers keep, by their reconciled bills, to the ledger."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final, TypeVar

import msgspec

from shangmai.kernel.actions.contract import action
from shangmai.kernel.months import ensure_month
from shangmai.kernel.tx import Tx
from shangmai.modules.ledger import service as ledger
from shangmai.modules.payments.contract.statements import (
    FeesCharged,
    FeesNotPosted,
    FeesPeriodClosed,
    FeesPosted,
    FeesReversed,
    NoFees,
    PostFees,
    ReverseFees,
    Statement,
    StatementNotFound,
    StatementOpen,
)
from shangmai.modules.payments.queries import statements as queries
from shangmai.modules.payments.service.statements import get_statement

T = TypeVar("T", FeesCharged, FeesReversed)
MOMENT: Final = timedelta(microseconds=1)


@action(
    "payments.post_fees",
    grant="payments.reconcile",
    inverse="payments.reverse_fees",
    errors=[StatementNotFound, StatementOpen, FeesPosted, NoFees, FeesPeriodClosed],
)
async def post_fees(tx: Tx, do: PostFees) -> Statement:
    """Post the fees of a provider's bill, once, when all of it fits or was seen to; the ledger's rules say where to.

    They stand there on the last day of the bill. A movement that is in two bills is posted with the first of them.
    Event payments.fees_charged.v1. Raises: StatementNotFound, StatementOpen, FeesPosted, NoFees, FeesPeriodClosed.
    """
    statement = await _locked(tx, do)
    if statement.fees_posted_at is not None:
        raise FeesPosted()
    if statement.open:
        raise StatementOpen(open=statement.open)
    fees = await queries.fees_to_post(tx, statement)
    if not fees:
        raise NoFees()
    at = _last_moment(tx, statement)
    closed = await ledger.closed_period(tx, statement.company_id, at)
    if closed is not None:
        raise FeesPeriodClosed(period=closed[0], closed_through=closed[1])
    await queries.set_fees(tx, statement.id, fees)
    await _tell(tx, _told(FeesCharged, statement, fees), at)
    return await get_statement(tx, statement.id)


@action("payments.reverse_fees", grant="payments.reconcile", errors=[StatementNotFound, FeesNotPosted])
async def reverse_fees(tx: Tx, do: ReverseFees) -> Statement:
    """Take back, in red, what was posted of a bill's fees: on its last day, or the first open one after it.

    Event payments.fees_reversed.v1. Raises: StatementNotFound, FeesNotPosted.
    """
    statement = await _locked(tx, do)
    if statement.fees_posted_minor is None:
        raise FeesNotPosted()
    await queries.set_fees(tx, statement.id, None)
    await _tell(tx, _told(FeesReversed, statement, statement.fees_posted_minor), _last_moment(tx, statement))
    return await get_statement(tx, statement.id)


async def _locked(tx: Tx, do: PostFees | ReverseFees) -> Statement:
    """The bill as nobody changes it meanwhile, nor another bill of its provider. Raises: StatementNotFound."""
    found = await get_statement(tx, do.statement_id)
    await queries.lock(tx, found.company_id, found.provider)
    return await get_statement(tx, do.statement_id)


def _last_moment(tx: Tx, of: Statement) -> datetime:
    """When a bill's fees are posted for: its end, and now for one whose days are not over."""
    return min(of.until - MOMENT, tx.now)


async def _tell(tx: Tx, told: FeesCharged | FeesReversed, at: datetime) -> None:
    """Emit it for a time of its own."""
    await ensure_month(tx, at)
    tx.emit(told, msgspec.structs.replace(tx.items[0], now=at))


def _told(kind: type[T], of: Statement, fees: int) -> T:
    return kind(
        statement_id=of.id,
        company_id=of.company_id,
        provider=of.provider,
        file_name=of.file_name,
        currency=of.currency,
        charged_minor=max(fees, 0),
        given_back_minor=max(-fees, 0),
    )

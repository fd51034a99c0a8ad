"""What providers keep, by their reconciled bills, to the ledger."""

from __future__ import annotations

from typing import TypeVar

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.payments.contract.statements import (
    FeesCharged,
    FeesNotPosted,
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


@action(
    "payments.post_fees",
    grant="payments.reconcile",
    inverse="payments.reverse_fees",
    errors=[StatementNotFound, StatementOpen, FeesPosted, NoFees],
)
async def post_fees(tx: Tx, do: PostFees) -> Statement:
    """Post the fees of a provider's bill, once, when all of it fits or was seen to; the ledger's rules say where to.

    A movement that stands in two bills is posted with the first of them. Event payments.fees_charged.v1.
    Raises: StatementNotFound, StatementOpen, FeesPosted, NoFees.
    """
    statement = await _locked(tx, do)
    if statement.fees_posted_at is not None:
        raise FeesPosted()
    if statement.open:
        raise StatementOpen(open=statement.open)
    fees = await queries.fees_to_post(tx, statement)
    if not fees:
        raise NoFees()
    await queries.set_fees(tx, statement.id, fees)
    tx.emit(_told(FeesCharged, statement, fees))
    return await get_statement(tx, statement.id)


@action("payments.reverse_fees", grant="payments.reconcile", errors=[StatementNotFound, FeesNotPosted])
async def reverse_fees(tx: Tx, do: ReverseFees) -> Statement:
    """Take back, in red, what was posted of a bill's fees. Event payments.fees_reversed.v1.

    Raises: StatementNotFound, FeesNotPosted.
    """
    statement = await _locked(tx, do)
    if statement.fees_posted_minor is None:
        raise FeesNotPosted()
    await queries.set_fees(tx, statement.id, None)
    tx.emit(_told(FeesReversed, statement, statement.fees_posted_minor))
    return await get_statement(tx, statement.id)


async def _locked(tx: Tx, do: PostFees | ReverseFees) -> Statement:
    """The bill as nobody changes it meanwhile, nor another bill of its provider. Raises: StatementNotFound."""
    found = await get_statement(tx, do.statement_id)
    await queries.lock(tx, found.company_id, found.provider)
    return await get_statement(tx, do.statement_id)


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

"""`shangmai prove`: every book re-added, every module's own proof, the proofs between modules, and the chain."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from msgspec import Struct

from shangmai.apps import wiring
from shangmai.kernel.actions import chain
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events.reader import Reader
from shangmai.kernel.metrics import BOOK_DIVERGENCES
from shangmai.kernel.tx import Tx

Prove = Callable[[Tx], Awaitable[list[Any]]]

BETWEEN: Final = {
    "every order's payments and refunds are in the ledger": """
SELECT o.number, o.paid_minor - o.refunded_minor AS kept, coalesce(l.net, 0)::bigint AS ledger
FROM orders o LEFT JOIN (
  SELECT e.key, sum(CASE e.name WHEN 'payments.recorded.v1' THEN t.amount ELSE -t.amount END) AS net
  FROM ledger_entries j JOIN events e ON e.id = j.cause AND e.name IN ('payments.recorded.v1', 'payments.refunded.v1')
  JOIN money_transfers t ON t.doc = j.id GROUP BY e.key) l ON l.key = o.id::text
WHERE o.paid_minor - o.refunded_minor <> coalesce(l.net, 0) LIMIT 20""",
    "every parcel is in the ledger": """
SELECT s.number, s.cost_minor AS kept, NULL::bigint AS ledger FROM shipments s
JOIN events e ON e.name = 'orders.shipped.v1' AND e.payload ->> 'shipment_id' = s.id::text
LEFT JOIN ledger_entries j ON j.cause = e.id WHERE j.id IS NULL
AND (e.payload ->> 'total_minor' <> '0' OR e.payload ->> 'cost_minor' <> '0') LIMIT 20""",
}
"""Proofs that no module can do alone: a statement whose rows are what does not fit. They hold when no event waits."""


class Proof(Struct, frozen=True, kw_only=True):
    """One thing proven, or what speaks against it (the first few)."""

    what: str
    against: list[str]

    @property
    def holds(self) -> bool:
        return not self.against


class Report(Struct, frozen=True, kw_only=True):
    proofs: list[Proof]
    chain: chain.ChainReport
    waiting: int
    parked: int

    @property
    def holds(self) -> bool:
        return self.chain.intact and all(proof.holds for proof in self.proofs)


async def prove(db: Database) -> Report:
    """Prove everything, at one moment of the database."""
    lags = await Reader(db).lags()
    waiting = sum(lag.waiting for lag in lags)
    async with db.reading(SYSTEM) as tx:
        proofs = [await _module_proof(tx, name, run) for name, run in _module_proofs()]
        if not waiting:
            proofs += [await _between(tx, what, sql) for what, sql in BETWEEN.items()]
            proofs.append(await _stock_account(tx))
        report = await chain.verify(tx)
    parked = sum({lag.consumer: lag.parked for lag in lags}.values())
    return Report(proofs=proofs, chain=report, waiting=waiting, parked=parked)


def _module_proofs() -> list[tuple[str, Prove]]:
    """The `prove` of every module that has one."""
    services = {
        name: import_module(f"shangmai.modules.{name}.service")
        for name in wiring.names()
        if find_spec(f"shangmai.modules.{name}.service") is not None
    }
    return [(name, service.prove) for name, service in services.items() if hasattr(service, "prove")]


async def _module_proof(tx: Tx, name: str, run: Prove) -> Proof:
    divergences = await run(tx)
    BOOK_DIVERGENCES.labels(name).set(len(divergences))
    return Proof(what=f"{name}: every balance equals its transfers", against=[str(d) for d in divergences[:20]])


async def _between(tx: Tx, what: str, sql: str) -> Proof:
    rows = await tx.fetch(sql)
    return Proof(what=what, against=[str(dict(row)) for row in rows])


async def _stock_account(tx: Tx) -> Proof:
    """Account 1405 of each company is worth what its warehouses' value book says."""
    rows = await tx.fetch(
        """
WITH stock AS (
  SELECT w.company_id, sum(v.posted)::bigint AS value_minor FROM value_accounts v
  JOIN warehouses w ON w.id = v.warehouse_id WHERE v.bounded GROUP BY w.company_id),
books AS (
  SELECT a.company_id, sum(m.amount)::bigint AS value_minor FROM money_accounts a CROSS JOIN LATERAL (
    SELECT coalesce(sum(amount), 0) AS amount FROM money_transfers WHERE credit_id = a.id
    UNION ALL SELECT -coalesce(sum(amount), 0) FROM money_transfers WHERE debit_id = a.id) AS m
  WHERE a.account = '1405' GROUP BY a.company_id)
SELECT company_id::text, stock.value_minor AS stock, books.value_minor AS ledger
FROM stock FULL JOIN books USING (company_id)
WHERE coalesce(stock.value_minor, 0) <> abs(coalesce(books.value_minor, 0))"""
    )
    return Proof(what="account 1405 equals the value of stock", against=[str(dict(row)) for row in rows])

"""Locking fulfilment units: who changes one holds its lock; who ships or moves its pieces, its orders' locks before."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from shangmai.kernel.actions.contract import Scope
from shangmai.kernel.crypto import current_vault
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract import OrderId
from shangmai.modules.orders.contract.units import LIVE, Unit, UnitId, UnitLine
from shangmai.modules.orders.queries import units as tables
from shangmai.modules.orders.service.receiving import normalized, opened

TRIES: Final = 10
Locked = list[tuple[Unit, list[UnitLine]]]
"""Units with what is in them, those made first in front."""


async def scopes_of_units(tx: Tx, do: Sequence[Any]) -> list[Scope | None]:
    """The shop of each item's unit; None where there is no such unit."""
    shops = await tables.shops_of_units(tx, [each.unit_id for each in do])
    return [{"shop": shops[each.unit_id]} if each.unit_id in shops else None for each in do]


async def lock_live(tx: Tx, orders: Collection[OrderId]) -> Locked:
    """Lock the units that these locked orders' pieces are in now.

    Others may merge them while we wait for the lock, so it is looked again until nothing has changed.
    """
    found = await tables.live_units_of(tx, orders)
    for _ in range(TRIES):
        if not found:
            return []
        locked = await tables.lock_units(tx, [unit.id for unit in found])
        again = await tables.live_units_of(tx, orders)
        if {unit.id for unit in again} <= locked.keys():
            lines = await tables.unit_lines(tx, [unit.id for unit in again])
            return [(unit, lines[unit.id]) for unit in again]
        found = again
    raise AssertionError("units of these orders changed each time they were locked")


async def lock_with_orders(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, tuple[Unit, list[UnitLine]]]:
    """Lock units and, before them, the orders whose pieces are in them; those that exist.

    A unit never gets an order's pieces after it was made, so no order can be missing.
    """
    await queries.lock(tx, await tables.orders_of_units(tx, ids))
    return await lock_only(tx, ids)


async def lock_only(tx: Tx, ids: Collection[UnitId]) -> dict[UnitId, tuple[Unit, list[UnitLine]]]:
    """Lock units, for what leaves the stock and the orders as they are."""
    locked = await tables.lock_units(tx, ids)
    lines = await tables.unit_lines(tx, locked)
    return {id_: (unit, lines[id_]) for id_, unit in locked.items()}


def is_live(unit: Unit) -> bool:
    return unit.state in LIVE


def orders_in(lines: Sequence[UnitLine]) -> tuple[OrderId, ...]:
    return tuple(dict.fromkeys(line.order_id for line in lines))


async def receiver_hashes(tx: Tx, orders: Collection[OrderId]) -> Mapping[OrderId, bytes]:
    """A keyed hash of each order's receiver, by which equal ones are found without opening them again.

    The channel account that sold it is in the hash: what two accounts sold to one receiver is told to two sellers.
    """
    vault = current_vault()
    accounts = await tables.accounts_of(tx, orders)
    return {
        id_: vault.keyed_hash("orders/receiver", _sold_to(normalized(opened(id_, sealed)), accounts.get(id_)))
        for id_, sealed in (await tables.sealed_receivers(tx, orders)).items()
    }


def _sold_to(receiver: str, account_id: UUID | None) -> str:
    return receiver if account_id is None else f"{account_id}|{receiver}"

"""The SQL on settings, pick-up points, and what a batch of checkouts begins with."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import msgspec
from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.db import facts
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.checkout.contract.placing import CheckoutSettings, PickupPoint, PickupPointId, SavePickupPoint
from shangmai.modules.checkout.queries.carts import Owner, cart_of
from shangmai.modules.checkout.rules.carts import KeptCart
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.organization.contract import ShopId

POINT = "id, shop_id, warehouse_id, name, phone, region, street, hours, active"


class Opening(Struct, frozen=True):
    """What a batch of checkouts starts from: carts (held), each shop's settings, version of freight and own warehouse,
    pick-up points.
    """

    carts: Mapping[Owner, KeptCart]
    settings: Mapping[ShopId, CheckoutSettings]
    freight: Mapping[ShopId, int]
    points: Mapping[PickupPointId, PickupPoint]
    warehouses: Mapping[ShopId, WarehouseId]

    def settings_of(self, shop_id: ShopId) -> CheckoutSettings:
        return self.settings.get(shop_id) or CheckoutSettings(shop_id=shop_id)


async def opening(
    tx: Tx, shops: Collection[ShopId], owners: Sequence[Owner], points: Collection[PickupPointId], *, lock: bool
) -> Opening:
    """Read it all in one statement at most; with `lock` the carts are held, in order of owner.

    Who sees everything reads the carts alone, for the rest is remembered until somebody changes it.
    """
    asked = ([shop_id for shop_id, _ in owners], [owner for _, owner in owners], list(shops), list(points))
    if not tx.sees_all:
        return _opening(_sorted(await tx.fetch(LOCKED if lock else LOOKED, *asked)))
    told = await facts.recall(tx, "checkout", _settings, asked[2])
    found = await facts.recall(tx, "checkout", _points, asked[3])
    freight = await facts.recall(tx, "freight", _freight, asked[2])
    warehouses = await facts.recall(tx, "places", _warehouses, asked[2])
    carts = await tx.fetch(LOCKED_CARTS if lock else LOOKED_CARTS, *asked[:2]) if owners else []
    return Opening(_carts(row["body"] for row in carts), told, freight, found, warehouses)


def _sorted(rows: Iterable[Record]) -> dict[str, list[Any]]:
    told: dict[str, list[Any]] = {"cart": [], "settings": [], "freight": [], "point": [], "warehouse": []}
    for row in rows:
        told[row["kind"]].append(row["body"])
    return told


def _opening(told: Mapping[str, Sequence[Any]]) -> Opening:
    settings = [msgspec.convert(body, CheckoutSettings) for body in told["settings"]]
    found = [msgspec.convert(body, PickupPoint) for body in told["point"]]
    return Opening(
        _carts(told["cart"]),
        {each.shop_id: each for each in settings},
        {msgspec.convert(body["shop_id"], ShopId): body["version"] for body in told["freight"]},
        {point.id: point for point in found},
        {
            msgspec.convert(body["shop_id"], ShopId): msgspec.convert(body["warehouse_id"], WarehouseId)
            for body in told["warehouse"]
        },
    )


def _carts(bodies: Iterable[Any]) -> dict[Owner, KeptCart]:
    return {(cart.shop_id, cart.owner): cart for cart in map(cart_of, bodies)}


_CARTS = (
    "WITH wanted AS MATERIALIZED (SELECT c.* FROM carts c JOIN unnest($1::uuid[], $2::bytea[]) AS o (shop_id, owner)"
    " USING (shop_id, owner) ORDER BY c.shop_id, c.owner {lock})"
    " SELECT 'cart' AS kind, to_json(w) AS body FROM wanted w"
)
SETTINGS = "SELECT 'settings' AS kind, s.settings AS body FROM checkout_settings s WHERE s.shop_id = ANY ({shops})"
FREIGHT = "SELECT 'freight' AS kind, to_json(f) AS body FROM freight_versions_v1 f WHERE f.shop_id = ANY ({shops})"
WAREHOUSES = "SELECT 'warehouse' AS kind, to_json(h) AS body FROM shop_warehouses_v1 h WHERE h.shop_id = ANY ({shops})"
POINTS = "SELECT 'point' AS kind, to_json(p) AS body FROM pickup_points p WHERE p.id = ANY ({points})"
LOCKED_CARTS = _CARTS.replace("{lock}", "FOR UPDATE OF c")
LOOKED_CARTS = _CARTS.replace("{lock}", "")
_REST = " UNION ALL ".join(
    each.format(shops="$3::uuid[]", points="$4::uuid[]") for each in (SETTINGS, FREIGHT, WAREHOUSES, POINTS)
)
LOCKED = f"{LOCKED_CARTS} UNION ALL {_REST}"
LOOKED = f"{LOOKED_CARTS} UNION ALL {_REST}"


async def _settings(tx: Tx, shops: Collection[ShopId]) -> Mapping[ShopId, CheckoutSettings]:
    return _opening(_sorted(await tx.fetch(SETTINGS.format(shops="$1::uuid[]"), shops))).settings


async def _freight(tx: Tx, shops: Collection[ShopId]) -> Mapping[ShopId, int]:
    return _opening(_sorted(await tx.fetch(FREIGHT.format(shops="$1::uuid[]"), shops))).freight


async def _warehouses(tx: Tx, shops: Collection[ShopId]) -> Mapping[ShopId, WarehouseId]:
    return _opening(_sorted(await tx.fetch(WAREHOUSES.format(shops="$1::uuid[]"), shops))).warehouses


async def _points(tx: Tx, points: Collection[PickupPointId]) -> Mapping[PickupPointId, PickupPoint]:
    return _opening(_sorted(await tx.fetch(POINTS.format(points="$1::uuid[]"), points))).points


async def set_settings(tx: Tx, settings: CheckoutSettings) -> None:
    await tx.execute(
        "INSERT INTO checkout_settings (shop_id, settings, changed_at, cause) VALUES ($1, $2, $3, $4)"
        " ON CONFLICT (shop_id) DO UPDATE SET settings = excluded.settings, changed_at = excluded.changed_at,"
        " cause = excluded.cause",
        settings.shop_id,
        msgspec.to_builtins(settings),
        tx.now,
        tx.cause,
    )


async def save_point(tx: Tx, do: SavePickupPoint) -> PickupPoint | None:
    """Write it; None if its id is none of the shop's points."""
    row = await tx.fetchrow(
        "INSERT INTO pickup_points AS p (id, shop_id, warehouse_id, name, phone, region, street, hours, active,"
        " changed_at, cause) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11 WHERE $12"
        " OR EXISTS (SELECT FROM pickup_points WHERE id = $1)"
        " ON CONFLICT (id) DO UPDATE SET warehouse_id = excluded.warehouse_id, name = excluded.name,"
        " phone = excluded.phone, region = excluded.region, street = excluded.street, hours = excluded.hours,"
        " active = excluded.active, changed_at = excluded.changed_at, cause = excluded.cause"
        f" WHERE p.shop_id = excluded.shop_id RETURNING {POINT}",
        do.id or new_id(),
        do.shop_id,
        do.warehouse_id,
        do.name,
        do.phone,
        do.region,
        do.street,
        do.hours,
        do.active,
        tx.now,
        tx.cause,
        do.id is None,
    )
    return None if row is None else PickupPoint(**row)


async def points_of(tx: Tx, shop_id: ShopId, *, only_active: bool = True) -> list[PickupPoint]:
    rows = await tx.fetch(
        f"SELECT {POINT} FROM pickup_points WHERE shop_id = $1 AND (active OR NOT $2) ORDER BY name, id",
        shop_id,
        only_active,
    )
    return [PickupPoint(**row) for row in rows]

"""The SQL of SKUs that leave from a day on."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Final

from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.orders.contract.ship_dates import ShipDate
from shangmai.modules.organization.contract import CompanyId

_FOLLOW: Final = """
UPDATE order_units u SET ships_from = n.ships_from, release_at = greatest(n.ships_from, $4), revision = u.revision + 1
FROM (SELECT x.id, max(d.ships_from) FILTER (WHERE d.ships_from > $4) AS ships_from FROM order_units x
  JOIN order_unit_lines l ON l.unit_id = x.id AND l.qty > 0
  JOIN order_lines o ON o.order_id = l.order_id AND o.line = l.line
  LEFT JOIN order_ship_dates d ON d.company_id = x.company_id AND d.sku_id = o.sku_id
  WHERE x.company_id = $1 AND x.state = 'open' AND x.release_at < $3
    AND x.id IN (SELECT y.unit_id FROM order_unit_lines y
      JOIN order_lines z ON z.order_id = y.order_id AND z.line = y.line WHERE z.sku_id = $2 AND y.qty > 0)
  GROUP BY x.id) AS n
WHERE u.id = n.id AND u.ships_from IS DISTINCT FROM n.ships_from RETURNING u.id"""


async def set_ship_date(tx: Tx, company_id: CompanyId, sku_id: SkuId, ships_from: datetime | None) -> bool:
    """Keep the time; False when it stood there already."""
    if ships_from is None:
        gone = await tx.fetchval(
            "DELETE FROM order_ship_dates WHERE company_id = $1 AND sku_id = $2 RETURNING true", company_id, sku_id
        )
        return bool(gone)
    done = await tx.fetchval(
        "INSERT INTO order_ship_dates AS d (company_id, sku_id, ships_from, set_at, cause) VALUES ($1, $2, $3, $4, $5)"
        " ON CONFLICT (company_id, sku_id) DO UPDATE SET ships_from = excluded.ships_from, set_at = excluded.set_at,"
        " cause = excluded.cause WHERE d.ships_from <> excluded.ships_from RETURNING true",
        company_id,
        sku_id,
        ships_from,
        tx.now,
        tx.cause,
    )
    return bool(done)


async def follow_ship_date(tx: Tx, company_id: CompanyId, sku_id: SkuId, by_hand: datetime) -> int:
    """Let open units with this SKU wait for the times of what is in them; how many wait otherwise now.

    Those that somebody took back (`by_hand`) stay so.
    """
    rows = await tx.fetch(_FOLLOW, company_id, sku_id, by_hand, tx.now)
    return len(rows)


async def ship_dates(
    tx: Tx, companies: Collection[CompanyId], after: datetime
) -> dict[tuple[CompanyId, SkuId], datetime]:
    """The times that are still to come, by company and SKU."""
    rows = await tx.fetch(
        "SELECT company_id, sku_id, ships_from FROM order_ship_dates"
        " WHERE company_id = ANY ($1::uuid[]) AND ships_from > $2",
        list(companies),
        after,
    )
    return {(row["company_id"], row["sku_id"]): row["ships_from"] for row in rows}


async def page_of_ship_dates(tx: Tx, company_id: CompanyId, after: SkuId | None, limit: int) -> list[ShipDate]:
    """A company's SKUs with such a time, by SKU."""
    rows = await tx.fetch(
        "SELECT company_id, sku_id, ships_from FROM order_ship_dates"
        " WHERE company_id = $1 AND ($2::uuid IS NULL OR sku_id > $2) ORDER BY sku_id LIMIT $3",
        company_id,
        after,
        limit,
    )
    return [ShipDate(**row) for row in rows]

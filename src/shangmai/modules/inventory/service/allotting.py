"""What shops may have of stock that is divided between them, by their rules and locks."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from uuid import UUID

from asyncpg import Record
from msgspec import Struct

from shangmai.kernel.books.contract import Allotment
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.inventory.contract.channels import ShareMode, ShopShare
from shangmai.modules.inventory.queries import channels as queries
from shangmai.modules.inventory.rules import channels as rules
from shangmai.modules.inventory.rules.channels import Claim, Pool
from shangmai.modules.organization.contract import ShopId

ShopPlace = tuple[ShopId, SkuId, WarehouseId]
"""Who wants pieces, of what, from where."""


class Division(Struct, frozen=True):
    """The stock of a SKU in a warehouse, the shops that have a say in it, and the holds of each one's locks."""

    sku_id: SkuId
    warehouse_id: WarehouseId
    pool: Pool
    claims: tuple[Claim, ...]
    holds: dict[ShopId, tuple[UUID, ...]]

    def claim_of(self, shop_id: ShopId) -> Claim:
        """A shop's rule here; one without any shares what nobody has for himself."""
        return next((claim for claim in self.claims if claim.shop_id == shop_id), Claim(shop_id=shop_id))

    def allotment_of(self, shop_id: ShopId) -> Allotment:
        """How far the holds of a shop may go here."""
        return Allotment(rules.most(self.claims, self.claim_of(shop_id)), self.holds.get(shop_id, ()))

    def share_of(self, shop_id: ShopId) -> ShopShare:
        """What a shop may have here, and what only others may."""
        mine, pool = self.claim_of(shop_id), self.pool
        own = rules.pools(pool.unlocked, self.claims).get(shop_id, 0)
        return ShopShare(
            unlocked=pool.unlocked,
            locked=mine.locked,
            others=pool.available - rules.free(pool.unlocked, self.claims) - mine.locked - own,
            there=pool.available,
            most=rules.most(self.claims, mine),
        )

    def number_of(self, shop_id: ShopId) -> int:
        """How many pieces a shop may have here now."""
        mine = self.claim_of(shop_id)
        return rules.most(self.claims, mine)(self.pool.unlocked, mine.locked)


async def allotments(
    tx: Tx, wanted: Iterable[ShopPlace], divided: Collection[WarehouseId] | None = None
) -> dict[ShopPlace, Allotment]:
    """How far holds may go at these places, those in divided warehouses only.

    `divided`: which warehouses are, where the caller knows; then nothing is asked if none is. Rules are read before
    anything is locked; whose order and whose rule come at once may be served in either sequence.
    """
    return {place: one.allotment_of(place[0]) for place, one in (await _divisions(tx, wanted, divided)).items()}


async def numbers(tx: Tx, wanted: Iterable[ShopPlace]) -> dict[ShopPlace, int]:
    """How many pieces shops may have at these places, those in divided warehouses only; nothing is locked."""
    return {place: one.number_of(place[0]) for place, one in (await _divisions(tx, wanted, None)).items()}


async def shares_at(tx: Tx, wanted: Iterable[ShopPlace]) -> dict[ShopPlace, ShopShare]:
    """What shops may have at these places, those in divided warehouses only; nothing is locked."""
    return {place: one.share_of(place[0]) for place, one in (await _divisions(tx, wanted, None)).items()}


async def _divisions(
    tx: Tx, wanted: Iterable[ShopPlace], divided: Collection[WarehouseId] | None
) -> dict[ShopPlace, Division]:
    places = set(wanted)
    if divided is None:
        divided = await queries.divided(tx, {warehouse_id for _, _, warehouse_id in places}) if places else ()
    asked = [place for place in places if place[2] in divided]
    if not asked:
        return {}
    rows = await queries.facts(tx, {sku_id for _, sku_id, _ in asked})
    found = {(one.sku_id, one.warehouse_id): one for one in divisions_of(rows)}
    return {place: one for place in asked if (one := found.get((place[1], place[2])))}


def divisions_of(rows: Sequence[Record]) -> Iterator[Division]:
    """By SKU and warehouse, the stock and the shops that sell from it."""
    together: dict[tuple[SkuId, WarehouseId], list[Record]] = defaultdict(list)
    for row in rows:
        together[row["sku_id"], row["warehouse_id"]].append(row)
    for (sku_id, warehouse_id), some in together.items():
        holds = {row["shop_id"]: tuple(row["holds"]) for row in some if row["holds"]}
        yield Division(sku_id, warehouse_id, _pool(some[0]), tuple(_claim(row) for row in some), holds)


def _pool(row: Record) -> Pool:
    floor, locked = row["floor"], row["all_locked"]
    return Pool(
        on_hand=row["on_hand"],
        held=row["held"] - locked,
        locked=locked,
        safety=max(floor, 0),
        virtual=max(-floor, 0),
    )


def _claim(row: Record) -> Claim:
    return Claim(
        shop_id=row["shop_id"],
        mode=ShareMode(row["mode"]),
        amount=row["amount"],
        buffer=row["buffer"],
        locked=row["locked"],
    )

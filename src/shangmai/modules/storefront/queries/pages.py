"""The SQL of pages that are made of blocks."""

from __future__ import annotations

from typing import Any, Final

import msgspec
from asyncpg import Record

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract.blocks import PageBlock
from shangmai.modules.storefront.contract.pages import FootGroup, FootPage, FootSpot, PageVersion, SavePage

KEPT_VERSIONS: Final = 100
"""Older drafts go that were never shown."""


async def begin(tx: Tx, shop_id: ShopId, slug: str) -> None:
    await tx.execute(
        "INSERT INTO storefront_pages (shop_id, slug, latest, published) VALUES ($1, $2, 0, NULL)"
        " ON CONFLICT DO NOTHING",
        shop_id,
        slug,
    )


async def lock(tx: Tx, shop_id: ShopId, slug: str) -> tuple[int, int | None] | None:
    """The newest version of a page and the one that is shown, held until the transaction ends."""
    row = await tx.fetchrow(
        "SELECT latest, published FROM storefront_pages WHERE shop_id = $1 AND slug = $2 FOR NO KEY UPDATE",
        shop_id,
        slug,
    )
    return None if row is None else (row["latest"], row["published"])


async def count(tx: Tx, shop_id: ShopId) -> int:
    found: int = await tx.fetchval("SELECT count(*) FROM storefront_pages WHERE shop_id = $1", shop_id)
    return found


async def slugs(tx: Tx, shop_id: ShopId) -> set[str]:
    rows = await tx.fetch("SELECT slug FROM storefront_pages WHERE shop_id = $1", shop_id)
    return {row["slug"] for row in rows}


async def published_slugs(tx: Tx, shop_id: ShopId) -> list[str]:
    """By name, without the first page."""
    rows = await tx.fetch(
        "SELECT slug FROM storefront_pages WHERE shop_id = $1 AND published IS NOT NULL AND slug <> 'home'"
        " ORDER BY slug",
        shop_id,
    )
    return [row["slug"] for row in rows]


async def insert(tx: Tx, do: SavePage, version: int) -> None:
    """A version more; drafts that are old and were never shown go."""
    await tx.execute(
        "INSERT INTO storefront_page_versions (shop_id, slug, version, title, title_en, blocks, saved_at, cause,"
        " foot_group, foot_place) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        do.shop_id,
        do.slug,
        version,
        do.title,
        do.title_en,
        msgspec.to_builtins(do.blocks),
        tx.now,
        tx.cause,
        None if do.foot is None else do.foot.group.value,
        None if do.foot is None else do.foot.place,
    )
    await tx.execute(
        "UPDATE storefront_pages SET latest = $3 WHERE shop_id = $1 AND slug = $2", do.shop_id, do.slug, version
    )
    await tx.execute(
        "DELETE FROM storefront_page_versions WHERE shop_id = $1 AND slug = $2 AND version <= $3"
        " AND published_at IS NULL",
        do.shop_id,
        do.slug,
        version - KEPT_VERSIONS,
    )


async def publish(tx: Tx, shop_id: ShopId, slug: str, version: int | None) -> None:
    await tx.execute(
        "UPDATE storefront_pages SET published = $3 WHERE shop_id = $1 AND slug = $2", shop_id, slug, version
    )
    await tx.execute(
        "UPDATE storefront_page_versions SET published_at = $4 WHERE shop_id = $1 AND slug = $2 AND version = $3",
        shop_id,
        slug,
        version,
        tx.now,
    )


async def get_version(tx: Tx, shop_id: ShopId, slug: str, version: int) -> PageVersion | None:
    row = await tx.fetchrow(
        "SELECT slug, version, title, title_en, blocks, saved_at, published_at, foot_group, foot_place"
        " FROM storefront_page_versions"
        " WHERE shop_id = $1 AND slug = $2 AND version = $3",
        shop_id,
        slug,
        version,
    )
    return None if row is None else _version(row)


async def get_published(tx: Tx, shop_id: ShopId, slug: str) -> PageVersion | None:
    row = await tx.fetchrow(
        "SELECT v.slug, v.version, v.title, v.title_en, v.blocks, v.saved_at, v.published_at,"
        " v.foot_group, v.foot_place FROM storefront_pages p"
        " JOIN storefront_page_versions v ON v.shop_id = p.shop_id AND v.slug = p.slug AND v.version = p.published"
        " WHERE p.shop_id = $1 AND p.slug = $2",
        shop_id,
        slug,
    )
    return None if row is None else _version(row)


async def in_foot(tx: Tx, shop_id: ShopId) -> list[FootPage]:
    """The pages that shoppers see in the foot, in their order within what they are about."""
    rows = await tx.fetch(
        "SELECT v.slug, v.title, v.title_en, v.foot_group FROM storefront_pages p JOIN storefront_page_versions v"
        " ON v.shop_id = p.shop_id AND v.slug = p.slug AND v.version = p.published"
        " WHERE p.shop_id = $1 AND v.foot_group IS NOT NULL ORDER BY v.foot_place, v.slug",
        shop_id,
    )
    return [
        FootPage(slug=row["slug"], title=row["title"], title_en=row["title_en"], group=FootGroup(row["foot_group"]))
        for row in rows
    ]


async def of_shop(tx: Tx, shop_id: ShopId) -> list[dict[str, Any]]:
    """All pages by their slugs, each with the cause of its newest version."""
    rows = await tx.fetch(
        "SELECT p.slug, v.title, v.title_en, v.foot_group, v.foot_place, p.latest, p.published, v.saved_at, v.cause"
        " FROM storefront_pages p"
        " JOIN storefront_page_versions v ON v.shop_id = p.shop_id AND v.slug = p.slug AND v.version = p.latest"
        " WHERE p.shop_id = $1 ORDER BY p.slug",
        shop_id,
    )
    return [_with_spot(row) for row in rows]


async def versions(tx: Tx, shop_id: ShopId, slug: str, limit: int) -> list[Record]:
    """The newest first, each with its cause."""
    return await tx.fetch(
        "SELECT version, title, jsonb_array_length(blocks) AS blocks, saved_at, published_at, cause"
        " FROM storefront_page_versions WHERE shop_id = $1 AND slug = $2 ORDER BY version DESC LIMIT $3",
        shop_id,
        slug,
        limit,
    )


def _version(row: Record) -> PageVersion:
    return PageVersion(**_with_spot(row) | {"blocks": msgspec.convert(row["blocks"], tuple[PageBlock, ...])})


def _with_spot(row: Record) -> dict[str, Any]:
    """A row with its spot in the foot as one value."""
    fields = dict(row)
    group, place = fields.pop("foot_group"), fields.pop("foot_place")
    return fields | {"foot": None if group is None else FootSpot(group=FootGroup(group), place=place)}

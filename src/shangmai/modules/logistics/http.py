"""Reads of regions and addresses, for anyone: pickers of a mall are used before anybody signs in."""

from __future__ import annotations

import hashlib
from functools import cache
from typing import Annotated, Any, Final

import msgspec
from litestar import Request, Response, get, post
from litestar.params import Parameter

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.modules.logistics.contract import AddressText, ParsedAddress, Region, RegionPath
from shangmai.modules.logistics.rules import parsing, regions

PUBLIC: Final = {"public": True}
CACHED: Final = {"cache-control": "public, max-age=86400"}
"""Regions change with a release, so a browser may keep them for a day."""

Parent = Annotated[
    str | None,
    Parameter(pattern="^[1-9][0-9]{5}$", description="Code of the one above. 上级代码。"),
]
Name = Annotated[str, Parameter(max_length=50, description="Full or short. 全称或简称。")]


@get("/api/v1/regions", opt=PUBLIC)
async def list_regions(
    request: Request[Any, Any, Any], parent: Parent = None, limit: Limit = 200, cursor: Cursor = None
) -> Response[Page[Region]]:
    """List the provinces, or the regions right below one, by code; with an entity tag that holds for this release."""
    (after,) = decode_cursor(cursor, str) or ("",)
    tag = f'"{_edition()}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(None, status_code=304, headers=CACHED | {"etag": tag})  # type: ignore[arg-type]
    found = [region for region in regions.directory().children(parent) if region.code > after]
    rows = page(found[: limit + 1], limit, lambda region: (region.code,))
    return Response(rows, headers=CACHED | {"etag": tag})


@get("/api/v1/regions/resolve", opt=PUBLIC)
async def resolve_region(province: Name, city: Name = "", district: Name = "") -> RegionPath:
    """Find the code and the full names of a place by what it is called. Raises: RegionUnknown."""
    return regions.resolve(province, city, district)


@post("/api/v1/addresses/parse", opt=PUBLIC, status_code=200)
async def parse_address(data: AddressText) -> ParsedAddress:
    """Read name, phone and place out of a pasted address, each with how sure it is. Nothing of it is kept.

    A question with a body, so it is a POST: an address must not stand in logs of URLs.
    """
    return parsing.parse(data.text)


@cache
def _edition() -> str:
    """A digest of the regions."""
    return hashlib.sha256(msgspec.json.encode(list(regions.directory().by_code.items()))).hexdigest()[:16]


routes: Final = [list_regions, resolve_region, parse_address]

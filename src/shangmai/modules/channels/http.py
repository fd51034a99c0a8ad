"""Reads of channels."""

from __future__ import annotations

from typing import Annotated, Final
from uuid import UUID

from litestar import get
from litestar.params import Parameter, QueryParameter
from msgspec.structs import asdict

from shangmai.kernel.http.paging import Cursor, Limit, Page, decode_cursor, page
from shangmai.kernel.tx import Tx
from shangmai.modules.channels import rules
from shangmai.modules.channels.contract import (
    READ,
    ChannelAccount,
    ChannelAccountId,
    ChannelAccountNotFound,
    ChannelListing,
    ListingState,
    ListingStock,
)
from shangmai.modules.channels.contract.orders import ChannelOrder, ChannelOrderState, OrderAtChannel
from shangmai.modules.channels.queries import listings, orders
from shangmai.modules.inventory import service as inventory

READING: Final = {"grant": READ}
OfAccount = Annotated[ChannelAccountId | None, Parameter(description="Only of this account. 只看此渠道账号。")]


@get("/api/v1/channels/accounts", opt=READING)
async def list_channel_accounts(tx: Tx) -> Page[ChannelAccount]:
    """List the accounts at channels, by name. 渠道账号。"""
    return Page(items=list((await listings.accounts(tx)).values()))


@get("/api/v1/channels/listings", opt=READING)
async def list_channel_listings(
    tx: Tx,
    account_id: OfAccount = None,
    in_state: Annotated[
        ListingState | None, QueryParameter(name="state", description="Only in this state. 只看此状态。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ChannelListing]:
    """List what accounts offer, the newest first; `state=unmapped` is what is to be mapped. 渠道商品。"""
    (after,) = decode_cursor(cursor, UUID) or (None,)
    rows = await listings.page_of_listings(tx, account_id, in_state, after, limit + 1)
    return page(rows, limit, lambda each: (each.id,))


@get("/api/v1/channels/accounts/{account_id:uuid}/stock", opt=READING)
async def list_listing_stock(tx: Tx, account_id: UUID, limit: Limit = 50, cursor: Cursor = None) -> Page[ListingStock]:
    """List what an account's channel is to be told of its listings' stock, in the channel's own numbers. 渠道库存。"""
    account = (await listings.accounts(tx, [ChannelAccountId(account_id)])).get(ChannelAccountId(account_id))
    if account is None:
        raise ChannelAccountNotFound(account_id=account_id)
    (after,) = decode_cursor(cursor, UUID) or (None,)
    rows = await listings.mapped(tx, account_id, after, limit + 1)
    told = await inventory.changes_of(tx, account.shop_id, {each.sku_id for each in rows if each.sku_id is not None})
    return page([rules.stock_of(each, told) for each in rows], limit, lambda each: (each.listing_id,))


@get("/api/v1/channels/orders", opt=READING)
async def list_channel_orders(
    tx: Tx,
    account_id: OfAccount = None,
    in_state: Annotated[
        ChannelOrderState | None, QueryParameter(name="state", description="Only in this state. 只看此状态。")
    ] = None,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Page[ChannelOrder]:
    """List the orders of channels, the newest first; `state=waiting` tells what each waits for. 渠道订单。"""
    (after,) = decode_cursor(cursor, UUID) or (None,)
    rows = await orders.page_of_orders(tx, account_id, in_state, after, limit + 1)
    return page(rows, limit, lambda each: (each.id,))


@get("/api/v1/orders/{order_id:uuid}/channel", opt={"grant": "orders.read"})
async def read_channel_of_order(tx: Tx, order_id: UUID) -> OrderAtChannel | None:
    """Read an order's channel side: account, status, line numbers there; null if no channel pushed it. 渠道信息。"""
    found = await orders.find_of_order(tx, order_id)
    if found is None:
        return None
    account = (await listings.accounts(tx, [found.account_id]))[found.account_id]
    return OrderAtChannel(**asdict(found), kind=account.kind, account=account.name)


routes: Final = [
    list_channel_accounts,
    list_channel_listings,
    list_listing_stock,
    list_channel_orders,
    read_channel_of_order,
]

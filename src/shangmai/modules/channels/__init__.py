"""Channels: where orders come from outside, what is offered there, and taking what they push.

Owns `channel_accounts` (a shop's account at a marketplace, of one kind and seller), `channel_listings` (what such an
account offers, and which of our SKUs it is), `channel_orders` (what a channel pushed: waiting, placed or closed) and
`channel_order_lines` (the channel's numbers of an order's lines). What was pushed is kept, encrypted, while it waits.
Events: out channels.listing_mapped.v1; the same one in: orders that waited for it are placed.

Invariants: a shop has one account of a kind and seller at most; an account has one listing of a channel item and SKU;
an account's number is one order at most, however often and at once it is pushed; a status is never older than the one
before; an order with a listing that is not mapped is never lost: it waits, or it is placed.
"""

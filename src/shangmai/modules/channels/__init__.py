"""Channels: where orders come from outside, and what is offered there.

Owns `channel_accounts` (a shop's account at a marketplace, of one kind and seller) and `channel_listings` (what such an
account offers, and which of our SKUs it is).
Events: out channels.listing_mapped.v1.

Invariants: a shop has one account of a kind and seller at most; an account has one listing of a channel item and SKU.
"""

"""Inventory: how many pieces are where, and what they cost.

Owns `warehouses`, `shop_warehouses`, `stock_documents`, `stock_document_lines` and two books with the same account
keys: `stock` (pieces) and `value` (their cost in minor units of the company's currency). What shops may show:
`channel_shares`, `channel_locks`, `channel_stock_outbox`.
Invariants: available = on hand − held − safety + virtual, and a hold never takes more (floor = safety − virtual);
nothing leaves that is not there; the cost of what leaves is its share of the account's value, and the last piece
takes the rest, so an empty account has no value; what shops have for themselves of a SKU (locks, exclusive pools) is
never more than what is available, and no shop's number is below zero.
Events out: inventory.received.v1, inventory.adjusted.v1, inventory.moved.v1, inventory.warehouse_region_set.v1,
inventory.channel_share_set.v1, inventory.channel_stock_locked.v1, inventory.channel_stock_unlocked.v1,
inventory.holds_moved.v1.
Events in: all, by the ids of documents that they name, for shops' numbers.
"""

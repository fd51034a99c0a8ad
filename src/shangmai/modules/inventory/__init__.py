"""Inventory: how many pieces are where, and what they cost.

Owns `warehouses`, `shop_warehouses`, `stock_documents`, `stock_document_lines` and two books with the same account
keys: `stock` (pieces) and `value` (their cost in minor units of the company's currency).
Invariants: available = on hand − held − safety + virtual, and a hold never takes more (floor = safety − virtual);
nothing leaves that is not there; the cost of what leaves is its share of the account's value, and the last piece
takes the rest, so an empty account has no value.
Events out: inventory.received.v1, inventory.adjusted.v1, inventory.moved.v1, inventory.warehouse_region_set.v1.
Events in: none.
"""

"""`shangmai explain`: from a number down to the person and the file row that made it.

A SKU's stock, an order, a ledger account, a member's points: each is shown as the sum of what moved it, each movement
with its document, the events in between, the action at the root, who asked for it, through which door, from which row
of which file.
"""

from shangmai.apps.explaining.account import explain_account
from shangmai.apps.explaining.order import explain_order
from shangmai.apps.explaining.points import explain_points
from shangmai.apps.explaining.sku import explain_sku

__all__ = ["explain_account", "explain_order", "explain_points", "explain_sku"]

"""The only SQL on the tables of orders."""

from shangmai.modules.orders.queries.looking import (
    divergences,
    pieces_ordered,
    transfers_of,
)
from shangmai.modules.orders.queries.orders import (
    NewOrder,
    Parcel,
    add_paid,
    add_refunded,
    find_by_number,
    forget_receivers,
    get,
    ids_by_external_no,
    insert,
    lines_of,
    lock,
    noted_payments,
    page,
    set_status,
    ship,
    shipments_of,
    shops_of,
    taken_external_nos,
)
from shangmai.modules.orders.queries.quotes import (
    count_paid,
    insert_quotes,
    quotes_of,
)
from shangmai.modules.orders.queries.returns import (
    NewReturn,
    insert_returns,
    returned_pieces,
    returns_of,
)

__all__ = [
    "NewOrder",
    "NewReturn",
    "Parcel",
    "add_paid",
    "add_refunded",
    "count_paid",
    "divergences",
    "find_by_number",
    "forget_receivers",
    "get",
    "ids_by_external_no",
    "insert",
    "insert_quotes",
    "insert_returns",
    "lines_of",
    "lock",
    "noted_payments",
    "page",
    "pieces_ordered",
    "quotes_of",
    "returned_pieces",
    "returns_of",
    "set_status",
    "ship",
    "shipments_of",
    "shops_of",
    "taken_external_nos",
    "transfers_of",
]

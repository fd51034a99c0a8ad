"""Proving that orders fit the payments, lines and holds that they are made of."""

from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries


async def prove(tx: Tx) -> list[Divergence]:
    """Paid = payments counted, total = lines = quote, refunded = refunds, units hold no more than is left,
    and there is no hold without an order that needs it.
    """
    return [
        Divergence("orders", row["what"], str(row["id"]), row["kept"], row["proven"])
        for row in await queries.divergences(tx)
    ]

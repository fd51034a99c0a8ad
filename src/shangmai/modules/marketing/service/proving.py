"""Proving that campaigns fit what they are made of."""

from shangmai.kernel.books.contract import Divergence
from shangmai.kernel.tx import Tx
from shangmai.modules.marketing.service.bargains import prove_bargains
from shangmai.modules.marketing.service.closing import prove_groups


async def prove(tx: Tx) -> list[Divergence]:
    """Groups: seats and members, orders held back. Bargains: cuts and helps."""
    return await prove_groups(tx) + await prove_bargains(tx)

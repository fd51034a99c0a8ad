"""The promotions in force, laid out for quoting: made once for each version of the set in a process.

A transaction looks at the version first, so it never quotes by promotions that were changed before it looked.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from msgspec import Struct

from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.pricing.contract.policy import Policy
from shangmai.modules.pricing.queries import policies, promotions, versions
from shangmai.modules.pricing.rules.index import PromotionIndex

MEMORY: Final = ("pricing", "promotions")
ENDED_AGO: Final = timedelta(days=2)
"""Promotions whose period ended longer ago are left out; an order at such a past time does not get them."""
DEFAULT: Final = Policy()


class InForce(Struct, frozen=True):
    """What a quote goes by: `lists` and `floors` say whether there are price lists and floors of SKUs at all."""

    index: PromotionIndex
    policies: Mapping[CompanyId, Policy]
    lists: bool
    floors: bool

    def policy_of(self, company_id: CompanyId) -> Policy:
        return self.policies.get(company_id, DEFAULT)


async def in_force(tx: Tx) -> InForce | None:
    """What is in force; None when there are neither promotions nor price lists. One small read, seldom three.

    What a transaction made that does not see all shops is not remembered: it is enough for the shops that it sees.
    """
    now = await versions.read(tx)
    if not now.lists_live and not now.promotions_live:
        return None
    remembered = tx.memory.get(MEMORY)
    if remembered is None or remembered[0] != now.promotions:
        found = await promotions.in_force(tx, tx.now - ENDED_AGO)
        remembered = (now.promotions, PromotionIndex(found), await policies.all_now(tx))
        if tx.sees_all:
            tx.memory[MEMORY] = remembered
    return InForce(remembered[1], remembered[2], bool(now.lists_live), bool(now.floors_live))

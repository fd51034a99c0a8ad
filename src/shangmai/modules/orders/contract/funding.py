"""Who besides the shop pays for discounts: what they owe for an order, and what falls away when it comes back."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.orders.contract.ids import OrderId
from shangmai.modules.organization.contract import CompanyId, ShopId
from shangmai.modules.pricing.contract import FunderKind, PromotionId

FREIGHT: int = 0
"""The line of what is taken off the freight."""


class Funding(Struct, frozen=True, kw_only=True):
    """What a funder bears of one promotion on one line (0: the freight), and how much of it fell away since.

    In minor units of the order's currency; `reversed_minor` never passes `amount_minor`, and ends at it when the line
    has gone back or the order is canceled. `party`: who exactly, as the promotion names them; may be empty.
    """

    order_id: OrderId
    promotion_id: PromotionId
    funder: FunderKind
    party: str
    line: Annotated[int, Meta(ge=0)]
    version: int
    code: str
    name: str
    amount_minor: int
    reversed_minor: int = 0


class FunderDue(Struct, frozen=True, kw_only=True):
    """What a funder owes for a promotion: `due_minor` = funded − reversed, over `orders` orders that were paid.

    `party_id`: by which the ledger keeps their share of the receivable; None where the promotion names nobody.
    """

    funder: FunderKind
    party: str
    party_id: UUID | None
    promotion_id: PromotionId
    code: str
    name: str
    currency: str
    orders: int
    funded_minor: int
    reversed_minor: int
    due_minor: int


@event("orders.funded.v1", key="order_id")
class OrderFunded(Struct, frozen=True, kw_only=True):
    """An order was paid of which somebody else than the shop bears a part; one event for each of them and promotion."""

    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    funder: FunderKind
    party: str
    party_id: UUID | None
    promotion_id: PromotionId
    promotion: str
    amount_minor: int
    currency: str


@event("orders.funding_reversed.v1", key="order_id")
class FundingReversed(Struct, frozen=True, kw_only=True):
    """Of what somebody bears of an order, this falls away: pieces came back, money did, or the order was canceled."""

    order_id: OrderId
    number: str
    company_id: CompanyId
    shop_id: ShopId
    funder: FunderKind
    party: str
    party_id: UUID | None
    promotion_id: PromotionId
    promotion: str
    amount_minor: int
    currency: str

"""What an order is known by, and the plain types that its inputs share."""

from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta

OrderId = NewType("OrderId", UUID)

Text = Annotated[str, Meta(min_length=1, max_length=200)]
Minor = Annotated[int, Meta(ge=0, le=10**13)]
OrderLink = Annotated[str, Meta(pattern=r"^order_[A-Za-z0-9_-]{20,80}$(?!\n)", description="Signed link. 订单链接。")]

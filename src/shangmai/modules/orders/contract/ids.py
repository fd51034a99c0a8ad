"""What an order is known by."""

from typing import NewType
from uuid import UUID

OrderId = NewType("OrderId", UUID)

"""What names a customer."""

from __future__ import annotations

from typing import NewType
from uuid import UUID

CustomerId = NewType("CustomerId", UUID)

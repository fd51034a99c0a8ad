"""Keeping the window current: by events, and by the clock."""

from shangmai.modules.storefront.jobs.following import fill, follow, look, look_widely
from shangmai.modules.storefront.jobs.forgetting import forget
from shangmai.modules.storefront.jobs.turning import turn, turn_window

__all__ = ["fill", "follow", "forget", "look", "look_widely", "turn", "turn_window"]

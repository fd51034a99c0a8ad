"""`shangmai what-if`: try campaigns on past orders, and read what would have come of them."""

from shangmai.apps.trying.command import what_if

__all__ = ["what_if"]

"""The actions of logistics, and what other modules ask of it."""

from shangmai.modules.logistics.rules.parsing import parse as parse_address
from shangmai.modules.logistics.rules.regions import resolve as resolve_region

__all__ = [
    "parse_address",
    "resolve_region",
]

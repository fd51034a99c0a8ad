"""The actions of logistics, and what other modules ask of it."""

from shangmai.modules.logistics.rules.parsing import parse as parse_address
from shangmai.modules.logistics.rules.regions import region_of
from shangmai.modules.logistics.rules.regions import resolve as resolve_region
from shangmai.modules.logistics.service.freight import (
    assign_freight,
    current_tariffs,
    freight,
    save_freight_template,
    set_freight_combining,
    tariffs_of,
)

__all__ = [
    "assign_freight",
    "current_tariffs",
    "freight",
    "parse_address",
    "region_of",
    "resolve_region",
    "save_freight_template",
    "set_freight_combining",
    "tariffs_of",
]

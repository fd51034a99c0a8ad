"""Nouns, inputs, events and errors of logistics."""

from pathlib import Path

from shangmai.kernel.i18n import register_folder
from shangmai.modules.logistics.contract.regions import (
    AddressText,
    Parsed,
    ParsedAddress,
    Region,
    RegionCode,
    RegionLevel,
    RegionPath,
    RegionUnknown,
)

register_folder("logistics", Path(__file__).parent.parent)

__all__ = [
    "AddressText",
    "Parsed",
    "ParsedAddress",
    "Region",
    "RegionCode",
    "RegionLevel",
    "RegionPath",
    "RegionUnknown",
]

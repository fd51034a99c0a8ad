"""Reading a mapping, and what it says about one value: a code, a customer, a description."""

import re
from collections.abc import Callable
from importlib.resources import files
from typing import TypeVar

import msgspec

from shangmai.modules.migration.contract import AdjustReason, Kind, MappingInvalid, OrderMapping, SheetMapping

M = TypeVar("M", OrderMapping, SheetMapping)

_SHIPPED = files("shangmai.modules.migration") / "mappings"
_PLACE = re.compile(r"(?P<problem>.*?)(?: - at `(?P<path>[^`]*)`)?", re.DOTALL)


def read_mapping(raw: bytes | str) -> OrderMapping:
    """Read and check the mapping of an order export. Raises: MappingInvalid, which names the place in the JSON."""
    return _read(raw, OrderMapping)


def read_sheet_mapping(raw: bytes | str) -> SheetMapping:
    """Read and check the mapping of a sheet for an action. Raises: MappingInvalid."""
    return _read(raw, SheetMapping)


def _read(raw: bytes | str, kind: type[M]) -> M:
    try:
        return msgspec.json.decode(raw, type=kind)
    except msgspec.DecodeError as cause:  # not JSON, or (ValidationError) not a mapping
        place = _PLACE.fullmatch(str(cause))
        assert place is not None
        raise MappingInvalid(problem=place["problem"], path=place["path"] or "$") from None


def shipped_mappings() -> list[str]:
    """List the names of the mappings that come with us: constants of the program, kept as files for people to copy."""
    return sorted(entry.name.removesuffix(".json") for entry in _SHIPPED.iterdir() if entry.name.endswith(".json"))


def shipped_mapping(name: str) -> OrderMapping:
    """Read one that comes with us. Raises: KeyError when there is none of that name."""
    if name not in shipped_mappings():
        raise KeyError(name)
    return read_mapping((_SHIPPED / f"{name}.json").read_bytes())


def shipped_sheets() -> list[SheetMapping]:
    """Read the mappings of sheets that come with us, for the things that shops change many of at a time."""
    return [read_sheet_mapping(entry.read_bytes()) for entry in (_SHIPPED / "sheets").iterdir()]


def kind_finder(mapping: OrderMapping) -> Callable[[str], Kind | None]:
    """Compile the kind rules into a function of the normalised code; None: the mapping does not know it."""
    rules = [(re.compile(rule.code), rule.kind) for rule in mapping.kinds]

    def kind_of(sku: str) -> Kind | None:
        return next((kind for pattern, kind in rules if pattern.fullmatch(sku)), mapping.codes.otherwise)

    return kind_of


def reason_finder(mapping: OrderMapping) -> Callable[[str], AdjustReason]:
    """Compile the reason rules into a function of the description; case does not matter."""
    rules = [(re.compile(rule.description, re.IGNORECASE), rule.reason) for rule in mapping.adjust_reasons]

    def reason_of(description: str) -> AdjustReason:
        if not description:
            return AdjustReason.UNSTATED
        return next((reason for pattern, reason in rules if pattern.search(description)), AdjustReason.OTHER)

    return reason_of

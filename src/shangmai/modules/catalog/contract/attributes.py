"""Attributes: what can be said of a product or SKU, in words that shoppers filter and compare by."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.modules.catalog.contract.nouns import Label, Words

AttributeId = NewType("AttributeId", UUID)


class AttributeKind(StrEnum):
    """What a value is: one of the options, several of them, any text, a number, yes or no."""

    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"


AttributeKey = Annotated[
    str, Meta(min_length=1, max_length=64, description="Letters of any script, digits, dash, underscore.")
]
OptionKey = Annotated[str, Meta(min_length=1, max_length=64)]
OneValue = Annotated[str, Meta(max_length=500)]
SomeValues = Annotated[tuple[OneValue, ...], Meta(max_length=50)]
GivenValues = Annotated[
    dict[AttributeKey, OneValue | SomeValues],
    Meta(max_length=100, description="By key: a value or several; of a choice the option's key or either name."),
]


class AttributeOption(Struct, frozen=True, kw_only=True):
    key: OptionKey
    name: Label
    name_en: Words = ""


class Attribute(Struct, frozen=True, kw_only=True):
    """A defined attribute. `filterable`: shoppers may filter by it. Options are in the order to show them."""

    id: AttributeId
    key: str
    name: str
    name_en: str
    kind: AttributeKind
    unit: str
    filterable: bool
    position: int
    options: tuple[AttributeOption, ...]

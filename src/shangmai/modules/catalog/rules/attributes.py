"""Attributes: which values fit, and in which spelling they are kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Final

from shangmai.modules.catalog.contract import (
    Attribute,
    AttributeId,
    AttributeKeyInvalid,
    AttributeKind,
    AttributeOption,
    AxisNotChoice,
    AxisTwice,
    AxisValueMissing,
    DefineAttribute,
    OneValueOnly,
    OptionsNotFitting,
    ValueNotFitting,
    VariantTwice,
)

_KEY = re.compile(r"[\w-]{1,64}")
_NUMBER = re.compile(r"[+-]?\d{1,20}(\.\d{1,10})?")
_YES: Final = frozenset({"true", "yes", "y", "1", "是", "有"})
_NO: Final = frozenset({"false", "no", "n", "0", "否", "无"})
CHOICES: Final = frozenset({AttributeKind.CHOICE, AttributeKind.CHOICES})
WANTED_MAX: Final = 10
"""How many options a refusal names."""

Defined = Mapping[str, Attribute]
Values = dict[str, tuple[str, ...]]


def clean_key(text: str) -> str:
    """Take the blanks off a key to be defined. Raises: AttributeKeyInvalid."""
    key = text.strip()
    if not _KEY.fullmatch(key):
        raise AttributeKeyInvalid(key=text)
    return key


def check_options(do: DefineAttribute) -> None:
    """Refuse options where there are none to be, choices without any, and options named twice or not at all.

    Raises: OptionsNotFitting.
    """
    if do.kind not in CHOICES:
        if do.options:
            raise OptionsNotFitting(key=do.key, option=do.options[0].key)
        return
    blank = next((option for option in do.options if not option.key.strip()), None)
    if not do.options or blank is not None:
        raise OptionsNotFitting(key=do.key, option="" if blank is None else blank.name)
    spellings = [spelling for option in do.options for spelling in _spellings(option.key, option.name, option.name_en)]
    twice = next((one for n, one in enumerate(spellings) if one in spellings[:n]), None)
    if twice is not None:
        raise OptionsNotFitting(key=do.key, option=twice)


def defined(do: DefineAttribute, key: str, id: AttributeId) -> Attribute:
    """Give the attribute as it is defined."""
    return Attribute(
        id=id,
        key=key,
        name=do.name.strip(),
        name_en=do.name_en.strip(),
        kind=do.kind,
        unit=do.unit.strip(),
        filterable=do.filterable,
        position=do.position,
        options=tuple(
            AttributeOption(key=each.key.strip(), name=each.name.strip(), name_en=each.name_en.strip())
            for each in do.options
        ),
    )


def _spellings(*texts: str) -> set[str]:
    return {_folded(text) for text in texts if text.strip()}


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def clean_values(given: Mapping[str, str | Sequence[str]], defined: Defined) -> Values:
    """Give the values as they are kept: options by their keys; keys without a value are left out.

    What nobody has defined is any text. Raises: AttributeKeyInvalid (a blank one), ValueNotFitting, OneValueOnly.
    """
    cleaned: Values = {}
    for name, some in given.items():
        key = _not_blank(name)
        values = _clean_some(key, [some] if isinstance(some, str) else some, defined.get(key))
        if values:
            cleaned[key] = values
    return cleaned


def _not_blank(name: str) -> str:
    key = name.strip()
    if not key:
        raise AttributeKeyInvalid(key=name)
    return key


def _clean_some(key: str, texts: Iterable[str], known: Attribute | None) -> tuple[str, ...]:
    texts = [text.strip() for text in texts if text.strip()]
    values = tuple(dict.fromkeys(texts if known is None else (_clean(text, known) for text in texts)))
    if known is not None and len(values) > 1 and known.kind is not AttributeKind.CHOICES:
        raise OneValueOnly(key=key, count=len(values))
    return values


def _clean(text: str, known: Attribute) -> str:
    match known.kind:
        case AttributeKind.CHOICE | AttributeKind.CHOICES:
            return _option(text, known)
        case AttributeKind.NUMBER:
            return _number(text, known)
        case AttributeKind.FLAG:
            return _flag(text, known)
        case AttributeKind.TEXT:
            return text


def _option(text: str, known: Attribute) -> str:
    wanted = _folded(text)
    for option in known.options:
        if wanted in _spellings(option.key, option.name, option.name_en):
            return option.key
    names = [option.name for option in known.options]
    told = ", ".join(names[:WANTED_MAX]) + (" …" if len(names) > WANTED_MAX else "")
    raise ValueNotFitting(key=known.key, kind=known.kind, value=text[:100], wanted=told)


def _number(text: str, known: Attribute) -> str:
    plain = unicodedata.normalize("NFKC", text)
    if not _NUMBER.fullmatch(plain):
        raise ValueNotFitting(key=known.key, kind=known.kind, value=text[:100], wanted="12.5")
    return f"{Decimal(plain).normalize():f}"


def _flag(text: str, known: Attribute) -> str:
    folded = _folded(text)
    if folded not in _YES | _NO:
        raise ValueNotFitting(key=known.key, kind=known.kind, value=text[:100], wanted="true, false, 是, 否")
    return "true" if folded in _YES else "false"


def changed_values(values: Values, changes: Mapping[str, str | Sequence[str]], defined: Defined) -> Values:
    """Give the values with those changed that are named; an empty one is taken away. Raises: ValueNotFitting."""
    named = {key.strip() for key in changes}
    kept = {key: some for key, some in values.items() if key not in named}
    return kept | clean_values(changes, defined)


def single(values: Values) -> dict[str, str]:
    """Give a SKU's values, of which there is one a key. Raises: OneValueOnly."""
    for key, some in values.items():
        if len(some) > 1:
            raise OneValueOnly(key=key, count=len(some))
    return {key: some[0] for key, some in values.items()}


# --- axes ----------------------------------------------------------------------------------------------------------


def clean_axes(axes: Sequence[str], defined: Defined) -> tuple[str, ...]:
    """Raises: AttributeKeyInvalid (a blank one), AxisTwice, AxisNotChoice."""
    keys = tuple(_not_blank(axis) for axis in axes)
    for place, key in enumerate(keys):
        if key in keys[:place]:
            raise AxisTwice(key=key)
        if key in defined and defined[key].kind is not AttributeKind.CHOICE:
            raise AxisNotChoice(key=key, kind=defined[key].kind)
    return keys


def check_variants(axes: Sequence[str], skus: Iterable[tuple[str, Mapping[str, str]]]) -> None:
    """Refuse SKUs (code and values) that lack a value of an axis or have the same ones.

    Raises: AxisValueMissing, VariantTwice.
    """
    if not axes:
        return
    seen: dict[tuple[str, ...], str] = {}
    for code, values in skus:
        missing = next((axis for axis in axes if axis not in values), None)
        if missing is not None:
            raise AxisValueMissing(code=code, key=missing)
        other = seen.setdefault(tuple(values[axis] for axis in axes), code)
        if other != code:
            raise VariantTwice(code=code, other=other, axes=", ".join(axes))

"""From axes and patterns to the SKUs of a product."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import product as combinations
from string import Formatter
from typing import Final

from msgspec import Struct

from shangmai.kernel.money import MINOR_MAX, AmountOutOfRange
from shangmai.modules.catalog.contract import (
    Attribute,
    Axis,
    AxisTwice,
    AxisValue,
    CreateProduct,
    CreateVariants,
    NewSku,
    NoVariants,
    PatternUnknown,
    PriceBelowZero,
    TooManyVariants,
    Variant,
    VariantTwice,
    VariantUnknown,
)
from shangmai.modules.catalog.rules.attributes import clean_values

VARIANTS_MAX: Final = 500
"""How many SKUs one product is made with."""
_CODE_PART = re.compile(r"[A-Z0-9_]{1,12}")

Combination = tuple[AxisValue, ...]


class _Matrix(Struct, frozen=True):
    """Axes whose values are written as they are kept; `names` are the values' Chinese names, by axis and value."""

    keys: tuple[str, ...]
    values: tuple[tuple[AxisValue, ...], ...]
    names: dict[tuple[str, str], str]


def expand(do: CreateVariants, defined: Mapping[str, Attribute]) -> CreateProduct:
    """Give the product with a SKU for each combination that is not skipped.

    Raises: TooManyVariants, AxisTwice, ValueNotFitting, VariantUnknown, VariantTwice, NoVariants, PatternUnknown,
    PriceBelowZero, AmountOutOfRange.
    """
    matrix = _matrix(do.axes, defined)
    count = math.prod(len(values) for values in matrix.values)
    if count > VARIANTS_MAX:
        raise TooManyVariants(count=count, most=VARIANTS_MAX)
    particular = _particular(do, matrix, defined)
    skus = [
        _sku(do, matrix, combination, particular.get(_values(combination)))
        for combination in combinations(*matrix.values)
        if not _skipped(particular.get(_values(combination)))
    ]
    if not skus:
        raise NoVariants()
    return CreateProduct(
        code=do.code,
        name=do.name,
        name_en=do.name_en,
        skus=tuple(skus),
        category_id=do.category_id,
        brand=do.brand,
        attributes=do.attributes,
        axes=matrix.keys,
        tags=do.tags,
    )


def _matrix(axes: Sequence[Axis], defined: Mapping[str, Attribute]) -> _Matrix:
    keys = tuple(axis.attribute.strip() for axis in axes)
    values = tuple(_clean_axis(key, axis.values, defined) for key, axis in zip(keys, axes, strict=True))
    names = {(key, option.key): option.name for key in keys if key in defined for option in defined[key].options}
    return _Matrix(keys, values, names)


def _clean_axis(key: str, given: Sequence[AxisValue], defined: Mapping[str, Attribute]) -> tuple[AxisValue, ...]:
    cleaned: dict[str, AxisValue] = {}
    for place, each in enumerate(given, 1):
        value = clean_values({key: each.value}, defined).get(key, ("",))[0]
        if value in cleaned:
            raise AxisTwice(key=key)
        cleaned[value] = AxisValue(
            value=value,
            code=each.code.strip() or _code_part(value, place),
            price_add_minor=each.price_add_minor,
            weight_add_g=each.weight_add_g,
        )
    return tuple(cleaned.values())


def _code_part(value: str, place: int) -> str:
    """Give the value itself if it can be part of a code, else its place."""
    capitals = value.upper()
    return capitals if _CODE_PART.fullmatch(capitals) else str(place)


def _particular(
    do: CreateVariants, matrix: _Matrix, defined: Mapping[str, Attribute]
) -> dict[tuple[str, ...], Variant]:
    """What is said of single combinations, by their values."""
    known = [{value.value for value in values} for values in matrix.values]
    particular: dict[tuple[str, ...], Variant] = {}
    for variant in do.variants:
        named = {key: values[0] for key, values in clean_values(variant.values, defined).items()}
        told = tuple(named.get(key, "") for key in matrix.keys)
        if named.keys() != set(matrix.keys) or any(each not in some for each, some in zip(told, known, strict=True)):
            raise VariantUnknown(values=", ".join(variant.values.values())[:200])
        if told in particular:
            name = ", ".join(told)
            raise VariantTwice(code=name, other=name, axes=", ".join(matrix.keys))
        particular[told] = variant
    return particular


def _values(combination: Combination) -> tuple[str, ...]:
    return tuple(value.value for value in combination)


def _skipped(variant: Variant | None) -> bool:
    return variant is not None and variant.skip


def _sku(do: CreateVariants, matrix: _Matrix, combination: Combination, own: Variant | None) -> NewSku:
    own = own or Variant(values={})
    code = own.code or _code(do, matrix, combination)
    return NewSku(
        code=code,
        name=_name(do, matrix, combination) if own.name is None else own.name,
        price_minor=_price(do, code, combination) if own.price_minor is None else own.price_minor,
        currency=do.currency,
        attributes=dict(zip(matrix.keys, _values(combination), strict=True)),
        barcodes=own.barcodes,
        weight_g=_weight(do, combination) if own.weight_g is None else own.weight_g,
        status=own.status,
    )


def _code(do: CreateVariants, matrix: _Matrix, combination: Combination) -> str:
    parts = [value.code for value in combination]
    if not do.sku_code:
        return "-".join([do.code.strip(), *parts])
    return _filled(do.sku_code, {"code": do.code.strip(), **dict(zip(matrix.keys, parts, strict=True))})


def _name(do: CreateVariants, matrix: _Matrix, combination: Combination) -> str:
    names = [
        matrix.names.get((key, value.value), value.value) for key, value in zip(matrix.keys, combination, strict=True)
    ]
    if not do.sku_name:
        return " ".join([do.name.strip(), *names])[:200]
    gaps = {"code": do.code.strip(), "name": do.name.strip(), **dict(zip(matrix.keys, names, strict=True))}
    return _filled(do.sku_name, gaps)[:200]


def _filled(pattern: str, gaps: Mapping[str, str]) -> str:
    """Put the texts into the gaps; a pattern is filled piece by piece, because `format` could reach into objects."""
    try:
        pieces = list(Formatter().parse(pattern))
    except ValueError:
        raise PatternUnknown(pattern=pattern, gap="{") from None
    filled = []
    for text, gap, form, conversion in pieces:
        filled.append(text)
        if gap is None:
            continue
        if gap not in gaps or form or conversion:
            raise PatternUnknown(pattern=pattern, gap=gap)
        filled.append(gaps[gap])
    return "".join(filled)


def _price(do: CreateVariants, code: str, combination: Combination) -> int:
    price = do.price_minor + sum(value.price_add_minor for value in combination)
    if price < 0:
        raise PriceBelowZero(code=code, price_minor=price)
    if price > MINOR_MAX:
        raise AmountOutOfRange()
    return price


def _weight(do: CreateVariants, combination: Combination) -> int:
    return max(do.weight_g + sum(value.weight_add_g for value in combination), 0)

"""Kits: what they consist of, and how their price is shared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from shangmai.kernel.money import MINOR_MAX, AmountOutOfRange, allocate
from shangmai.modules.catalog.contract import (
    ComponentTwice,
    KitComponent,
    KitEmpty,
    KitInKit,
    KitPart,
    NotAKit,
    SharesInCurrencies,
    SharesMixed,
    SkuId,
    SkuKind,
    SkuNotFound,
)
from shangmai.modules.catalog.rules.codes import clean_code


class KnownSku(Struct, frozen=True, kw_only=True):
    """What a kit needs to know of its components."""

    id: SkuId
    kind: SkuKind
    price_minor: int
    currency: str


def resolve_kit(
    code: str, kind: SkuKind, parts: Sequence[KitPart], known: Mapping[str, KnownSku]
) -> tuple[KitComponent, ...]:
    """Find the components of a kit; a SKU that is none has none.

    Raises: NotAKit, KitEmpty, SkuNotFound, KitInKit, ComponentTwice, SharesMixed, SharesInCurrencies.
    """
    if kind is not SkuKind.KIT:
        if parts:
            raise NotAKit(code=code)
        return ()
    if not parts:
        raise KitEmpty(code=code)
    components: dict[str, KnownSku] = {}
    for part in parts:
        component = clean_code(part.code)
        if component in components:
            raise ComponentTwice(code=code, component=component)
        components[component] = _component(code, component, known)
    weights = _share_weights(code, parts, list(components.values()))
    return tuple(
        KitComponent(sku.id, part.qty, weight)
        for sku, part, weight in zip(components.values(), parts, weights, strict=True)
    )


def _component(code: str, component: str, known: Mapping[str, KnownSku]) -> KnownSku:
    sku = known.get(component)
    if sku is None:
        raise SkuNotFound(sku=component)
    if sku.kind is SkuKind.KIT:
        raise KitInKit(code=code, component=component)
    return sku


def _share_weights(code: str, parts: Sequence[KitPart], skus: Sequence[KnownSku]) -> list[int]:
    given = [part.share_weight for part in parts if part.share_weight is not None]
    if given:
        if len(given) < len(parts):
            raise SharesMixed(code=code)
        return given
    if len({sku.currency for sku in skus}) > 1:
        raise SharesInCurrencies(code=code)
    weights = [part.qty * sku.price_minor for part, sku in zip(parts, skus, strict=True)]
    if max(weights) > MINOR_MAX:
        raise AmountOutOfRange()
    return weights


def share(amount_minor: int, components: Sequence[KitComponent]) -> list[int]:
    """Split what was paid for a kit among its component lines; the shares add up to it exactly."""
    return allocate(amount_minor, [component.share_weight for component in components])

"""From counted terms to facets that people choose from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from msgspec import Struct

from shangmai.kernel.i18n import Lang, t
from shangmai.kernel.money import decimals_of
from shangmai.modules.storefront.contract import Facet, FacetValue
from shangmai.modules.storefront.rules.asking import Question
from shangmai.modules.storefront.rules.listing import (
    ATTRIBUTE,
    BRAND,
    CATEGORY,
    PRICE,
    STOCK,
    band_bounds,
    term_id,
)

VALUES_MAX: Final = 50
FACETS_MAX: Final = 20
ROWS: Final = 0
"""Counted among the terms: every row once."""
FIRST: Final = (CATEGORY, BRAND, PRICE, STOCK)


class Counted(Struct, frozen=True):
    """How many rows have each term, counted in a sample of one product in `one_in`."""

    terms: Mapping[int, int]
    one_in: int

    @property
    def is_exact(self) -> bool:
        return self.one_in == 1

    @property
    def rows(self) -> int:
        return self.terms.get(ROWS, 0)

    @property
    def finds_nothing(self) -> bool:
        """Whether it is sure that no row fits: a sample may be empty though some do."""
        return self.is_exact and not self.rows

    @property
    def rows_by_term(self) -> Mapping[int, int]:
        """How many rows have each term, by estimate."""
        return {term: rows * self.one_in for term, rows in self.terms.items()}

    def estimate(self, term: int) -> int:
        return self.terms.get(term, 0) * self.one_in


class NamedTerm(Struct, frozen=True, kw_only=True):
    """A term as it is kept: what it is, and what it and its facet are called."""

    id: int
    facet: str
    value: str
    parent: str
    facet_label: str
    facet_label_en: str
    label: str
    label_en: str


def terms_needed(question: Question, counted: Counted, without: Mapping[str, Counted]) -> set[int]:
    """The terms whose names are needed, those chosen among them."""
    chosen = {term_id(facet, value) for facet, values in question.chosen for value in values}
    return ({term for each in (counted, *without.values()) for term in each.terms} | chosen) - {ROWS}


def facets(
    question: Question,
    counted: Counted,
    without: Mapping[str, Counted],
    named: Mapping[int, NamedTerm],
    currency: str,
    lang: Lang,
) -> tuple[Facet, ...]:
    """All facets: category, brand, price, stock, then the attributes that most of what was found has."""
    by_facet: dict[str, list[NamedTerm]] = {}
    for term in named.values():
        by_facet.setdefault(term.facet, []).append(term)
    made = [_facet(question, key, terms, without.get(key, counted), currency, lang) for key, terms in by_facet.items()]
    first = [facet for key in FIRST for facet in made if facet.key == key and facet.values]
    others = [facet for facet in made if facet.key.startswith(ATTRIBUTE) and facet.values]
    others.sort(key=lambda facet: (not any(v.chosen for v in facet.values), -_sum(facet), facet.key))
    return (*first, *others[:FACETS_MAX])


def _sum(facet: Facet) -> int:
    return sum(value.count for value in facet.values)


def _facet(
    question: Question, key: str, terms: Iterable[NamedTerm], counted: Counted, currency: str, lang: Lang
) -> Facet:
    chosen = question.values_of(key)
    values = [value for value in _values(key, terms, counted, chosen, currency, lang) if value.count or value.chosen]
    if key == PRICE:
        values.sort(key=lambda value: value.from_minor or 0)
    else:
        values.sort(key=lambda value: (not value.chosen, -value.count, value.label))
    label = _label(key, next(iter(terms)), lang)
    return Facet(key=key, label=label, exact=counted.is_exact, values=tuple(values[:VALUES_MAX]))


def _label(key: str, term: NamedTerm, lang: Lang) -> str:
    if key in FIRST:
        return t(f"storefront.facet.{key}", lang)
    return (term.facet_label_en if lang == "en" else "") or term.facet_label


def _values(
    key: str, terms: Iterable[NamedTerm], counted: Counted, chosen: tuple[str, ...], currency: str, lang: Lang
) -> Iterator[FacetValue]:
    for term in terms:
        low, high = band_bounds(int(term.value), currency) if key == PRICE else (None, None)
        yield FacetValue(
            value=term.value,
            label=_value_label(key, term, low, high, currency, lang),
            parent=term.parent or None,
            count=counted.estimate(term.id),
            chosen=term.value in chosen,
            from_minor=low,
            below_minor=high,
        )


def _value_label(key: str, term: NamedTerm, low: int | None, high: int | None, currency: str, lang: Lang) -> str:
    if key == STOCK:
        return t("storefront.in_stock", lang)
    if low is None:
        return (term.label_en if lang == "en" else "") or term.label
    unit = 10 ** decimals_of(currency)
    return f"{low // unit}–{high // unit}" if high is not None else f"≥ {low // unit}"

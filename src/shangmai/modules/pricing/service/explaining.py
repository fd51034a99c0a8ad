"""Explaining a quote to people, as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from shangmai.kernel.i18n import Lang
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.pricing.contract.quote import Quote
from shangmai.modules.pricing.rules import sheet


def skus_explained(quote: Quote) -> Iterable[SkuId]:
    """The SKUs whose codes and names `explain_prices` needs."""
    return sheet.skus_of(quote)


def explain_prices(
    quote: Quote, names: sheet.Names, lang: Lang, charges: Sequence[sheet.Charge] = ()
) -> tuple[list[str], list[sheet.Row]]:
    """The headers and rows of a table that explains a quote, with charges besides; amounts in major units, exact."""
    return sheet.headers(lang), sheet.rows(quote, names, lang, charges)

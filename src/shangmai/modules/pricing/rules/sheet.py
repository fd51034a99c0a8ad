"""A quote as a table that people can re-add: each line from its list price, step by step, to what is paid."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Final

from msgspec import Struct

from shangmai.kernel.i18n import Lang, t
from shangmai.kernel.money import Money
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.pricing.contract.promotion import PromotionId
from shangmai.modules.pricing.contract.quote import Quote, QuotedLine, Step

COLUMNS: Final = ("line", "sku", "name", "qty", "step", "what", "funders", "amount", "currency")
Row = tuple[str | int | Decimal | None, ...]
Names = Mapping[SkuId, tuple[str, str]]
"""Code and name by SKU."""
Charge = tuple[str, int]


class _Item(Struct, frozen=True):
    """What a block of rows is about."""

    line: int | None = None
    code: str = ""
    name: str = ""
    qty: int | None = None


def headers(lang: Lang) -> list[str]:
    return [t(f"pricing.sheet.{column}", lang) for column in COLUMNS]


def rows(quote: Quote, names: Names, lang: Lang, charges: Sequence[Charge] = ()) -> list[Row]:
    """The table of a quote. Amounts are in major units, exact; those of a block up to `paid` add up to it.

    `charges`: what an order asks for besides, by its title, in minor units.
    """
    return list(_Sheet(quote, names, lang).rows(charges))


class _Sheet:
    def __init__(self, quote: Quote, names: Names, lang: Lang) -> None:
        self.quote, self.names, self.lang = quote, names, lang
        self.promotions = {
            each.promotion_id: f"{each.code} {self._own(each.name, each.name_en)}" for each in quote.applied
        }

    def rows(self, charges: Sequence[Charge]) -> Iterator[Row]:
        for line in self.quote.lines:
            yield from self._line(line)
        yield from self._freight()
        for gift in self.quote.gifts:
            code, name = self._names(gift.sku_id)
            yield self._row(
                _Item(None, code, name, gift.qty), "gift", self._promotion(gift.promotion_id, gift.version), 0
            )
        for each in self.quote.refused:
            what = f"{each.code} {self._own(each.name, each.name_en)}: {each.text(self.quote.currency, self.lang)}"
            yield self._row(_Item(), "refused", what, None)
        if not self.quote.policy.tax_included:
            yield self._row(_Item(), "tax", "", self.quote.totals.tax_minor)
        for title, minor in charges:
            yield self._row(_Item(name=title), "charge", "", minor)
        payable = self.quote.totals.payable_minor + sum(minor for _, minor in charges)
        yield self._row(_Item(), "payable", "", payable)

    def _line(self, line: QuotedLine) -> Iterator[Row]:
        item = _Item(line.key, *self._names(line.sku_id), line.qty)
        price = " ".join(filter(None, (line.price.list_code, line.price.rule))) or t("pricing.sheet.own", self.lang)
        each = Money(line.unit_list_minor, self.quote.currency).format(self.lang)
        yield self._row(item, "list", f"{price}: {each} × {line.qty}", line.list_minor)
        yield from (self._step(item, step) for step in line.steps)
        yield self._row(item, "paid", self._floor(line), line.paid_minor)

    def _freight(self) -> Iterator[Row]:
        totals = self.quote.totals
        if not totals.freight_minor:
            return
        item = _Item(name=t("pricing.sheet.freight", self.lang))
        yield self._row(item, "list", "", totals.freight_minor)
        yield from (self._step(item, step) for step in self.quote.freight_steps)
        yield self._row(item, "paid", "", totals.freight_minor - totals.freight_off_minor)

    def _step(self, item: _Item, step: Step) -> Row:
        item = _Item(item.line, item.code, item.name, step.pieces or item.qty)
        funders = " ".join(
            f"{t(f'pricing.sheet.{each.funder}', self.lang)} "
            + Money(each.amount_minor, self.quote.currency).format(self.lang)
            for each in step.funders
        )
        points = t("pricing.sheet.points_used", self.lang, points=step.points) if step.points else ""
        what = " ".join(filter(None, (self._promotion(step.promotion_id, step.version), points)))
        return self._row(item, f"layer_{step.layer}", what, -step.amount_minor, funders)

    def _floor(self, line: QuotedLine) -> str:
        """That a floor kept the line from being cheaper, and which."""
        if line.floor_by is None or line.floor_minor != line.paid_minor:
            return ""
        floor = Money(line.floor_minor, self.quote.currency).format(self.lang)
        return t(f"pricing.sheet.floor_{line.floor_by}", self.lang, floor=floor)

    def _row(self, item: _Item, step: str, what: str, minor: int | None, funders: str = "") -> Row:
        amount = None if minor is None else Money(minor, self.quote.currency).major()
        word = t(f"pricing.sheet.{step}", self.lang)
        return item.line, item.code, item.name, item.qty, word, what, funders, amount, self.quote.currency

    def _promotion(self, id_: PromotionId, version: int) -> str:
        return f"{self.promotions.get(id_, '')} v{version}".strip()

    def _names(self, sku_id: SkuId) -> tuple[str, str]:
        return self.names.get(sku_id, (str(sku_id), ""))

    def _own(self, name: str, name_en: str) -> str:
        return (self.lang == "en" and name_en) or name


def skus_of(quote: Quote) -> Iterable[SkuId]:
    """The SKUs that the table names."""
    return {line.sku_id for line in quote.lines} | {gift.sku_id for gift in quote.gifts}

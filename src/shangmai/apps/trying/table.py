"""What a what-if came to, as a table that a merchant reads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from rich.table import Table

from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Money
from shangmai.modules.marketing.contract import CampaignResult, WhatIf

Cell = Callable[[WhatIf, CampaignResult], str]


def _money(minor: int, run: WhatIf) -> str:
    return f"{Money(minor, run.currency).major():,.0f}"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.1%}" if whole else "–"


def _margin(minor: int, revenue_minor: int, run: WhatIf) -> str:
    return f"{_money(minor, run)} ({_share(minor, revenue_minor)})"


def _extra(run: WhatIf, result: CampaignResult) -> str:
    if result.extra_orders is None:
        return "∞"
    return f"{result.extra_orders:,} ({_share(result.extra_orders, result.tally.hit)})"


ROWS: Final[tuple[tuple[str, str, Cell], ...]] = (
    ("命中订单", "orders it reaches", lambda _, r: f"{r.tally.hit:,} ({_share(r.tally.hit, r.tally.orders)})"),
    ("销售额：不做活动", "revenue without it", lambda run, r: _money(r.tally.revenue_before_minor, run)),
    ("销售额：做活动", "revenue with it", lambda run, r: _money(r.tally.revenue_after_minor, run)),
    ("商品让利", "taken off goods", lambda run, r: _money(r.tally.off_minor, run)),
    ("运费让利", "taken off freight", lambda run, r: _money(r.tally.freight_off_minor, run)),
    ("其中店铺承担", "of it borne by the shop", lambda run, r: _money(r.tally.shop_off_minor, run)),
    ("赠品件数", "gifts", lambda _, r: f"{r.tally.gifts:,}"),
    (
        "毛利：不做活动",
        "margin without it",
        lambda run, r: _margin(r.tally.margin_before_minor, r.tally.revenue_before_minor, run),
    ),
    (
        "毛利：做活动",
        "margin with it",
        lambda run, r: _margin(r.tally.margin_after_minor, r.tally.revenue_after_minor, run),
    ),
    ("亏本订单", "orders sold at a loss", lambda _, r: f"{r.tally.losing:,}"),
    ("差一点就够", "orders nearly reaching it", lambda _, r: f"{r.tally.nearly:,}"),
    ("需多卖的订单才持平", "more orders needed to break even", _extra),
)


def table_of(run: WhatIf, lang: Lang) -> Table:
    """A row for each measure, a column for each campaign; money in whole major units."""
    en = lang == "en"
    days = f"{run.since:%Y-%m-%d} – {run.until:%Y-%m-%d}"
    title = f"{run.done:,} orders, {days}, {run.currency}" if en else f"{run.done:,} 单，{days}，{run.currency}"
    table = Table("", title=title, title_justify="left")
    for result in run.results:
        table.add_column(result.name, justify="right")
    for label, cells in rows_of(run, lang):
        table.add_row(label, *cells)
    return table


def rows_of(run: WhatIf, lang: Lang) -> list[tuple[str, list[str]]]:
    """The measures, each with a cell for each campaign."""
    labels = [(english if lang == "en" else zh, cell) for zh, english, cell in ROWS]
    return [(label, [cell(run, result) for result in run.results]) for label, cell in labels]

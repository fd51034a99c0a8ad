"""Explanations as a person reads them at a terminal."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from shangmai.apps.explaining.contract import (
    AccountExplained,
    Cause,
    Flow,
    Movement,
    OrderExplained,
    Place,
    PointsEntry,
    PointsExplained,
    SkuExplained,
    Step,
)
from shangmai.kernel.clock import SHANGHAI
from shangmai.kernel.i18n import Lang, keys, register_folder, t
from shangmai.kernel.money import Money
from shangmai.modules.pricing.contract import PromotionId, Quote, QuotedLine
from shangmai.modules.pricing.contract import Step as PriceStep

CATALOG = "explaining"
RIGHT = frozenset({"pieces", "held", "qty", "price", "amount", "shipped", "returned", "cost", "lines", "debit",
                   "credit", "balance", "line", "points"})  # fmt: skip
DETAIL_MAX = 90

register_folder(CATALOG, Path(__file__).parent)


class Page:
    """Words, amounts and times of one reader."""

    def __init__(self, lang: Lang, currency: str, zone: ZoneInfo = SHANGHAI) -> None:
        self.lang = lang
        self.currency = currency
        self.zone = zone

    def say(self, key: str, **data: object) -> str:
        return t(f"{CATALOG}.{key}", self.lang, **data)

    def name(self, group: str, value: str) -> str:
        """The word for one of our values; a value that has none is shown as it is."""
        key = f"{CATALOG}.{group}.{value}"
        return t(key, self.lang) if key in keys(self.lang) else value

    def money(self, minor: int) -> str:
        return Money(minor, self.currency).format(self.lang)

    def time(self, at: datetime | None) -> str:
        return "" if at is None else f"{at.astimezone(self.zone):%Y-%m-%d %H:%M:%S}"

    def cause(self, cause: Cause) -> str:
        """The chain from what happened down to the person and the file row."""
        steps = [*cause.via, cause.action]
        who = f"{cause.by} · {self.name('door', cause.door)}"
        return " ← ".join(steps) + f" ← {who}" + (f" · {cause.origin}" if cause.origin else "")

    def table(self, columns: Iterable[str], rows: Iterable[Iterable[object]]) -> RenderableType:
        table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
        for column in columns:
            table.add_column(
                self.say(f"column.{column}"),
                justify="right" if column in RIGHT else "left",
                no_wrap=column in {"at", "number", *RIGHT},
                overflow="fold",
            )
        for row in rows:
            table.add_row(*(Text(str(cell)) for cell in row))
        return table if table.row_count else Text(self.say("none"), style="dim")

    def section(self, key: str, body: RenderableType) -> Group:
        return Group("", self.title(self.say(key)), body)

    def title(self, text: str) -> Text:
        return Text(text, style="bold")

    def verdict(self, agrees: bool) -> Text:
        return Text(f"✓ {self.say('agrees')}", "green") if agrees else Text(f"✗ {self.say('differs')}", "bold red")


# --- a SKU ---------------------------------------------------------------------------------------------------------


def tell_sku(found: SkuExplained, lang: Lang) -> RenderableType:
    page = Page(lang, found.currency)
    places = [part for place in found.places for part in _place(page, place)]
    holds = page.table(
        ("document", "status", "line", "place", "pieces", "since", "expires"),
        (
            (
                h.document,
                page.name("status", h.status),
                h.line,
                h.warehouse,
                f"{h.pieces}/{h.of}",
                page.time(h.since),
                page.time(h.expires_at),
            )
            for h in found.holds
        ),
    )
    movements = page.table(
        ("at", "kind", "place", "pieces", "held", "document", "cause"),
        (_movement(page, movement) for movement in found.movements),
    )
    return Group(
        page.title(f"{found.code}  {found.name}"),
        *(places or [Text(page.say("no_stock"))]),
        page.section("open_holds", holds),
        page.section("latest", movements),
    )


def _place(page: Page, place: Place) -> list[RenderableType]:
    where = f"{place.warehouse} · {page.name('bucket', place.bucket)}" + (f" · {place.lot}" if place.lot else "")
    formula = page.say(
        "formula", available=place.available, on_hand=place.on_hand, held=place.held, safety=place.safety,
        virtual=place.virtual,
    )  # fmt: skip
    sums = " ".join(_flow(page, flow) for flow in place.flows) or "0"
    average = "–" if place.average is None else str(place.average)
    return [
        "",
        Text(where, style="bold cyan"),
        Text(f"  {formula}"),
        Text(f"  {page.say('sums', on_hand=place.on_hand, sums=sums)}  ").append_text(page.verdict(place.agrees)),
        Text(f"  {page.say('value', value=page.money(place.value_minor), average=average)}"),
    ]


def _flow(page: Page, flow: Flow) -> str:
    sign = "+" if flow.pieces > 0 else "−"
    return f"{sign} {abs(flow.pieces)} {page.name('bucket', flow.other)}/{page.name('kind', flow.kind)} ×{flow.times}"


def _movement(page: Page, movement: Movement) -> tuple[str, ...]:
    return (
        page.time(movement.at),
        page.name("kind", movement.kind),
        f"{movement.warehouse} {page.name('bucket', movement.bucket)} ↔ {page.name('bucket', movement.other)}",
        f"{movement.pieces:+d}" if movement.pieces else "",
        f"{movement.held:+d}" if movement.held else "",
        f"{movement.document}/{movement.line}" if movement.line else movement.document,
        page.cause(movement.cause),
    )


# --- an order ------------------------------------------------------------------------------------------------------


def tell_order(found: OrderExplained, lang: Lang) -> RenderableType:
    page = Page(lang, found.detail.order.currency)
    return Group(
        *_head(page, found),
        page.section("lines", _lines(page, found)),
        *_prices(page, found.detail.quote),
        page.section("money", _money(page, found)),
        page.section("parcels", _parcels(page, found)),
        page.section("returns", _returns(page, found)),
        page.section("vouchers", _vouchers(page, found)),
        page.section(
            "trace", page.table(("at", "what", "detail", "cause"), (_step(page, step, found) for step in found.trace))
        ),
    )


def _head(page: Page, found: OrderExplained) -> list[RenderableType]:
    order = found.detail.order
    number = order.number + (f" ({order.external_no})" if order.external_no else "")
    states = [page.name("status", order.status), page.name("status", order.payment_status), page.time(order.placed_at)]
    total = page.say(
        "total_is", total=page.money(order.total_minor), goods=page.money(order.goods_minor),
        freight=page.money(order.freight_minor), other=page.money(order.other_minor),
    )  # fmt: skip
    paid = page.say(
        "paid_kept", total=page.money(order.total_minor), paid=page.money(order.paid_minor),
        refunded=page.money(order.refunded_minor), kept=page.money(order.paid_minor - order.refunded_minor),
    )  # fmt: skip
    head = page.title(f"{page.say('order')} {number}  {found.shop} · {' · '.join(states)}")
    return [head, Text(f"  {total}"), Text(f"  {paid}")]


def _lines(page: Page, found: OrderExplained) -> RenderableType:
    return page.table(
        ("line", "item", "qty", "price", "amount", "shipped", "returned", "cost"),
        (
            (n.line, " ".join(filter(None, [found.codes.get(str(n.sku_id), ""), n.title])) or page.name("kind", n.kind),
             n.qty, f"{n.unit_price.normalize():f}", page.money(n.amount_minor), n.shipped_qty, n.returned_qty,
             page.money(n.cost_minor))
            for n in found.detail.lines
        ),
    )  # fmt: skip


def _prices(page: Page, quote: Quote | None) -> list[RenderableType]:
    """How each line came from its list price to what is paid, and why other promotions took no part."""
    if quote is None:
        return []
    names = {each.promotion_id: f"{each.code} {each.name}" for each in quote.applied}
    rows = [row for line in quote.lines for row in _price_steps(page, line, names)]
    rows += [_price_step(page, page.name("kind", "freight"), step, names) for step in quote.freight_steps]
    rows += [("", "✗", f"{each.code} {each.name}", each.text(quote.currency, page.lang), "") for each in quote.refused]
    return [page.section("prices", page.table(("line", "step", "what", "detail", "amount"), rows))]


def _price_steps(page: Page, line: QuotedLine, names: Mapping[PromotionId, str]) -> list[tuple[str, ...]]:
    price = " ".join(filter(None, [line.price.list_code, line.price.rule]))
    price = price or page.name("step", "own")
    each = f"{page.money(line.unit_list_minor)} × {line.qty}"
    return [
        (
            str(line.key),
            page.name("step", "list"),
            price or page.name("step", "own"),
            each,
            page.money(line.list_minor),
        ),
        *(_price_step(page, "", step, names) for step in line.steps),
        ("", page.name("step", "paid"), "", "", page.money(line.paid_minor)),
    ]


def _price_step(page: Page, line: str, step: PriceStep, names: Mapping[PromotionId, str]) -> tuple[str, ...]:
    funders = " ".join(f"{page.name('funder', each.funder)} {page.money(each.amount_minor)}" for each in step.funders)
    what = f"{names[step.promotion_id]} v{step.version}"
    return line, page.name("layer", step.layer), what, funders, page.money(-step.amount_minor)


def _money(page: Page, found: OrderExplained) -> RenderableType:
    return page.table(
        ("at", "number", "kind", "method", "reference", "amount"),
        (
            (page.time(p.at), p.number, page.name("kind", p.kind), p.method, p.reference, page.money(p.amount_minor))
            for p in found.payments
        ),
    )


def _parcels(page: Page, found: OrderExplained) -> RenderableType:
    return page.table(
        ("number", "status", "cost"),
        ((s.number, page.name("status", s.status), page.money(s.cost_minor)) for s in found.detail.shipments),
    )


def _returns(page: Page, found: OrderExplained) -> RenderableType:
    return page.table(
        ("number", "amount", "cost"),
        ((r.number, page.money(r.refund_minor), page.money(r.cost_minor)) for r in found.detail.returns),
    )


def _vouchers(page: Page, found: OrderExplained) -> RenderableType:
    return page.table(
        ("number", "at", "summary", "debit", "credit", "amount"),
        (
            (v.number, page.time(v.at), v.summary, line.debit_account, line.credit_account,
             Money(line.original_minor, v.currency).format(page.lang))
            for v in found.vouchers
            for line in v.lines
        ),
    )  # fmt: skip


def _step(page: Page, step: Step, found: OrderExplained) -> tuple[str, ...]:
    return page.time(step.entry.at), step.entry.what, _detail(page, step, found), page.cause(step.cause)


def _detail(page: Page, step: Step, found: OrderExplained) -> str:
    told = step.entry.detail
    if step.entry.kind != "transfer":
        shown = {name: value for name, value in told.items() if not name.endswith("_id") and value not in (None, 0, "")}
        return json.dumps(shown, ensure_ascii=False)[:DETAIL_MAX]
    code = found.codes.get(str(told["sku_id"]), "")
    source, target = (page.name("bucket", str(told[side])) for side in ("from", "to"))
    amount = str(told["amount"]) if told["unit"] == "pieces" else page.money(int(str(told["amount"])))
    return f"{code} {amount}  {source} → {target}"


# --- an account ----------------------------------------------------------------------------------------------------


def tell_account(found: AccountExplained, lang: Lang) -> RenderableType:
    page = Page(lang, found.currency)
    return Group(
        page.title(f"{found.company} · {found.code} {found.zh if lang == 'zh-CN' else found.en}"),
        Text(f"  {_balance(page, found)}  ").append_text(page.verdict(found.agrees)),
        page.section("by_rule", _rules(page, found)),
        page.section("by_period", _periods(page, found)),
        *([page.section("children", _children(page, found))] if found.children else []),
        page.section("entries", _entries(page, found)),
    )


def _balance(page: Page, found: AccountExplained) -> str:
    return page.say(
        "balance",
        balance=page.money(found.balance_minor),
        debit=page.money(sum(rule.debit_minor for rule in found.rules)),
        credit=page.money(sum(rule.credit_minor for rule in found.rules)),
    )


def _rules(page: Page, found: AccountExplained) -> RenderableType:
    return page.table(
        ("rule", "lines", "debit", "credit"),
        (
            (r.rule or page.say("by_hand"), r.lines, page.money(r.debit_minor), page.money(r.credit_minor))
            for r in found.rules
        ),
    )


def _periods(page: Page, found: AccountExplained) -> RenderableType:
    return page.table(
        ("period", "debit", "credit", "balance"),
        (
            (p.period, page.money(p.debit_minor), page.money(p.credit_minor), page.money(p.balance_minor))
            for p in found.periods
        ),
    )


def _children(page: Page, found: AccountExplained) -> RenderableType:
    return page.table(("account", "balance"), ((code, page.money(minor)) for code, minor in found.children.items()))


def _entries(page: Page, found: AccountExplained) -> RenderableType:
    return page.table(
        ("at", "number", "debit", "credit", "other", "summary", "cause"),
        (
            (page.time(e.at), e.number, _side(page, e.debit_minor), _side(page, e.credit_minor), e.other_account,
             e.summary, page.cause(e.cause))
            for e in found.entries
        ),
    )  # fmt: skip


def _side(page: Page, minor: int) -> str:
    return page.money(minor) if minor else ""


# --- points --------------------------------------------------------------------------------------------------------


def tell_points(found: PointsExplained, lang: Lang) -> RenderableType:
    page = Page(lang, "CNY")
    has = found.balance
    sums = page.say("points_are", all=found.posted, available=has.available, held=has.held, over=found.over)
    lots = page.table(
        ("last_day", "points", "held"),
        ((lot.last_day or page.say("never"), lot.available, lot.held) for lot in has.lots),
    )
    entries = page.table(
        ("at", "kind", "points", "balance", "last_day", "document", "cause"),
        (_points_entry(page, entry) for entry in found.entries),
    )
    return Group(
        page.title(f"{page.say('member')} {found.ref or found.member}"),
        Text(f"  {sums}"),
        page.section("lots", lots),
        page.section("entries", entries),
    )


def _points_entry(page: Page, entry: PointsEntry) -> tuple[object, ...]:
    line = entry.line
    return (
        page.time(line.at), page.name("points_kind", line.kind.value), f"{line.points:+d}", line.balance,
        line.last_day or page.say("never"), entry.document, page.cause(entry.cause),
    )  # fmt: skip

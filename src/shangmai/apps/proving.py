"""`shangmai prove`: every book re-added, every module's own proof, the proofs between modules, and the chain.

Everything is read at one moment of the database. The proofs between modules compare what happened with what handlers
made of it, so they are only asked when no event waits; how many do is said.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from importlib import import_module
from importlib.util import find_spec
from typing import Any, Final

from asyncpg import Record
from msgspec import Struct, to_builtins
from rich.console import Console, Group, RenderableType
from rich.text import Text

from shangmai.apps import wiring
from shangmai.kernel.actions import chain
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.events import store
from shangmai.kernel.events.contract import CONSUMERS, Lag
from shangmai.kernel.metrics import BOOK_DIVERGENCES
from shangmai.kernel.tx import Tx

Prove = Callable[[Tx], Awaitable[list[Any]]]

SHOWN_MAX: Final = 20
LOOKS: Final = 4
LOOK_EVERY_S: Final = 0.5
"""A system at work has events on their way most of the time; so many looks are taken for a moment without."""

OWN: Final = {
    "inventory": ("pieces and their value: balances and holds equal their transfers", "件数与成本：余额、占用等于流水"),
    "members": ("points: balances equal transfers, earnings and adjustments", "积分：余额等于流水，也等于获得与调整"),
    "payments": ("receipts: balances equal transfers and payments", "收款：余额等于流水，也等于收退款单"),
    "pricing": ("limits of promotions and coupons: balances equal transfers", "促销与优惠券名额：余额等于流水"),
    "orders": ("orders: totals, paid, refunded, and every hold has its order", "订单：合计、已收、已退，占用都有订单"),
    "marketing": (
        "groups: seats are members; bargains: sums of cuts",
        "拼团：占座等于团员；砍价：等于各次之和",
    ),
    "storefront": ("shop window: rows, sales and words equal a rebuild", "橱窗：商品行、销量、词数等于重建结果"),
    "warehouse": ("pieces in bins: balances and holds equal their transfers", "货位：余额、占用等于流水"),
    "ledger": ("ledger: vouchers, transfers, totals, trial balance, numbers", "总账：凭证、流水、合计、试算平衡、连号"),
}
BETWEEN: Final = {
    ("every order's payments and refunds are in the ledger", "每张订单的收款和退款都已入账"): """
WITH booked AS (
  SELECT e.key,
         sum(CASE e.name WHEN 'payments.recorded.v1' THEN l.original_minor ELSE -abs(l.original_minor) END) AS net
  FROM events e JOIN ledger_entries j ON j.cause = e.id JOIN ledger_lines l ON l.entry_id = j.id
  WHERE e.name IN ('payments.recorded.v1', 'payments.refunded.v1') GROUP BY e.key)
SELECT o.number, o.paid_minor - o.refunded_minor AS kept, coalesce(b.net, 0)::bigint AS ledger
FROM orders o FULL JOIN booked b ON b.key = o.id::text
WHERE coalesce(o.paid_minor - o.refunded_minor, 0) <> coalesce(b.net, 0)""",
    ("every parcel is in the ledger", "每个发货包裹都已入账"): """
SELECT s.number, s.cost_minor AS kept, NULL::bigint AS ledger FROM shipments s
LEFT JOIN events e ON e.name = 'orders.shipped.v1' AND e.payload ->> 'shipment_id' = s.id::text
LEFT JOIN ledger_entries j ON j.cause = e.id
WHERE CASE WHEN s.box > 1 THEN s.cost_minor <> 0 ELSE
  j.id IS NULL AND (e.id IS NULL OR e.payload ->> 'total_minor' <> '0' OR e.payload ->> 'cost_minor' <> '0') END""",
    ("every return is in the ledger", "每张退货单都已入账"): """
SELECT r.number, r.refund_minor AS kept, NULL::bigint AS ledger FROM returns r
LEFT JOIN events e ON e.name = 'orders.returned.v1' AND e.payload ->> 'return_id' = r.id::text
LEFT JOIN ledger_entries j ON j.cause = e.id
WHERE j.id IS NULL AND (e.id IS NULL OR e.payload ->> 'refund_minor' <> '0' OR e.payload ->> 'cost_minor' <> '0')""",
    ("what funders bear fits the orders paid and canceled", "各方承担的优惠与已付、已取消的订单相符"): """
WITH noted AS (
  SELECT order_id, sum(amount_minor)::bigint AS amount, sum(amount_minor - reversed_minor)::bigint AS due
  FROM order_fundings GROUP BY order_id),
quoted AS (
  SELECT q.order_id, sum((f.share ->> 'amount_minor')::bigint)::bigint AS amount FROM order_quotes q
  CROSS JOIN LATERAL jsonb_array_elements(q.quote -> 'totals' -> 'funders') AS f (share)
  WHERE f.share ->> 'funder' <> 'shop' GROUP BY q.order_id)
SELECT o.number, coalesce(n.amount, 0) AS kept, coalesce(q.amount, 0) AS ledger FROM orders o
LEFT JOIN noted n ON n.order_id = o.id LEFT JOIN quoted q ON q.order_id = o.id
WHERE coalesce(n.amount, 0) <> CASE WHEN o.payment_status = 'paid' AND (o.total_minor > 0 OR o.status IN
  ('part_shipped', 'shipped', 'signed')) THEN coalesce(q.amount, 0) ELSE 0 END
UNION ALL
SELECT o.number, n.due, 0 FROM orders o JOIN noted n ON n.order_id = o.id WHERE o.status = 'canceled' AND n.due <> 0""",
    ("bins hold no more than the stock book", "货位上的件数不超过库存账"): """
WITH in_bins AS (
  SELECT warehouse_id, sku_id, bucket, owner_id, sum(posted)::bigint AS pieces FROM bin_accounts
  WHERE bounded AND posted > 0 GROUP BY warehouse_id, sku_id, bucket, owner_id),
stock AS (
  SELECT warehouse_id, sku_id, bucket, owner_id, sum(posted)::bigint AS pieces FROM stock_accounts
  WHERE bounded GROUP BY warehouse_id, sku_id, bucket, owner_id)
SELECT concat_ws(' ', w.code, k.code, b.bucket) AS goods, b.pieces AS kept, coalesce(s.pieces, 0) AS ledger
FROM in_bins b LEFT JOIN stock s USING (warehouse_id, sku_id, bucket, owner_id)
LEFT JOIN warehouses w ON w.id = b.warehouse_id LEFT JOIN skus k ON k.id = b.sku_id
WHERE b.pieces > coalesce(s.pieces, 0)""",
    ("account 1405 equals the value of stock", "1405 库存商品等于存货价值"): """
WITH stock AS (
  SELECT w.company_id, sum(v.posted)::bigint AS value_minor FROM value_accounts v
  JOIN warehouses w ON w.id = v.warehouse_id WHERE v.bounded GROUP BY w.company_id),
goods AS (SELECT id, company_id FROM money_accounts WHERE starts_with(account, '1405')),
books AS (
  SELECT company_id, sum(amount)::bigint AS value_minor FROM (
    SELECT g.company_id, t.amount FROM goods g JOIN money_transfers t ON t.credit_id = g.id
    UNION ALL SELECT g.company_id, -t.amount FROM goods g JOIN money_transfers t ON t.debit_id = g.id) AS m
  GROUP BY company_id)
SELECT c.code AS company, coalesce(stock.value_minor, 0) AS kept, coalesce(books.value_minor, 0) AS ledger
FROM stock FULL JOIN books USING (company_id) LEFT JOIN companies c ON c.id = company_id
WHERE coalesce(stock.value_minor, 0) <> coalesce(books.value_minor, 0)""",
}
"""Proofs that no module can do alone: a statement whose rows are what does not fit."""


class Proof(Struct, frozen=True, kw_only=True):
    """One thing proven; `against` is what speaks against it (the first few of `count`)."""

    what: str
    zh: str
    against: list[str]
    count: int = 0

    @property
    def holds(self) -> bool:
        return not self.against


class Report(Struct, frozen=True, kw_only=True):
    """What was proven at one moment. `skipped` are the proofs that must wait until no event does.

    `altered` tells whose log row the chain breaks at; None where the chain is whole or the row itself is gone.
    """

    proofs: list[Proof]
    chain: chain.ChainReport
    waiting: int
    parked: int
    skipped: list[str] = []
    altered: str | None = None

    @property
    def holds(self) -> bool:
        return self.chain.intact and all(proof.holds for proof in self.proofs)

    @property
    def exit_code(self) -> int:
        return 0 if self.holds else 1


async def prove(db: Database, *, looks: int = LOOKS) -> Report:
    """Prove everything, at one moment of the database; if it can be, at one in which no event waits."""
    wiring.load()
    for _ in range(looks - 1):
        async with db.reading(SYSTEM) as tx:
            lags = await _lags(tx)
            if not _waiting(lags):
                return await _report(tx, lags)
        await asyncio.sleep(LOOK_EVERY_S)
    async with db.reading(SYSTEM) as tx:
        return await _report(tx, await _lags(tx))


async def _report(tx: Tx, lags: list[Lag]) -> Report:
    waiting = _waiting(lags)
    proofs = [await _own(tx, name, run) for name, run in _module_proofs()]
    if not waiting:
        proofs += [await _between(tx, texts, sql) for texts, sql in BETWEEN.items()]
    found = await chain.verify(tx)
    return Report(
        proofs=proofs,
        chain=found,
        waiting=waiting,
        parked=sum({lag.consumer: lag.parked for lag in lags}.values()),
        skipped=[what for what, _ in BETWEEN] if waiting else [],
        altered=await _altered(tx, found),
    )


async def _lags(tx: Tx) -> list[Lag]:
    return [await store.lag(tx, c, lane, tx.now) for c in CONSUMERS.values() for lane in range(c.lanes)]


def _waiting(lags: list[Lag]) -> int:
    return sum(lag.waiting for lag in lags)


def _module_proofs() -> list[tuple[str, Prove]]:
    """The `prove` of every module that has one."""
    services = {
        name: import_module(f"shangmai.modules.{name}.service")
        for name in wiring.names()
        if find_spec(f"shangmai.modules.{name}.service") is not None
    }
    return [(name, service.prove) for name, service in services.items() if hasattr(service, "prove")]


async def _own(tx: Tx, name: str, run: Prove) -> Proof:
    found = await run(tx)
    BOOK_DIVERGENCES.labels(name).set(len(found))
    what, zh = OWN.get(name, (f"{name}: every balance equals its transfers", f"{name}：余额等于流水"))
    return _proof(what, zh, [f"{d.book} {d.what} {d.id}: {d.kept} ≠ {d.transfers}" for d in found])


async def _between(tx: Tx, texts: tuple[str, str], sql: str) -> Proof:
    rows = await tx.fetch(sql)
    BOOK_DIVERGENCES.labels(texts[0]).set(len(rows))
    return _proof(*texts, [_told(row) for row in rows])


def _told(row: Record) -> str:
    name, kept, ledger = row
    return f"{name}: {kept} ≠ {'–' if ledger is None else ledger}"


def _proof(what: str, zh: str, against: list[str]) -> Proof:
    return Proof(what=what, zh=zh, against=against[:SHOWN_MAX], count=len(against))


async def _altered(tx: Tx, found: chain.ChainReport) -> str | None:
    if found.log_id is None:
        return None
    row = await tx.fetchrow(
        "SELECT seq, action, actor_name, door, at FROM action_log WHERE id = $1 ORDER BY seq LIMIT 1", found.log_id
    )
    return None if row is None else "#{seq} {action} · {actor_name} · {door} · {at:%Y-%m-%d %H:%M:%S}".format(**row)


# --- for people ----------------------------------------------------------------------------------------------------


def as_json(report: Report) -> dict[str, Any]:
    """The report as plain values, with its verdict."""
    plain: dict[str, Any] = to_builtins(report)
    return {"holds": report.holds} | plain


def show(report: Report, lang: str = "zh-CN", console: Console | None = None) -> None:
    """Print the report."""
    (console or Console()).print(told(report, lang))


def told(report: Report, lang: str = "zh-CN") -> RenderableType:
    """The report as rich prints it."""
    zh = lang.startswith("zh")
    lines = [line for proof in report.proofs for line in _proof_lines(proof, zh)]
    chinese = dict(BETWEEN.keys())
    lines += [_line("·", "yellow", chinese[what] if zh else what) for what in report.skipped]
    return Group(*lines, *_chain_lines(report, zh), *_event_lines(report, zh), _verdict(report, zh))


def _line(mark: str, style: str, text: str) -> Text:
    return Text.assemble((f"{mark} ", style), text)


def _proof_lines(proof: Proof, zh: bool) -> list[Text]:
    title = proof.zh if zh else proof.what
    if proof.holds:
        return [_line("✓", "green", title)]
    more = proof.count - len(proof.against)
    lines = [_line("✗", "bold red", f"{title}  ({proof.count})"), *(Text(f"    {each}") for each in proof.against)]
    return lines + ([Text(f"    … +{more}")] if more > 0 else [])


def _chain_lines(report: Report, zh: bool) -> list[Text]:
    found = report.chain
    if found.intact:
        title = (
            "操作日志链完整：已封 {0}，待封 {1}" if zh else "the action log's chain is whole: {0} sealed, {1} to seal"
        )
        head = f"    {'链头' if zh else 'head'} {found.head}"
        return [_line("✓", "green", title.format(found.sealed, found.unsealed)), Text(head, style="dim")]
    title = "操作日志链在第 {0} 环断开：{1}" if zh else "the action log's chain breaks at link {0}: {1}"
    where = f"    {found.log_id}  {report.altered or ''}"
    return [_line("✗", "bold red", title.format(found.broken_at, found.problem)), Text(where)]


def _event_lines(report: Report, zh: bool) -> list[Text]:
    lines = []
    if report.waiting:
        text = (
            "{0} 个事件等待处理，跨模块核对已跳过" if zh else "{0} events wait; the proofs between modules were skipped"
        )
        lines.append(_line("!", "yellow", text.format(report.waiting)))
    if report.parked:
        text = "{0} 个事件被搁置（shangmai events parked）" if zh else "{0} events are parked (shangmai events parked)"
        lines.append(_line("!", "yellow", text.format(report.parked)))
    return lines


def _verdict(report: Report, zh: bool) -> Text:
    if report.holds and report.skipped:
        return Text("已核对的都相符" if zh else "what was proven agrees", style="bold green")
    if report.holds:
        return Text("全部相符" if zh else "everything agrees", style="bold green")
    return Text("有不符，见上" if zh else "something does not agree, see above", style="bold red")

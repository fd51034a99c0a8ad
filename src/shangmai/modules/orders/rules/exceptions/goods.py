"""Exceptions of what is to be sent."""

from __future__ import annotations

from collections.abc import Mapping

from shangmai.modules.catalog.contract import SkuId, SkuKind
from shangmai.modules.orders.contract import OrderLine
from shangmai.modules.orders.contract.causes import FLOOR_SHORT, GIFT_SHORT, PART_SHORT, SHORT
from shangmai.modules.orders.rules.auditing import with_skus
from shangmai.modules.orders.rules.exceptions.situation import Found, Limits, Need, Situation, detects, number


@detects(SHORT.removeprefix("orders."), Need.HELD)
def short(s: Situation, _: Limits) -> Found | None:
    """Fewer pieces are held in stock than are left to send."""
    return None if s.placed.in_parts else _short(s, s.placed.missing)


@detects(PART_SHORT.removeprefix("orders."), Need.HELD)
def part_short(s: Situation, _: Limits) -> Found | None:
    """So too, but enough is held for that to go first."""
    return _short(s, s.placed.missing) if s.placed.in_parts else None


@detects(GIFT_SHORT.removeprefix("orders."), Need.GIFTS)
def gift_short(s: Situation, _: Limits) -> Found | None:
    return _short(s, s.gifts_short)


def _short(s: Situation, missing: Mapping[SkuId, int]) -> Found | None:
    if not missing:
        return None
    names = ", ".join(f"{s.skus[id_].code if id_ in s.skus else id_} x {qty}" for id_, qty in missing.items())
    lines = [{"sku_id": str(id_), "qty": qty} for id_, qty in missing.items()]
    receipt = {"warehouse_id": str(s.order.warehouse_id), "reference": s.order.number, "lines": lines}
    return Found({"pieces": str(sum(missing.values())), "skus": names}, receipt)


@detects(FLOOR_SHORT.removeprefix("orders."), Need.FLOOR)
def floor_short(s: Situation, _: Limits) -> Found | None:
    """Stock and bins say that it is there, and it is not: count, cancel, or send it from elsewhere."""
    if not s.floor_short:
        return None
    names = {s.skus[id_].code if id_ in s.skus else str(id_): qty for id_, qty in s.floor_short.items()}
    said = ", ".join(f"{code} x {qty}" for code, qty in names.items())
    known = {"warehouse_id": str(s.order.warehouse_id), "barcode": next(iter(names))}
    return Found({"pieces": str(sum(names.values())), "skus": said}, known)


@detects("sku_delisted")
def sku_delisted(s: Situation, _: Limits) -> Found | None:
    gone = [line for line, sku in with_skus(s.goods, s.skus) if not sku.active]
    return Found({"skus": s.codes(gone)}) if gone else None


@detects("cost_missing", Need.COST)
def cost_missing(s: Situation, _: Limits) -> Found | None:
    """Of lines that have not left; what has left took a cost with it."""
    unknown = [
        line
        for line, sku in with_skus(s.goods, s.skus)
        if sku.kind is not SkuKind.SERVICE and line.line in s.seen.costless
    ]
    return Found({"skus": s.codes(unknown)}) if unknown else None


@detects("weight_missing")
def weight_missing(s: Situation, _: Limits) -> Found | None:
    unknown = [line for line, sku in with_skus(s.goods, s.skus) if sku.kind is not SkuKind.SERVICE and not sku.weight_g]
    return Found({"skus": s.codes(unknown)}, {"sku_id": str(unknown[0].sku_id)}) if unknown else None


@detects("big_quantity")
def big_quantity(s: Situation, limits: Limits) -> Found | None:
    most = max(_pieces(s.goods).values(), default=0)
    return Found({"pieces": str(most)}) if most >= number(limits, "pieces") else None


@detects("heavy")
def heavy(s: Situation, limits: Limits) -> Found | None:
    weight_g = sum(sku.weight_g * line.due_qty for line, sku in with_skus(s.goods, s.skus))
    return Found({"kg": f"{weight_g // 1000}"}) if weight_g >= number(limits, "weight_g") else None


def _pieces(lines: list[OrderLine]) -> dict[SkuId | None, int]:
    pieces: dict[SkuId | None, int] = {}
    for line in lines:
        pieces[line.sku_id] = pieces.get(line.sku_id, 0) + line.due_qty
    return pieces

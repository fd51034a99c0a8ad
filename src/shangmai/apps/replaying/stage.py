"""What the orders are played on: a company with three warehouses, its goods in bins, carriers, rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from msgspec import Struct

from shangmai.apps.replaying.year import PastOrder, draw
from shangmai.kernel.actions.contract import ACTIONS, Answer, Call
from shangmai.kernel.actions.runner import Runner, read_input
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.money import Money, Rounding
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.service import resolve_region
from shangmai.modules.warehouse.contract.paths import Layout

CURRENCY: Final = "CNY"
CARRIER: Final = "ZTO"
CHUNK: Final = 500
AISLE_MM: Final = 42_000
PITCH_MM: Final = 3_000
BAYS: Final = 40
HOUSES: Final = (("HZ", "杭州仓", "330100"), ("CD", "成都仓", "510100"), ("TJ", "天津仓", "120100"))
"""Code, name, and where it stands."""
MORE_PERCENT: Final = 5
"""By how much more of each SKU lies in a warehouse than the orders from around it need; a piece at least."""
WAVES: Final = {
    "auto": True,
    "orders_min": 12,
    "wait_s": 1800,
    "methods": {"single": "sort", "multi": "sort", "hot": "sort", "big": "each"},
}
"""Waves make themselves; pieces are told apart while they are picked, and big orders are picked one by one."""
NEAR: Final = {
    "330000": ["330000", "310000", "320000", "350000"],
    "510000": ["510000", "500000", "610000", "530000"],
    "120000": ["120000", "110000", "370000", "210000"],
}
"""By the province that a warehouse stands in, where its parcels are cheap and fast."""
DEAR_MINOR: Final = 500_000
"""An order from so much on is looked at by finance."""


class House(Struct, frozen=True):
    """A warehouse of the stage, how its aisles lie, and what really stands in it: pieces by bin and SKU code."""

    id: WarehouseId
    code: str
    layout: Layout
    shelf: dict[tuple[str, str], int]


class Stage(Struct, frozen=True):
    """Ids of what was made. `weights_g`: of a piece, by SKU code."""

    company_id: UUID
    shop_id: UUID
    houses: tuple[House, ...]
    skus: dict[str, UUID]
    weights_g: dict[str, int]


class Builder:
    """Makes the stage through the actions, as anybody would."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    async def act(self, action: str, /, **given: Any) -> Any:
        """Run an action; raises its refusal."""
        call = Call(action=action, input=read_input(ACTIONS[action], given), actor=SYSTEM, door="cli")
        return (await self._runner.run(call)).unwrap()

    async def act_many(self, name: str, inputs: Sequence[dict[str, Any]]) -> list[Any]:
        """Run an action for each of these, some at a time; raises the first refusal."""
        return [answer.unwrap() for answer in await self.answers(name, inputs)]

    async def answers(
        self, name: str, inputs: Sequence[dict[str, Any]], at: Sequence[datetime] | None = None
    ) -> list[Answer]:
        """What an action answers to each of these, some at a time; each at its own time, if they are given."""
        spec = ACTIONS[name]
        calls = [
            Call(action=name, input=read_input(spec, given), actor=SYSTEM, door="cli", at=None if at is None else at[n])
            for n, given in enumerate(inputs)
        ]
        answers: list[Answer] = []
        for start in range(0, len(calls), CHUNK):
            answers += await self._runner.run_list(calls[start : start + CHUNK])
        return answers

    async def build(self, orders: Sequence[PastOrder]) -> Stage:
        """Company, shop, goods, warehouses with bins and stock, price cards, waybills, rules."""
        company = (await self.act("organization.create_company", code="HQ", name="重演公司", currency=CURRENCY)).id
        await self.act("ledger.open_books", company_id=company)
        shop = (
            await self.act(
                "organization.create_shop",
                code="PAST", name="重演店", company_id=company, kind="mall", currency=CURRENCY,
            )
        ).id  # fmt: skip
        prices = _prices(orders)
        skus = await self._goods(prices)
        houses = [await self._house(company, house, skus, _needs(orders, house[2])) for house in HOUSES]
        await self.act("inventory.assign_warehouse", shop_id=shop, warehouse_id=houses[0].id)
        await self._carriers(company, len(orders) * 4)
        await self._rules(company)
        return Stage(company, shop, tuple(houses), skus, {code: weight_g(code) for code in skus})

    async def _goods(self, prices: dict[str, int]) -> dict[str, UUID]:
        inputs = [
            {
                "code": f"P-{code}",
                "name": code,
                "skus": [{"code": code, "price_minor": price, "currency": CURRENCY, "weight_g": weight_g(code)}],
            }
            for code, price in sorted(prices.items())
        ]
        made = await self.act_many("catalog.create_product", inputs)
        return {sku.code: sku.id for product in made for sku in product.skus}

    async def _house(
        self, company: UUID, house: tuple[str, str, str], skus: dict[str, UUID], wanted: Counter[str]
    ) -> House:
        code, name, region = house
        id_ = (await self.act("inventory.create_warehouse", code=code, name=name, company_id=company, region=region)).id
        aisles = -(-len(skus) // BAYS)
        await self.act("warehouse.save_zone", warehouse_id=id_, code="A", name="拣货区")
        bins: list[dict[str, Any]] = [{"code": "OUT", "zone": "A", "kind": "stage"}]
        home = {}
        for at, sku in enumerate(sorted(skus)):
            aisle, bay = divmod(at, BAYS)
            home[sku] = f"{aisle + 1:03}-{bay + 1:02}"
            bins.append({"code": home[sku], "zone": "A", "aisle": aisle, "bay": bay, "offset_mm": 500 + bay * 1_000})
        for start in range(0, len(bins), 2000):
            await self.act("warehouse.save_bins", warehouse_id=id_, bins=bins[start : start + 2000])
        pieces = {sku: wanted[sku] + -(-wanted[sku] * MORE_PERCENT // 100) for sku in skus if wanted[sku]}
        await self._fill(id_, skus, home, pieces)
        policy = {"on": True, "waves": WAVES, "must_weigh": True}
        await self.act("warehouse.set_floor_policy", warehouse_id=id_, policy=policy)
        layout = Layout(aisles=aisles, pitch_mm=PITCH_MM, cross_mm=(0, AISLE_MM))
        return House(id_, code, layout, {(home[sku], sku): qty for sku, qty in pieces.items()})

    async def _fill(self, id_: UUID, skus: dict[str, UUID], home: dict[str, str], pieces: dict[str, int]) -> None:
        codes = sorted(pieces)
        for start in range(0, len(codes), CHUNK):
            some = codes[start : start + CHUNK]
            received = [{"sku_id": skus[code], "qty": pieces[code], "cost_minor": pieces[code] * 100} for code in some]
            await self.act("inventory.receive", warehouse_id=id_, reference="期初", lines=received)
            placed = [{"sku_id": skus[code], "qty": pieces[code], "bin": home[code]} for code in some]
            await self.act("warehouse.put_away", warehouse_id=id_, lines=placed)

    async def _carriers(self, company: UUID, waybills: int) -> None:
        account = await self.act("logistics.set_carrier_account", company_id=company, carrier=CARRIER, low_at=0)
        await self.act(
            "logistics.add_waybills", account_id=account.id, first="73610000000001", count=min(waybills, 100_000)
        )
        for origin, near in NEAR.items():
            zones = [
                {"regions": near, "first_minor": 600, "step_minor": 150, "hours": 24},
                {"first_minor": 1200, "step_minor": 800, "hours": 72},
            ]
            await self.act(
                "logistics.save_carrier_card",
                company_id=company, code=f"{CARRIER}-{origin[:2]}", name="中通", origins=[origin], zones=zones,
            )  # fmt: skip

    async def _rules(self, company: UUID) -> None:
        tables = {
            "orders.audit": [
                {
                    "id": "dear",
                    "when": {"total_minor": f">= {DEAR_MINOR}"},
                    "then": {"verdict": "finance", "cause": "大额订单"},
                },
                {"id": "rest", "when": {}, "then": {"verdict": "release"}},
            ],
            "orders.courier": [{"id": "all", "when": {}, "then": {"courier": CARRIER}}],
        }
        for subject, rows in tables.items():
            await self.act("rules.save_table", company_id=company, subject=subject, table={"rows": rows})
            await self.act("rules.publish_table", company_id=company, subject=subject)
        await self.act("orders.set_unit_policy", company_id=company, policy={"sourcing": True, "merge_minutes": 30})


def weight_g(code: str) -> int:
    """What a piece weighs: the file does not say, so it is made up, always the same for a SKU."""
    return 50 + draw(code) % 450


def _needs(orders: Sequence[PastOrder], region: str) -> Counter[str]:
    """Pieces by SKU code that the orders from around a warehouse need."""
    near = {code[:2] for code in NEAR[f"{region[:2]}0000"]}
    wanted = Counter[str]()
    for order in orders:
        to = order.receiver
        if resolve_region(to["province"], to["city"], to["district"]).code[:2] in near:
            for line in order.lines:
                wanted[line.code] += line.qty
    return wanted


def _prices(orders: Sequence[PastOrder]) -> dict[str, int]:
    """The first price of each SKU, in minor units."""
    prices: dict[str, int] = {}
    for order in orders:
        for line in order.lines:
            prices.setdefault(line.code, Money.parse(line.price, CURRENCY, Rounding.HALF_AWAY).minor)
    return prices

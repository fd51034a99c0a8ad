"""The sample company that a first run is filled with, and whom to sign in as to look around.

Everything goes through the same actions as any other door, each with an idempotency key of its own: a seeding that was
cut short is simply gone on with, and a second one changes nothing.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import msgspec

from shangmai.apps import demo_floor, demo_goods, demo_pages, demo_parcels
from shangmai.apps import demo_words as words
from shangmai.kernel.actions.contract import ACTIONS, Call
from shangmai.kernel.actions.inputs import read_input
from shangmai.kernel.actors import SYSTEM, Actor
from shangmai.modules.logistics import service as logistics
from shangmai.modules.members import service as members
from shangmai.modules.storefront import service as storefront
from shangmai.modules.storefront.contract.pages import PageMovedOn

if TYPE_CHECKING:
    from shangmai.kernel.actions.runner import Runner


class DemoLogin(msgspec.Struct, frozen=True, kw_only=True):
    """Someone of the sample company; the passwords are public."""

    login: str
    password: str
    role: str
    role_en: str


LOGINS: Final[list[DemoLogin]] = [
    DemoLogin(login="boss", password="demo-Chaye-1", role="老板", role_en="owner"),
    DemoLogin(login="xiaoli", password="demo-Chaye-2", role="客服", role_en="clerk"),
    DemoLogin(login="laowang", password="demo-Chaye-3", role="仓管", role_en="picker"),
    DemoLogin(login="yunying", password="demo-Chaye-5", role="运营", role_en="merchandiser"),
    DemoLogin(login="kuaiji", password="demo-Chaye-4", role="财务", role_en="accountant"),
]
EVERYWHERE: Final = dict.fromkeys(("company", "shop", "warehouse", "region", "member"), "*")

# code, name, English name, price, cost (both in fen), pieces on the shelf
GOODS: Final = [
    ("TEA-001", "明前龙井 250g", "Longjing green tea 250 g", 16800, 9200, 320),
    ("TEA-002", "安溪铁观音 250g", "Tieguanyin oolong 250 g", 12800, 6400, 280),
    ("TEA-003", "正山小种 200g", "Lapsang Souchong 200 g", 9800, 4600, 410),
    ("TEA-004", "福鼎白茶饼 350g", "Fuding white tea cake 350 g", 23800, 12600, 150),
    ("TEA-005", "勐海普洱熟茶 357g", "Menghai ripe Pu'er 357 g", 19800, 9900, 200),
    ("TEA-006", "桂花乌龙 100g", "Osmanthus oolong 100 g", 5900, 2300, 520),
    ("TEA-007", "茉莉花茶 150g", "Jasmine tea 150 g", 4900, 1900, 600),
    ("POT-001", "紫砂壶 西施 200ml", "Yixing teapot Xishi 200 ml", 39900, 18500, 60),
    ("POT-002", "白瓷盖碗", "White porcelain gaiwan", 8800, 3500, 180),
    ("CUP-001", "青瓷品茗杯 6只装", "Celadon tasting cups, set of 6", 12900, 5200, 140),
    ("CUP-002", "双层玻璃杯 350ml", "Double-wall glass 350 ml", 6900, 2600, 260),
    ("SET-101", "竹制茶盘", "Bamboo tea tray", 18900, 8100, 75),
    ("ACC-001", "茶则茶针六件套", "Tea tools, six pieces", 5800, 2100, 220),
    ("ACC-002", "茶叶罐 锡制", "Pewter tea caddy", 14900, 6800, 90),
    ("GIFT-01", "礼盒包装", "Gift box", 1500, 500, 1000),
]
KIT: Final = ("KIT-001", "龙井礼盒（龙井＋盖碗＋礼盒）", "Longjing gift set", 25900, ["TEA-001", "POT-002", "GIFT-01"])
CUSTOMERS: Final = [
    ("张伟", "13800010001", "上海市", "静安区", "南京西路 100 号"),
    ("王芳", "13800010002", "浙江省", "杭州市", "龙井路 18 号"),
    ("李娜", "13800010003", "北京市", "朝阳区", "建国路 88 号"),
    ("刘洋", "13800010004", "广东省", "广州市", "天河路 208 号"),
    ("陈静", "13800010005", "福建省", "厦门市", "湖滨南路 66 号"),
]
# customer, [(SKU, pieces)], how far it has come, days ago
ORDERS: Final = [
    (0, [("TEA-001", 2), ("GIFT-01", 1)], "signed", 9),
    (1, [("POT-001", 1), ("TEA-005", 1)], "signed", 8),
    (2, [("KIT-001", 1)], "shipped", 5),
    (3, [("TEA-006", 3), ("TEA-007", 2)], "returned", 4),
    (4, [("CUP-001", 1), ("SET-101", 1)], "shipped", 3),
    (0, [("TEA-004", 1)], "paid", 2),
    (1, [("TEA-003", 2), ("ACC-001", 1)], "paid", 1),
    (2, [("TEA-002", 1)], "canceled", 1),
    (3, [("CUP-002", 4)], "placed", 0),
    (4, [("TEA-007", 1), ("ACC-002", 1)], "placed", 0),
]

# customer, goods, how far, days ago: one that promotions made cheaper
PROMOTED: Final = (1, [("TEA-001", 1), ("TEA-007", 2)], "paid", 0)


async def seed(runner: Runner) -> None:
    """Fill an empty database with the sample company; what is there already is left as it is."""
    sample = _Sample(runner)
    await sample.make_company()
    await sample.make_staff()
    await sample.make_goods()
    await sample.say_of_goods()
    await sample.make_more_goods()
    await sample.make_variants()
    await sample.make_second_warehouse()
    await sample.make_carriers()
    await sample.make_floor()
    await sample.share_stock()
    await sample.make_customers()
    await sample.make_checkout()
    for n, order in enumerate(ORDERS):
        await sample.make_order(n, *order)
    await sample.make_promotions()
    await sample.make_order(len(ORDERS), *PROMOTED)
    await sample.make_exceptions()
    await sample.make_flash_sales()
    await sample.make_voices()
    await sample.make_more_voices()
    await sample.make_pages()


class _Sample:
    """Makes the company step by step; each action's key says what it is for."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner
        self._skus: dict[str, Any] = {}
        self._products: dict[str, Any] = {}
        self._more: dict[str, Any] = {}
        self._categories: dict[str, Any] = {}
        self._customers: list[Any] = []
        self._orders: list[Any] = []

    async def _act(
        self, key: str, name: str, given: dict[str, Any], days_ago: float | None = None, actor: Actor = SYSTEM
    ) -> Any:
        at = None if days_ago is None else self._start + timedelta(days=30 - days_ago)
        call = Call(
            action=name, input=read_input(ACTIONS[name], given), actor=actor, door="demo", key=f"demo:{key}", at=at
        )
        return (await self._runner.run(call)).unwrap()

    async def make_company(self) -> None:
        given = {"code": "CHAYE", "name": "清和茶业有限公司"}
        company = await self._act("company", "organization.create_company", given)
        self._company_id = company.id
        self._start = await self._started()
        await self._act("books", "ledger.open_books", {"company_id": company.id})
        shop = {"code": "MALL", "name": "清和茶铺 商城", "company_id": company.id, "kind": "mall", "currency": "CNY"}
        self._shop_id = (await self._act("shop", "organization.create_shop", shop)).id
        place = {"code": "HZ", "name": "杭州一号仓", "company_id": company.id}
        self._warehouse_id = (await self._act("warehouse", "inventory.create_warehouse", place)).id
        assign = {"shop_id": self._shop_id, "warehouse_id": self._warehouse_id}
        await self._act("assign", "inventory.assign_warehouse", assign)

    async def _started(self) -> datetime:
        """Thirty days before the first seeding began, so that a repeated one asks for the same things."""
        async with self._runner.db.transaction() as tx:
            first: datetime = await tx.fetchval(
                "SELECT min(at) FROM action_log WHERE door = 'demo' AND key = 'demo:company'"
            )
        return first - timedelta(days=30)

    async def make_staff(self) -> None:
        for who in LOGINS:
            given = {"login": who.login, "display_name": f"{who.role}（演示）", "password": who.password}
            await self._act(
                f"user:{who.login}",
                "identity.create_user",
                {**given, "roles": [who.role_en], "scopes": EVERYWHERE},
            )

    async def make_goods(self) -> None:
        for code, name, english, price, _, _ in GOODS:
            await self._make_product(code, name, english, price)
        code, name, english, price, parts = KIT
        await self._make_product(code, name, english, price, kind="kit", components=[{"code": c} for c in parts])
        lines = [
            {"sku_id": self._skus[code], "qty": qty, "cost_minor": qty * cost} for code, _, _, _, cost, qty in GOODS
        ]
        receipt = {"warehouse_id": self._warehouse_id, "reference": "期初采购 PO-0001", "lines": lines}
        await self._act("receipt", "inventory.receive", receipt, days_ago=20)

    async def _make_product(self, code: str, name: str, english: str, price: int, **more: Any) -> None:
        sku = {"code": code, "name": name, "price_minor": price, "currency": "CNY", **more}
        given = {"code": code, "name": name, "name_en": english, "skus": [sku]}
        product = await self._act(f"product:{code}", "catalog.create_product", given)
        await self._act(f"list:{code}", "catalog.list_product", {"product_id": product.id})
        self._skus[code] = product.skus[0].id
        self._products[code] = product.id

    async def say_of_goods(self) -> None:
        """Sort the goods, say what they are, and show which go together."""
        for key, name, english, above in words.CATEGORIES:
            place = {"name": name, "name_en": english, "parent_id": self._categories.get(above or "")}
            self._categories[key] = (await self._act(f"category:{key}", "catalog.create_category", place)).id
        await self._act("brand", "catalog.create_brand", words.BRAND)
        for attribute in words.ATTRIBUTES:
            await self._act(f"attribute:{attribute['key']}", "catalog.define_attribute", attribute)
        for code, category, attributes, tags, zh, en in words.SAID:
            said = {"attributes": attributes, "tags": tags, "brand": words.BRAND["name"]}
            await self._say(code, zh, en, category_id=self._categories[category], **said)
        for code, related in words.RELATED:
            do = {"product_id": self._products[code], "related": related}
            await self._act(f"related:{code}", "catalog.update_product", do)

    async def make_more_goods(self) -> None:
        """Fill the shelves: the shop has some 280 products, sold from three warehouses."""
        made = await demo_goods.make(self._act, self._categories, words.BRAND["name"])
        self._more = {code: sku_id for code, (_, sku_id) in made.items()}
        self._products |= {code: product_id for code, (product_id, _) in made.items()}
        await demo_goods.stock(self._act, self._company_id, self._warehouse_id, self._more)

    async def _say(self, code: str, zh: str, en: str, **more: Any) -> None:
        said = {"zh-CN": {"summary": zh, "body": zh}, "en": {"summary": en, "body": en}}
        do = {"product_id": self._products[code], "descriptions": said, **more}
        await self._act(f"said:{code}", "catalog.update_product", do)

    async def make_variants(self) -> None:
        """Make one product whose SKUs differ in two things, and put it on the shelf."""
        given = {**words.TUMBLER, "category_id": self._categories["ware"]}
        made = await self._act("variants", "catalog.create_variants", given)
        self._products[made.code] = made.id
        await self._say(made.code, *words.TUMBLER_SAID)
        await self._act(f"list:{made.code}", "catalog.list_product", {"product_id": made.id})
        qty, cost = words.TUMBLER_QTY, words.TUMBLER_QTY * words.TUMBLER_COST_MINOR
        lines = [{"sku_id": sku.id, "qty": qty, "cost_minor": cost} for sku in made.skus]
        receipt = {"warehouse_id": self._warehouse_id, "reference": "期初采购 PO-0002", "lines": lines}
        await self._act("receipt:variants", "inventory.receive", receipt, days_ago=20)

    async def make_second_warehouse(self) -> None:
        """Say where the warehouses stand and what a carrier asks, so that there is something to choose."""
        region = {"warehouse_id": self._warehouse_id, "region": "330100"}
        await self._act("region", "inventory.set_warehouse_region", region)
        place = {"code": "CD", "name": "成都二号仓", "company_id": self._company_id, "region": "510100"}
        second = (await self._act("warehouse:CD", "inventory.create_warehouse", place)).id
        lines = [
            {"sku_id": self._skus[code], "qty": words.SECOND_QTY, "cost_minor": words.SECOND_QTY * cost}
            for code, _, _, _, cost, _ in GOODS[:6]
        ]
        receipt = {"warehouse_id": second, "reference": "期初采购 PO-0003", "lines": lines}
        await self._act("receipt:CD", "inventory.receive", receipt, days_ago=20)
        for card in words.CARRIER_CARDS:
            await self._act(
                f"card:{card['code']}", "logistics.save_carrier_card", {"company_id": self._company_id, **card}
            )
        policy = {"company_id": self._company_id, "policy": {"sourcing": True}}
        await self._act("units", "orders.set_unit_policy", policy)
        for sender in words.SENDERS:
            of = {"warehouse_id": second if sender["region_code"] == "510104" else self._warehouse_id}
            await self._act(f"sender:{sender['region_code']}", "logistics.set_sender", sender | of)

    async def make_carriers(self) -> None:
        """Open accounts with carriers that have given numbers, so that parcels can be booked; say when they leave."""
        await self._act("cutoff", "logistics.set_cutoff", {"warehouse_id": self._warehouse_id, **words.CUTOFF})
        for carrier, first, count in words.POOLS:
            given = {"company_id": self._company_id, "carrier": carrier, "low_at": 100}
            account = await self._act(f"carrier:{carrier}", "logistics.set_carrier_account", given)
            pool = {"account_id": account.id, "first": first, "count": count}
            await self._act(f"pool:{carrier}", "logistics.add_waybills", pool)

    async def make_floor(self) -> None:
        """Make zones and bins; put the goods into them unless orders have gone out of a warehouse without any."""
        start = self._start.date()
        await demo_floor.make_places(self._act, self._company_id, self._warehouse_id, self._skus, start)
        await demo_goods.make_shelves(self._act, self._warehouse_id)
        async with self._runner.db.transaction() as tx:
            sold: bool = await tx.fetchval(
                "SELECT EXISTS (SELECT FROM action_log WHERE door = 'demo' AND key = 'demo:order:0:place')"
                " AND NOT EXISTS (SELECT FROM action_log WHERE door = 'demo' AND key = 'demo:put_away')"
            )
        if not sold:
            goods = [(code, qty) for code, _, _, _, _, qty in GOODS]
            await demo_floor.fill(self._act, self._warehouse_id, self._skus, goods)
            await demo_goods.put_away(self._act, self._warehouse_id, self._more)
            await demo_floor.begin(self._act, self._warehouse_id)
        await demo_floor.announce(self._act, self._warehouse_id, self._skus)

    async def share_stock(self) -> None:
        """Let the mall show a part of one tea and keep a few pieces of another back."""
        for code, rule in words.SHARES.items():
            share = {"shop_id": self._shop_id, "sku_id": self._skus[code], **rule}
            await self._act(f"share:{code}", "inventory.set_channel_share", share)

    async def make_customers(self) -> None:
        for n, (name, phone, *_) in enumerate(CUSTOMERS):
            given = {"shop_id": self._shop_id, "ref": f"C{n + 1:04}", "name": name, "phone": phone}
            self._customers.append((await self._act(f"customer:{n}", "members.register", given)).customer_id)
        policy = {"company_id": self._company_id, "policy": words.POINTS}
        await self._act("points", "members.set_points_policy", policy, days_ago=20)
        levels = {"shop_id": self._shop_id, "rule": words.LEVELS}
        await self._act("levels", "members.set_level_rule", levels, days_ago=20)
        for n, customer in enumerate(self._customers):
            given = {"customer_id": customer, "points": words.WELCOME_POINTS, "reason": "开业送积分"}
            await self._act(f"points:{n}", "members.adjust_points", given, days_ago=20)

    async def make_checkout(self) -> None:
        """Say what sending costs, where orders can be fetched and how they may be paid; give everybody an address."""
        shop = {"shop_id": self._shop_id}
        await self._act("freight", "logistics.save_freight_template", {**shop, **words.FREIGHT})
        point = {**shop, "warehouse_id": self._warehouse_id, **words.PICKUP_POINT}
        await self._act("pickup", "checkout.save_pickup_point", point)
        await self._act("checkout", "checkout.set_settings", {**shop, "on_delivery": True})
        for n, (name, phone, province, city, street) in enumerate(CUSTOMERS):
            where = {"name": name, "phone": phone, **_place(province, city), "street": street}
            await self._act(f"address:{n}", "members.add_address", {"customer_id": self._customers[n], **where})

    async def make_promotions(self) -> None:
        """Publish what runs in the shop, and give everybody a coupon; orders placed before keep their prices."""
        for code, floor in words.FLOORS.items():
            given = {"sku_id": self._skus[code], "currency": "CNY", "floor_minor": floor}
            await self._act(f"floor:{code}", "pricing.set_floors", given)
        coupons = None
        for promotion in words.promotions(self._products, self._start):
            made = await self._act(f"promotion:{promotion['code']}", "pricing.create_promotion", promotion)
            publish = {"promotion_id": made.id}
            await self._act(f"publish:{made.code}", "pricing.publish_promotion", publish)
            coupons = made.id if made.needs_coupon else coupons
        for promotion in demo_goods.promotions(self._categories, self._products, self._start):
            made = await self._act(f"promotion:{promotion['code']}", "pricing.create_promotion", promotion)
            await self._act(f"publish:{made.code}", "pricing.publish_promotion", {"promotion_id": made.id})
        batch = {**words.COUPONS, "promotion_id": coupons}
        await self._act("coupons", "pricing.create_coupon_batch", batch)
        for n, customer in enumerate(self._customers):
            grant = {"batch": words.COUPONS["code"], "customer_id": customer}
            await self._act(f"coupon:{n}", "pricing.grant_coupon", grant)

    async def make_order(self, n: int, customer: int, goods: list[tuple[str, int]], reach: str, days_ago: int) -> None:
        """Place an order and take it as far as it has come."""
        order = await self._place(n, customer, goods, days_ago)
        self._orders.append(order.id)
        waybill = f"SF10000{n:05}"
        steps: dict[str, tuple[float, str, dict[str, Any]]] = {
            "pay": (1, "orders.pay", {"amount_minor": order.total_minor, "method": "wechat", "reference": f"WX{n:06}"}),
            "ship": (2, "orders.ship", {"carrier": "顺丰", "waybill": waybill}),
            "sign": (50, "orders.sign", {}),
            "cancel": (1, "orders.cancel", {"reason": "客户拍错"}),
            "return": (
                72, "orders.return", {"lines": [{"line": 2, "qty": 1}], "reason": "七天无理由", "method": "wechat"},
            ),
        }  # fmt: skip
        journey = {
            "placed": [],
            "canceled": ["cancel"],
            "paid": ["pay"],
            "shipped": ["pay", "ship"],
            "signed": ["pay", "ship", "sign"],
            "returned": ["pay", "ship", "return"],
        }
        for step in journey[reach]:
            hours, name, given = steps[step]
            when = days_ago + 0.5 - hours / 24
            done = await self._act(f"order:{n}:{step}", name, {"order_id": order.id, **given}, when)
            if step == "ship":
                await self._carry(f"order:{n}", customer, done, waybill, when, reach)

    async def _carry(self, key: str, customer: int, shipment: Any, waybill: str, days_ago: float, reach: str) -> None:
        """Let the carrier scan a shipment that left so many days ago."""
        _, _, province, city, _ = CUSTOMERS[customer]
        began = self._start + timedelta(days=30)
        region = logistics.resolve_region(**_place(province, city)).code
        parcel = demo_parcels.parcel_of(shipment, waybill, self._company_id, self._warehouse_id, region)
        left_at = began - timedelta(days=days_ago)
        await demo_parcels.carry(self._act, key, parcel, left_at, began, is_there=reach != "shipped")

    async def make_flash_sales(self) -> None:
        """Put a few goods on sale for the days after the first run, so that a countdown can be seen."""
        since = self._start + timedelta(days=30)
        for code, price, units, days in words.FLASH_SALES:
            sale = {
                "shop_id": self._shop_id,
                "code": f"FLASH-{code}",
                "name": "限时秒杀",
                "sku_id": self._skus[code],
                "price_minor": price,
                "units": units,
                "per_buyer": 2,
                "starts_at": since.isoformat(),
                "ends_at": (since + timedelta(days=days)).isoformat(),
            }
            await self._act(f"flash:{code}", "marketing.open_flash_sale", sale)

    async def make_voices(self) -> None:
        """Let buyers review what they got, and the shop answer what shoppers ask of what is in its window."""
        shown = {"product_ids": [self._products[code] for code, *_ in words.QUESTIONS]}
        await self._act("window", "storefront.refresh", shown)
        for n, (order, line, customer, stars, text) in enumerate(words.REVIEWS):
            review = {"order_id": self._orders[order], "line": line, "stars": stars, "text": text}
            await self._act(f"review:{n}", "storefront.submit_review", review, actor=self._as(customer))
        for n, (code, customer, asked, answered) in enumerate(words.QUESTIONS):
            question = {"product_id": self._products[code], "text": asked}
            made = await self._act(f"question:{n}", "storefront.ask_question", question, actor=self._as(customer))
            answer = {"question_id": made.id, "text": answered}
            await self._act(f"answer:{n}", "storefront.answer_for_shop", answer)

    async def make_more_voices(self) -> None:
        """Let three buyers have bought many things some weeks ago, and say what they think of them."""
        lots = [(n, *each) for n, each in enumerate(demo_goods.BOUGHT, 100)]
        for n, customer, every, first, days_ago in lots:
            codes = demo_goods.bought(every, first)
            self._skus |= {code: self._more[code] for code in codes}
            await self.make_order(n, customer, [(code, 1) for code in codes], "signed", days_ago)
            for line in range(1, len(codes) + 1):
                stars, text = demo_goods.SAID[(n + line) % len(demo_goods.SAID)]
                review = {"order_id": self._orders[-1], "line": line, "stars": stars, "text": text}
                who = self._as(customer)
                await self._act(f"review:{n}:{line}", "storefront.submit_review", review, actor=who)

    async def make_pages(self) -> None:
        """Decorate the mall: a campaign, and a first page that leads to it; what somebody has decorated stays."""
        named = {"product_ids": [self._products[code] for code in demo_pages.NAMED]}
        await self._act("window:pages", "storefront.refresh", named)
        pages = {demo_pages.CAMPAIGN: demo_pages.campaign(self._products), "home": demo_pages.home(self._categories)}
        pages |= {each.slug: demo_pages.of_template(each) for each in storefront.TEMPLATES}
        for slug, page in pages.items():
            of = {"shop_id": self._shop_id, "slug": slug}
            try:
                saved = await self._act(f"page:{slug}", "storefront.save_page", {**of, "base": 0, **page})
            except PageMovedOn:
                continue
            await self._act(f"page:{slug}:shown", "storefront.publish_page", {**of, "version": saved.version})

    def _as(self, customer: int) -> Actor:
        return members.actor_of_customer(self._customers[customer], self._shop_id)

    async def make_exceptions(self) -> None:
        """Give the work list something: an order that waits for stock, one with a cause of the company's own."""
        company = {"company_id": self._company_id}
        await self._act("own-cause", "orders.define_cause", {**company, **words.OWN_CAUSE})
        short = await self._act(
            "short",
            "orders.place",
            {
                "shop_id": self._shop_id,
                "customer_id": self._customers[0],
                "external_no": "DEMO-SHORT",
                "lines": [{"sku_id": self._skus["TEA-001"], "qty": words.MORE_THAN_THERE_IS}],
                "when_short": "wait",
            },
            days_ago=0.4,
        )
        order = {"order_id": short.id}
        remark = {**order, "flag": "yellow", "remark": words.SELLER_REMARK}
        await self._act("remark", "orders.set_remark", remark, days_ago=0.3)
        raised = {**order, "code": words.OWN_CAUSE["code"], "note": words.OWN_NOTE}
        await self._act("own-raised", "orders.raise_exception", raised, days_ago=0.3)
        couriers = {**company, "subject": "orders.courier"}
        await self._act("couriers", "rules.save_table", {**couriers, "table": words.COURIERS})
        await self._act("couriers-published", "rules.publish_table", couriers)

    async def _place(self, n: int, customer: int, goods: list[tuple[str, int]], days_ago: int) -> Any:
        name, phone, province, city, street = CUSTOMERS[customer]
        lines: list[dict[str, Any]] = [{"sku_id": self._skus[code], "qty": qty} for code, qty in goods]
        lines.append({"kind": "freight", "title": "运费", "unit_price": Decimal(8)})
        given = {
            "shop_id": self._shop_id,
            "customer_id": self._customers[customer],
            "external_no": f"DEMO-{n + 1:04}",
            "lines": lines,
            "receiver": {"name": name, "phone": phone, **_place(province, city), "street": street},
        }
        given["points"] = words.POINTS_USED if n == len(ORDERS) else 0
        return await self._act(f"order:{n}:place", "orders.place", given, days_ago=days_ago + 0.5)


def _place(province: str, below: str) -> dict[str, str]:
    """A district lies right below a city that is a province itself."""
    if below.endswith("区"):
        return {"province": province, "city": province, "district": below}
    return {"province": province, "city": below, "district": ""}

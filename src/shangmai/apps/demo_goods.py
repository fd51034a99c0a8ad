"""The rest of what the sample company sells: teas, ware, things for the table and the home, sweets; made from lists.

Everything of it is invented. Names are kinds times styles, so that a shopper can search, filter and sort a shop of a
believable size; prices and pieces follow from both.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

Act = Callable[..., Awaitable[Any]]


class Made(NamedTuple):
    """A product: what it is called, where it stands, what it costs in fen, what is said of it."""

    code: str
    name: str
    english: str
    category: str
    price: int
    weight_g: int
    attributes: dict[str, str]
    said: str
    said_en: str

    @property
    def cost(self) -> int:
        return self.price * 45 // 100

    @property
    def pieces(self) -> int:
        return 30 + sum(map(ord, self.code + self.name)) * 37 % 170


# key, name, English name, key of the category above: beside those of `demo_words`
CATEGORIES: Final = [
    ("dark", "黑茶 花草茶", "Dark and herbal tea", "tea"),
    ("table", "餐厨", "Table and kitchen", None),
    ("home", "家居香氛", "Home and scents", None),
    ("sweet", "茶点零食", "Sweets", None),
]
# name, English, category, origin, price of 100 g in yuan, what is said of it
TEAS: Final = [
    ("西湖龙井", "West Lake Longjing", "green", "浙江", 88, "豆香清高，汤色嫩绿", "fresh beans and chestnut"),
    ("碧螺春", "Biluochun", "green", "江苏", 79, "卷曲如螺，花果香浓", "curled leaves, flowers and fruit"),
    ("黄山毛峰", "Huangshan Maofeng", "green", "安徽", 66, "形似雀舌，鲜醇回甘", "shaped like a bird's tongue"),
    ("太平猴魁", "Taiping Houkui", "green", "安徽", 92, "两叶抱芽，兰香高爽", "two leaves around a bud, orchids"),
    ("六安瓜片", "Lu'an Guapian", "green", "安徽", 72, "无芽无梗，清香持久", "leaves alone, a lasting scent"),
    ("信阳毛尖", "Xinyang Maojian", "green", "河南", 69, "细圆紧直，白毫显露", "fine, tight, with white down"),
    ("安吉白茶", "Anji Baicha", "green", "浙江", 86, "叶白脉绿，鲜爽如笋", "pale leaves, fresh as bamboo shoots"),
    ("白毫银针", "Silver Needle", "green", "福建", 96, "满披白毫，毫香蜜韵", "downy buds, honey"),
    ("白牡丹", "White Peony", "green", "福建", 58, "绿叶夹银毫，清甜", "silver among green, sweet"),
    ("大红袍", "Da Hong Pao", "oolong", "福建", 82, "岩骨花香，韵味悠长", "rock and flowers"),
    ("肉桂岩茶", "Rougui rock oolong", "oolong", "福建", 88, "桂皮辛香，霸气锐利", "cinnamon bark, bold"),
    ("水仙岩茶", "Shuixian rock oolong", "oolong", "福建", 62, "木质兰香，醇厚", "wood and orchids"),
    ("凤凰单丛", "Phoenix Dancong", "oolong", "广东", 76, "鸭屎香型，蜜韵高扬", "honey and blossom"),
    ("冻顶乌龙", "Dongding oolong", "oolong", "福建", 68, "半球紧结，焙香柔和", "gently roasted pearls"),
    ("漳平水仙", "Zhangping Shuixian", "oolong", "福建", 54, "方饼纸包，桂花香", "paper-wrapped squares"),
    ("金骏眉", "Jin Jun Mei", "black", "福建", 98, "金毫显露，蜜香薯香", "golden tips, honey"),
    ("祁门红茶", "Keemun", "black", "安徽", 64, "祁门香，似花似果", "flowers and fruit"),
    ("滇红金针", "Dianhong needles", "black", "云南", 59, "金针肥壮，甜醇", "thick golden needles, sweet"),
    ("英德红茶", "Yingde black", "black", "广东", 48, "浓强鲜爽，宜奶宜清饮", "strong, with milk or without"),
    ("九曲红梅", "Jiuqu Hongmei", "black", "浙江", 56, "曲细如钩，梅香", "fine hooks, plum blossom"),
    ("景迈古树普洱", "Jingmai old-tree Pu'er", "black", "云南", 74, "生茶，兰香蜜韵", "raw, orchids and honey"),
    ("老班章普洱", "Laobanzhang Pu'er", "black", "云南", 99, "刚烈厚重，回甘迅猛", "powerful, quickly sweet"),
    ("安化黑砖", "Anhua dark brick", "dark", "湖南", 42, "松烟陈香，解腻", "aged, a little smoke"),
    ("六堡茶", "Liubao", "dark", "广西", 52, "红浓陈醇，槟榔香", "red, aged, areca"),
    ("茯砖金花", "Fu brick", "dark", "陕西", 46, "金花茂盛，菌香", "golden flowers"),
    ("桂圆红枣茶", "Longan and jujube tea", "dark", "福建", 29, "暖甜不燥，代茶饮", "warm and sweet, no caffeine"),
    ("胎菊花茶", "Chrysanthemum buds", "dark", "浙江", 36, "清香微甘，明目", "light and faintly sweet"),
    ("玫瑰花蕾", "Rose buds", "dark", "云南", 38, "花蕾完整，芬芳", "whole buds"),
    ("小青柑普洱", "Pu'er in mandarin", "dark", "广东", 58, "新会小青柑，果香", "ripe tea in a green mandarin"),
    ("荞麦茶", "Buckwheat tea", "dark", "四川", 24, "麦香浓郁，无咖啡因", "roasted, no caffeine"),
]
SIZES: Final = [
    ("50g 尝鲜装", "50 g", 50, 55),
    ("100g 罐装", "100 g tin", 100, 100),
    ("200g 礼罐", "200 g gift tin", 200, 185),
]
# name, English, category, material, yuan, grams
WARE: Final = [
    ("三才盖碗", "gaiwan", "ware", "瓷", 98, 260),
    ("公道杯", "serving jug", "ware", "瓷", 68, 220),
    ("主人杯", "master cup", "ware", "瓷", 59, 90),
    ("侧把急须壶", "side-handled teapot", "ware", "陶", 158, 380),
    ("茶滤组", "strainer set", "ware", "瓷", 45, 110),
    ("水盂", "waste-water bowl", "ware", "陶", 79, 420),
    ("茶荷", "tea scoop dish", "ware", "瓷", 39, 90),
    ("杯托四只", "four coasters", "ware", "陶", 36, 160),
    ("干泡茶盘", "dry tea tray", "ware", "陶", 168, 1_600),
    ("密封茶叶罐", "sealed tea caddy", "gift", "瓷", 88, 520),
]
GLAZES: Final = [
    ("汝窑天青", "Ru celadon", 112),
    ("影青", "Yingqing", 100),
    ("粉引", "Kohiki white", 96),
    ("青花山水", "blue-and-white landscape", 124),
    ("柴烧", "wood-fired", 138),
    ("冰裂", "crackle", 105),
    ("墨竹手绘", "hand-painted bamboo", 130),
    ("黑陶", "black pottery", 90),
]
TABLE: Final = [
    ("饭碗两只", "two rice bowls", "table", "瓷", 58, 480),
    ("八寸餐盘", "dinner plate", "table", "瓷", 46, 520),
    ("马克杯", "mug", "table", "瓷", 49, 340),
    ("筷子五双", "five pairs of chopsticks", "table", "竹", 39, 130),
    ("汤碗", "soup bowl", "table", "瓷", 65, 700),
    ("棉麻餐垫", "linen place mat", "table", "棉麻", 29, 80),
]
COLORS: Final = [
    ("雾蓝", "mist blue", 100),
    ("豆沙", "dusty rose", 100),
    ("竹青", "bamboo green", 102),
    ("杏白", "apricot white", 98),
    ("焦糖", "caramel", 101),
]
HOME: Final = [
    ("香薰蜡烛", "scented candle", "home", "大豆蜡", 79, 320),
    ("线香", "incense sticks", "home", "", 49, 120),
    ("藤条香薰", "reed diffuser", "home", "", 99, 260),
    ("棉麻茶巾", "linen tea towel", "home", "棉麻", 25, 60),
    ("抱枕套", "cushion cover", "home", "棉麻", 59, 180),
    ("陶花瓶", "stoneware vase", "home", "陶", 89, 900),
    ("竹编收纳篮", "bamboo basket", "home", "竹", 69, 400),
]
SCENTS: Final = [
    ("山茶", "camellia", 100),
    ("雪松", "cedar", 104),
    ("桂雨", "osmanthus rain", 98),
    ("白檀", "sandalwood", 118),
    ("青竹", "green bamboo", 96),
    ("橙花", "orange blossom", 102),
]
SWEETS: Final = [
    ("桂花糕", "osmanthus cake", "sweet", "", 26, 180),
    ("绿豆糕", "mung bean cake", "sweet", "", 24, 200),
    ("核桃酥", "walnut crisp", "sweet", "", 28, 220),
    ("抹茶曲奇", "matcha cookies", "sweet", "", 32, 180),
    ("陈皮话梅", "tangerine plums", "sweet", "", 19, 120),
    ("山核桃仁", "hickory nuts", "sweet", "", 45, 160),
    ("茶味牛轧糖", "tea nougat", "sweet", "", 29, 200),
]
PACKS: Final = [("小盒", "small box", 100), ("分享装", "sharing pack", 175), ("伴手礼盒", "gift box", 240)]


def goods() -> list[Made]:
    """All of it, 257 products, the same each time."""
    return [*_teas(), *_crossed("XW", WARE, GLAZES), *_crossed("XT", TABLE, COLORS), *_crossed("XS", HOME, SCENTS),
            *_sweets()]  # fmt: skip


def _teas() -> list[Made]:
    made = []
    for n, (name, english, category, origin, yuan, said, said_en) in enumerate(TEAS, 1):
        for m, (size, size_en, grams, share) in enumerate(SIZES, 1):
            made.append(
                Made(
                    f"XC{n:02}{m}",
                    f"{name} {size}",
                    f"{english}, {size_en}",
                    category,
                    yuan * share // 100 * 100 - 10,
                    grams + 60,
                    {"origin": origin, "net_weight": str(grams)},
                    f"{said}。{size}，密封避光保存。",
                    f"{said_en.capitalize()}. {size_en}; keep it closed and dark.",
                )
            )
    return made


def _crossed(
    prefix: str, kinds: Sequence[tuple[str, str, str, str, int, int]], styles: Sequence[tuple[str, str, int]]
) -> list[Made]:
    made = []
    for n, (name, english, category, material, yuan, grams) in enumerate(kinds, 1):
        for m, (style, style_en, share) in enumerate(styles, 1):
            made.append(
                Made(
                    f"{prefix}{n:02}{m}",
                    f"{style}{name}",
                    f"{style_en} {english}".capitalize(),
                    category,
                    yuan * share // 100 * 100 - 10,
                    grams,
                    {"material": material} if material else {},
                    f"{style}系列，{name}。每一件都略有不同，是手作的痕迹。",
                    f"From the series {style_en}: {english}. No two are quite alike.",
                )
            )
    return made


def _sweets() -> list[Made]:
    made = []
    for n, (name, english, category, _, yuan, grams) in enumerate(SWEETS, 1):
        for m, (pack, pack_en, share) in enumerate(PACKS, 1):
            made.append(
                Made(
                    f"XD{n:02}{m}",
                    f"{name} {pack}",
                    f"{english.capitalize()}, {pack_en}",
                    category,
                    yuan * share // 100 * 100 - 10,
                    grams * share // 100,
                    {},
                    f"少糖少油，配茶正好。{pack}，保质期九十天。",
                    f"Little sugar, made for tea. {pack_en.capitalize()}; keeps ninety days.",
                )
            )
    return made


AISLES: Final = "GHJKLM"
BAYS: Final = 9
TO_A_BIN: Final = 5
"""So many SKUs lie in one bin: small goods, a few dozen pieces of each."""


def bins() -> list[dict[str, Any]]:
    """Where they lie in the first warehouse: an own zone of shelves, all within reach."""
    return [
        {
            "code": f"{aisle}-{bay:02}-1", "zone": "B", "kind": "pick", "aisle": 6 + n, "bay": bay, "level": 1,
            "offset_mm": bay * 1200, "weight_max_g": 600_000,
        }
        for n, aisle in enumerate(AISLES)
        for bay in range(1, BAYS + 1)
    ]  # fmt: skip


def lying(made: Sequence[Made]) -> list[tuple[str, Made]]:
    """The bin of each."""
    codes = [each["code"] for each in bins()]
    return [(codes[n], each) for n, few in enumerate(_by_bin(made)) for each in few]


def _by_bin(made: Sequence[Made]) -> list[Sequence[Made]]:
    return [made[n : n + TO_A_BIN] for n in range(0, len(made), TO_A_BIN)]


# --- into the shop ---------------------------------------------------------------------------------------------------


async def make(act: Act, categories: dict[str, UUID], brand: str) -> dict[str, tuple[UUID, UUID]]:
    """Make, describe and list all of it, many at a time; gives product and SKU by code."""
    for key, name, english, above in CATEGORIES:
        place = {"name": name, "name_en": english, "parent_id": categories.get(above or "")}
        categories[key] = (await act(f"category:{key}", "catalog.create_category", place)).id
    made = goods()
    products = await _each(made, lambda each: act(f"product:{each.code}", "catalog.create_product", {
        "code": each.code, "name": each.name, "name_en": each.english, "category_id": categories[each.category],
        "brand": brand, "attributes": each.attributes,
        "skus": [{"code": each.code, "price_minor": each.price, "currency": "CNY", "weight_g": each.weight_g}],
    }))  # fmt: skip
    ids = {each.code: product.id for each, product in zip(made, products, strict=True)}
    await _each(made, lambda each: act(f"said:{each.code}", "catalog.update_product", {
        "product_id": ids[each.code],
        "descriptions": {
            "zh-CN": {"summary": each.said, "body": each.said}, "en": {"summary": each.said_en, "body": each.said_en},
        },
    }))  # fmt: skip
    await _each(made, lambda each: act(f"list:{each.code}", "catalog.list_product", {"product_id": ids[each.code]}))
    return {product.code: (product.id, product.skus[0].id) for product in products}


async def _each(made: Sequence[Made], do: Callable[[Made], Awaitable[Any]]) -> list[Any]:
    """All at once: what comes in together goes as one transaction."""
    return list(await asyncio.gather(*(do(each) for each in made)))


async def stock(act: Act, company_id: UUID, warehouse_id: UUID, skus: Mapping[str, UUID]) -> None:
    """Let all of it arrive in the first warehouse, and a part in a third one, in Guangzhou."""
    made = goods()
    receipt = {"warehouse_id": warehouse_id, "reference": "期初采购 PO-0005", "lines": _lines(made, skus, 1)}
    await act("receipt:goods", "inventory.receive", receipt, days_ago=20)
    place = {"code": "GZ", "name": "广州三号仓", "company_id": company_id, "region": "440100"}
    third = (await act("warehouse:GZ", "inventory.create_warehouse", place)).id
    some = {"warehouse_id": third, "reference": "期初采购 PO-0006", "lines": _lines(made[::4], skus, 3)}
    await act("receipt:GZ", "inventory.receive", some, days_ago=20)
    sender = {"name": "清和茶业 广州仓", "phone": "020-88880003", "region_code": "440106", "street": "茶山路 3 号"}
    await act("sender:440106", "logistics.set_sender", {**sender, "warehouse_id": third})


def _lines(made: Sequence[Made], skus: Mapping[str, UUID], share: int) -> list[dict[str, Any]]:
    return [
        {"sku_id": skus[each.code], "qty": each.pieces // share, "cost_minor": each.pieces // share * each.cost}
        for each in made
    ]


async def make_shelves(act: Act, warehouse_id: UUID) -> None:
    """Zone and bins of their own in the first warehouse."""
    zone = {"warehouse_id": warehouse_id, "code": "B", "name": "精选区", "temperature": "ambient"}
    await act("zone:B", "warehouse.save_zone", zone)
    await act("bins:B", "warehouse.save_bins", {"warehouse_id": warehouse_id, "bins": bins()})


async def put_away(act: Act, warehouse_id: UUID, skus: Mapping[str, UUID]) -> None:
    lines = [
        {"sku_id": skus[each.code], "qty": each.pieces, "bin": code, "bucket": "sellable"}
        for code, each in lying(goods())
    ]
    await act("put_away:goods", "warehouse.put_away", {"warehouse_id": warehouse_id, "lines": lines}, days_ago=19.4)


def promotions(categories: Mapping[str, UUID], products: Mapping[str, UUID], since: datetime) -> list[dict[str, Any]]:
    """What runs on them: pieces together, a second one cheaper, and three offers: a group's, friends', a deposit."""
    period = {"period": {"from": since.isoformat(), "to": (since + timedelta(days=120)).isoformat()}}
    first = since + timedelta(days=30)
    return [
        {
            "code": "WARE3", "name": "餐厨任选3件85折", "name_en": "Any 3 for the table, 15 % off", "layer": "item",
            "when": period, "scope": {"include": {"categories": [categories["table"]]}},
            "benefit": {"kind": "percent_off", "measure": "pieces", "tiers": [{"at": 3, "off": 1_500}]},
        },
        {
            "code": "SWEET2", "name": "茶点第二件7折", "name_en": "Second sweet 30 % off", "layer": "item",
            "when": period, "scope": {"include": {"categories": [categories["sweet"]]}},
            "benefit": {"kind": "nth_discount", "nth": 2, "off_bp": 3_000},
        },
        {
            "code": "GROUP", "name": "大红袍 2人团", "name_en": "Da Hong Pao for two", "layer": "price",
            "when": period, "scope": {"include": {"products": [products["XC102"]]}},
            "benefit": {"kind": "group_buy", "tiers": [{"size": 2, "price_minor": 5_990}]},
        },
        {
            "code": "BARGAIN", "name": "金骏眉 邀友砍价", "name_en": "Bargain for Jin Jun Mei", "layer": "price",
            "when": period, "scope": {"include": {"products": [products["XC162"]]}},
            "benefit": {"kind": "bargain", "lowest_minor": 4_990},
        },
        {
            "code": "PRESALE", "name": "明年春茶 定金预售", "name_en": "Next spring, by deposit", "layer": "price",
            "when": period, "scope": {"include": {"products": [products["XC012"]]}},
            "benefit": {
                "kind": "deposit_presale", "deposit_minor": 1_000, "worth_minor": 2_000,
                "balance": {
                    "from": (first + timedelta(days=15)).isoformat(), "to": (first + timedelta(days=20)).isoformat(),
                },
            },
        },
    ]  # fmt: skip


# customer, every how manieth of the goods, beginning where, days ago
BOUGHT: Final = [(0, 13, 0, 18), (1, 13, 4, 17), (2, 13, 8, 16)]
SAID: Final = [
    (5, "比想象的好，香气干净，会回购。"), (5, "包装仔细，一件没碎，颜色和图上一样。"), (4, "东西不错，快递慢了一天。"),
    (5, "送人很体面，自己也留了一份。"), (5, "做工细，手感温润。"), (4, "味道清淡，喜欢浓的可以多放一点。"),
    (5, "第三次买了，品质稳定。"), (3, "还行，比照片小一些。"), (5, "客服耐心，东西也好。"),
]  # fmt: skip


def bought(every: int, first: int) -> list[str]:
    """The codes of an order of many things, one of each."""
    return [each.code for each in goods()[first::every]]

"""What the sample company says of its goods and takes off them: categories, texts, variants, promotions, coupons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

BRAND: Final = {"name": "清和", "name_en": "Qinghe"}

FREIGHT: Final[dict[str, Any]] = {
    "code": "KD",
    "name": "普通快递",
    "name_en": "Parcel",
    "basis": "weight",
    "zones": [
        {
            "regions": ["310000", "320000", "330000"],
            "first": 1000,
            "first_minor": 600,
            "next": 1000,
            "next_minor": 100,
            "free": [{"amount_minor": 9900}],
        },
        {
            "regions": ["540000", "650000"],
            "first": 1000,
            "first_minor": 1800,
            "next": 1000,
            "next_minor": 1200,
        },
        {"first": 1000, "first_minor": 800, "next": 1000, "next_minor": 300, "free": [{"amount_minor": 19900}]},
    ],
    "not_to": ["710000", "810000", "820000"],
}
SHARES: Final[dict[str, dict[str, Any]]] = {
    "TEA-001": {"mode": "percent", "amount": 80, "buffer": 2},
    "TEA-003": {"mode": "shared", "buffer": 5},
}
SECOND_QTY: Final = 20
"""Pieces of each of some SKUs in the second warehouse."""
SENDERS: Final[list[dict[str, str]]] = [
    {"name": "清和茶业 杭州仓", "phone": "0571-88880001", "region_code": "330106", "street": "龙井路 1 号"},
    {"name": "清和茶业 成都仓", "phone": "028-88880002", "region_code": "510104", "street": "茶店子路 2 号"},
]
CUTOFF: Final[dict[str, Any]] = {"cutoff": "16:00", "weekdays": [1, 2, 3, 4, 5, 6]}
# carrier, the first number, how many
POOLS: Final = [
    ("SF", "SF1440000000001", 2000),
    ("ZTO", "73610000000001", 5000),
    ("YTO", "YT8960000000001", 3000),
]
CARRIER_CARDS: Final[list[dict[str, Any]]] = [
    {
        "code": "EAST",
        "carrier": "ZTO",
        "name": "快递 浙江发货",
        "name_en": "Parcel from Zhejiang",
        "origins": ["330000"],
        "zones": [
            {
                "regions": ["310000", "320000", "330000"],
                "first_minor": 350,
                "step_minor": 60,
                "hours": 24,
                "carbon_g_per_kg": 60,
            },
            {
                "regions": ["540000", "650000"],
                "first_minor": 1500,
                "step_minor": 1000,
                "hours": 144,
                "carbon_g_per_kg": 600,
            },
            {"first_minor": 480, "step_minor": 250, "hours": 60, "carbon_g_per_kg": 220},
        ],
    },
    {
        "code": "WEST",
        "carrier": "ZTO",
        "name": "快递 四川发货",
        "name_en": "Parcel from Sichuan",
        "origins": ["510000"],
        "zones": [
            {"regions": ["500000", "510000"], "first_minor": 350, "step_minor": 60, "hours": 24, "carbon_g_per_kg": 60},
            {"first_minor": 520, "step_minor": 280, "hours": 72, "carbon_g_per_kg": 260},
        ],
    },
    {
        "code": "SF",
        "name": "顺丰标快",
        "name_en": "SF standard",
        "zones": [
            {"first_minor": 1300, "step_minor": 400, "hours": 48, "carbon_g_per_kg": 350},
        ],
    },
]
PICKUP_POINT: Final = {
    "name": "清和茶馆 西湖店",
    "phone": "0571-88880000",
    "region": "330106",
    "street": "龙井路 1 号",
    "hours": "10:00–21:00",
}

# key, name, English name, key of the category above
CATEGORIES: Final = [
    ("tea", "茶叶", "Tea", None),
    ("green", "绿茶 白茶", "Green and white tea", "tea"),
    ("oolong", "乌龙茶", "Oolong", "tea"),
    ("black", "红茶 普洱", "Black tea and Pu'er", "tea"),
    ("ware", "茶具", "Tea ware", None),
    ("gift", "礼盒与配件", "Gifts and accessories", None),
]
ATTRIBUTES: Final[list[dict[str, Any]]] = [
    {
        "key": "origin",
        "name": "产地",
        "name_en": "Origin",
        "position": 1,
        "options": [
            {"key": "zhejiang", "name": "浙江", "name_en": "Zhejiang"},
            {"key": "fujian", "name": "福建", "name_en": "Fujian"},
            {"key": "yunnan", "name": "云南", "name_en": "Yunnan"},
            {"key": "guangxi", "name": "广西", "name_en": "Guangxi"},
            {"key": "jiangsu", "name": "江苏", "name_en": "Jiangsu"},
            {"key": "anhui", "name": "安徽", "name_en": "Anhui"},
            {"key": "henan", "name": "河南", "name_en": "Henan"},
            {"key": "guangdong", "name": "广东", "name_en": "Guangdong"},
            {"key": "hunan", "name": "湖南", "name_en": "Hunan"},
            {"key": "shaanxi", "name": "陕西", "name_en": "Shaanxi"},
            {"key": "sichuan", "name": "四川", "name_en": "Sichuan"},
        ],
    },
    {"key": "net_weight", "name": "净含量", "name_en": "Net weight", "kind": "number", "unit": "g", "position": 2},
    {
        "key": "material",
        "name": "材质",
        "name_en": "Material",
        "position": 3,
        "options": [
            {"key": "zisha", "name": "紫砂", "name_en": "Zisha clay"},
            {"key": "porcelain", "name": "瓷", "name_en": "Porcelain"},
            {"key": "glass", "name": "玻璃", "name_en": "Glass"},
            {"key": "bamboo", "name": "竹", "name_en": "Bamboo"},
            {"key": "pewter", "name": "锡", "name_en": "Pewter"},
            {"key": "steel", "name": "不锈钢", "name_en": "Steel"},
            {"key": "pottery", "name": "陶", "name_en": "Pottery"},
            {"key": "linen", "name": "棉麻", "name_en": "Cotton and linen"},
            {"key": "soy", "name": "大豆蜡", "name_en": "Soy wax"},
        ],
    },
    {
        "key": "color",
        "name": "颜色",
        "name_en": "Colour",
        "position": 4,
        "options": [
            {"key": "celadon", "name": "天青", "name_en": "Celadon"},
            {"key": "white", "name": "月白", "name_en": "Moon white"},
            {"key": "black", "name": "墨黑", "name_en": "Ink black"},
        ],
    },
    {"key": "handmade", "name": "手工", "name_en": "Handmade", "kind": "flag", "position": 5},
    {
        "key": "capacity",
        "name": "容量",
        "name_en": "Capacity",
        "position": 6,
        "options": [
            {"key": "350", "name": "350 ml", "name_en": "350 ml"},
            {"key": "500", "name": "500 ml", "name_en": "500 ml"},
        ],
    },
]

# code, category, attributes, tags, in Chinese, in English
SAID: Final[list[tuple[str, str, dict[str, str], list[str], str, str]]] = [
    ("TEA-001", "green", {"origin": "浙江", "net_weight": "250"}, ["春茶", "推荐"],
     "清明前采摘的一芽一叶，扁平挺秀。", "Picked before Qingming: one bud, one leaf, pressed flat."),
    ("TEA-002", "oolong", {"origin": "福建", "net_weight": "250"}, [],
     "清香型，兰花香明显。", "Light roast with a clear scent of orchids."),
    ("TEA-003", "black", {"origin": "福建", "net_weight": "200"}, ["推荐"],
     "武夷山桐木关，松烟香。", "From Tongmu in the Wuyi mountains, smoked over pine."),
    ("TEA-004", "green", {"origin": "福建", "net_weight": "350"}, ["可久存"],
     "寿眉压饼，宜存放。", "Shoumei pressed into a cake that keeps for years."),
    ("TEA-005", "black", {"origin": "云南", "net_weight": "357"}, ["可久存"],
     "熟普，汤色红浓。", "Ripe Pu'er with a deep red cup."),
    ("TEA-006", "oolong", {"origin": "福建", "net_weight": "100"}, ["新品"],
     "乌龙与当季桂花窨制。", "Oolong scented with fresh osmanthus."),
    ("TEA-007", "green", {"origin": "广西", "net_weight": "150"}, [],
     "横州茉莉，四窨一提。", "Scented four times with jasmine from Hengzhou."),
    ("POT-001", "ware", {"material": "紫砂", "handmade": "是"}, ["推荐"],
     "西施壶型，容量 200 ml。", "The Xishi shape, 200 ml."),
    ("POT-002", "ware", {"material": "瓷"}, [], "薄胎白瓷，易出汤。", "Thin white porcelain that pours well."),
    ("CUP-001", "ware", {"material": "瓷"}, [], "六只装品茗杯。", "Six tasting cups."),
    ("CUP-002", "ware", {"material": "玻璃"}, ["新品"], "双层隔热，350 ml。", "Double wall, 350 ml."),
    ("SET-101", "ware", {"material": "竹"}, ["环保"], "整竹茶盘，可拆洗。", "A bamboo tray that comes apart to wash."),
    ("ACC-001", "gift", {"material": "竹"}, ["环保"], "茶则、茶针等六件。", "Scoop, pick and four more tools."),
    ("ACC-002", "gift", {"material": "锡"}, [], "密封避光，适合存茶。", "Airtight and dark, for keeping tea."),
    ("GIFT-01", "gift", {}, [], "配手提袋。", "With a carrier bag."),
    ("KIT-001", "gift", {}, ["推荐"], "一壶好茶所需，一盒装好。", "All that a good cup needs, in one box."),
]  # fmt: skip
RELATED: Final = [
    ("TEA-001", [{"product": "POT-002", "kind": "accessory"}, {"product": "TEA-004", "kind": "related"}]),
    ("POT-001", [{"product": "POT-002", "kind": "substitute"}, {"product": "ACC-001", "kind": "accessory"}]),
    ("KIT-001", [{"product": "TEA-001", "kind": "related"}]),
]
TUMBLER: Final[dict[str, Any]] = {
    "code": "TUM",
    "name": "旅行茶杯",
    "name_en": "Travel tumbler",
    "brand": "清和",
    "attributes": {"material": "不锈钢"},
    "tags": ["新品"],
    "price_minor": 12900,
    "currency": "CNY",
    "weight_g": 260,
    "axes": [
        {
            "attribute": "color",
            "values": [
                {"value": "天青", "code": "QING"},
                {"value": "月白", "code": "BAI"},
                {"value": "墨黑", "code": "MO"},
            ],
        },
        {
            "attribute": "capacity",
            "values": [
                {"value": "350 ml", "code": "350"},
                {"value": "500 ml", "code": "500", "price_add_minor": 2000, "weight_add_g": 60},
            ],
        },
    ],
}
TUMBLER_COST_MINOR: Final = 5200
TUMBLER_QTY: Final = 40
TUMBLER_SAID: Final = ("双层真空，茶水分离。", "Vacuum-insulated; keeps leaves and water apart.")

COUPONS: Final[dict[str, Any]] = {
    "code": "WELCOME10",
    "name": "新客满99减10",
    "name_en": "10 off 99 for newcomers",
    "stock": 500,
    "per_buyer": 1,
    "valid_days": 90,
}


def promotions(products: Mapping[str, Any], since: datetime) -> list[dict[str, Any]]:
    """What runs in the shop: amount off, a second piece at half price, free shipping, a coupon's discount, points."""
    always = {"period": {"from": since.isoformat()}}
    return [
        {
            "code": "FULL200",
            "name": "满200减20，满400减50",
            "name_en": "20 off 200, 50 off 400",
            "layer": "order",
            "when": always,
            "benefit": {"kind": "amount_off", "tiers": [{"at": 20_000, "off": 2_000}, {"at": 40_000, "off": 5_000}]},
            "funders": [
                {"funder": "supplier", "party": "梅家坞茶叶合作社", "share_bp": 3_000},
                {"funder": "shop", "share_bp": 7_000},
            ],
        },
        {
            "code": "JASMINE2",
            "name": "茉莉花茶第二件半价",
            "name_en": "Second jasmine tea half price",
            "layer": "item",
            "when": always,
            "scope": {"include": {"products": [products["TEA-007"]]}},
            "benefit": {"kind": "nth_discount", "nth": 2, "off_bp": 5_000},
        },
        {
            "code": "SHIP99",
            "name": "满99元包邮",
            "name_en": "Free shipping from 99",
            "layer": "shipping",
            "when": always,
            "benefit": {"kind": "free_shipping", "threshold": {"at": 9_900, "basis": "discounted"}},
        },
        {
            "code": "WELCOME",
            "name": "满99减10优惠券",
            "name_en": "Coupon: 10 off 99",
            "layer": "coupon",
            "when": always,
            "needs_coupon": True,
            "benefit": {"kind": "amount_off", "tiers": [{"at": 9_900, "off": 1_000}]},
        },
        {
            "code": "POINTS",
            "name": "积分抵现",
            "name_en": "Points as money",
            "layer": "points",
            "when": always,
            "benefit": {"kind": "points_deduction", "step": 100, "worth_minor": 100, "share_max_bp": 5_000},
        },
    ]


# code, price in fen, pieces, for how many days
FLASH_SALES: Final = [("TEA-006", 3_900, 60, 5), ("CUP-002", 4_900, 80, 5), ("ACC-001", 3_900, 40, 5)]

# number of the order, its line, who, stars, text
REVIEWS: Final = [
    (0, 1, 0, 5, "豆香很足，泡三道还有回甘。包装也体面，送长辈收到了夸奖。"),
    (0, 2, 0, 4, "盒子结实，配的手提袋很实用，颜色比图上深一点。"),
    (1, 1, 1, 5, "壶型端正，出水利落，养了一周已经有光泽了。"),
    (1, 2, 1, 5, "汤色红浓，入口顺，没有堆味，适合晚上喝。"),
    (2, 1, 2, 5, "送客户的，一盒里茶和盖碗都有，很省心。"),
    (3, 1, 3, 5, "桂花香是真的花香，不是香精味，冷泡尤其好喝。"),
    (3, 2, 3, 3, "茉莉香气不错，碎末稍微多了些。"),
    (4, 1, 4, 4, "杯子釉色温润，六只大小一致，快递包得很严实。"),
    (4, 2, 4, 5, "竹茶盘排水顺畅，拆开清洗也方便。"),
]
# code, who asks, the question, the shop's answer
QUESTIONS: Final = [
    ("TEA-001", 1, "是今年的春茶吗？", "是的，今年清明前采摘，罐底有采制日期。"),
    ("POT-001", 2, "新壶要怎么开壶？", "清水煮半小时后用茶汤浸泡一夜即可，盒内附有说明卡。"),
    ("TUM", 4, "能放进车载杯架吗？", "350 ml 款直径 6.6 厘米，常见杯架都放得下。"),
]

POINTS: dict[str, Any] = {"earn_points": 1, "earn_each_minor": 100, "expiry": "years", "expiry_after": 1}
LEVELS: dict[str, Any] = {
    "steps": [{"level": "silver", "spent_minor": 20_000}, {"level": "gold", "spent_minor": 50_000}],
    "days": 365,
}
FLOORS: dict[str, int] = {"TEA-001": 12_000, "KIT-001": 20_000}
"""What no promotion takes a piece below."""
WELCOME_POINTS = 200
POINTS_USED = 100

MORE_THAN_THERE_IS: Final = 5_000
SELLER_REMARK: Final = "团购客户，到货优先发"
OWN_NOTE: Final = "确认团购附赠茶罐"
OWN_CAUSE: Final[dict[str, Any]] = {
    "code": "own.gift_tin",
    "zh": "团购赠罐待确认",
    "en": "tins for a group order to be confirmed",
    "blocks": False,
}
COURIERS: Final[dict[str, Any]] = {
    "rows": [
        {"id": "near", "when": {"province": "'上海市', '浙江省', '江苏省'"}, "then": {"courier": "顺丰"}},
        {"id": "heavy", "when": {"weight_g": "> 5000"}, "then": {"courier": "德邦", "unless": "京东"}},
        {"id": "rest", "then": {"courier": "中通"}},
    ]
}

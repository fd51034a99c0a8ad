"""Believable goods of a Chinese mall, made by code: the same number gives the same product in every run."""

from __future__ import annotations

import random
from typing import Final, NamedTuple

# category: (nouns, materials, styles, price from … to in yuan, options by attribute)
CATEGORIES: Final[dict[str, tuple[str, str, str, tuple[int, int], dict[str, str]]]] = {
    "女装": (
        "连衣裙 半身裙 T恤 衬衫 针织衫 毛衣 风衣 羽绒服 牛仔裤 阔腿裤 打底裤 西装外套 卫衣 旗袍 吊带背心 睡衣",
        "纯棉 雪纺 真丝 亚麻 羊毛 针织 牛仔 蕾丝 莫代尔",
        "修身 宽松 显瘦 高腰 法式 复古 韩版 碎花 条纹 收腰 小众设计感",
        (39, 899),
        {"颜色": "黑色 白色 红色 米色 粉色 绿色 蓝色 卡其色", "尺码": "S M L XL 2XL"},
    ),
    "男装": (
        "T恤 衬衫 POLO衫 卫衣 夹克 羽绒服 西裤 休闲裤 牛仔裤 短裤 棒球服 冲锋衣 毛衣 马甲 衣服套装",
        "纯棉 亚麻 羊毛 牛仔 速干 加绒",
        "修身 宽松 商务 休闲 潮牌 工装 直筒 圆领 立领 印花",
        (39, 1299),
        {"颜色": "黑色 白色 藏青 灰色 卡其色 军绿", "尺码": "M L XL 2XL 3XL"},
    ),
    "鞋靴": (
        "运动鞋 跑步鞋 篮球鞋 板鞋 帆布鞋 马丁靴 凉鞋 拖鞋 高跟鞋 乐福鞋 登山鞋 雪地靴",
        "真皮 网面 帆布 麂皮",
        "透气 防滑 轻便 增高 复古 厚底 软底",
        (49, 1599),
        {"颜色": "黑色 白色 灰色 棕色 红色", "鞋码": "36 37 38 39 40 41 42 43 44"},
    ),
    "手机数码": (
        "手机壳 钢化膜 充电宝 数据线 蓝牙耳机 智能手表 平板电脑 移动硬盘 机械键盘 鼠标 手机支架 快充头 音箱",
        "硅胶 铝合金 液态硅胶 磨砂",
        "快充 无线 降噪 防摔 磁吸 大容量 超薄 长续航",
        (9, 3999),
        {"颜色": "黑色 白色 银色 蓝色", "接口": "Type-C Lightning USB-A"},
    ),
    "家用电器": (
        "电饭煲 空气炸锅 破壁机 吸尘器 扫地机器人 电热水壶 加湿器 电风扇 冰箱 洗衣机 微波炉 净水器",
        "不锈钢 陶瓷 玻璃",
        "智能 静音 变频 家用 小型 多功能 一级能效",
        (79, 5999),
        {"颜色": "白色 黑色 银色", "容量": "1L 2L 3L 5L 8L"},
    ),
    "家居厨具": (
        "四件套 被子 枕头 毛巾 炒锅 保温杯 玻璃杯 砧板 收纳箱 窗帘 地毯 台灯 餐盘 马克杯 菜刀",
        "纯棉 天丝 不锈钢 陶瓷 竹木 珊瑚绒 骨瓷",
        "北欧 简约 加厚 大号 家用 ins风 可爱 中式",
        (9, 899),
        {"颜色": "白色 灰色 蓝色 粉色 原木色", "规格": "小号 中号 大号"},
    ),
    "食品生鲜": (
        "大米 坚果礼盒 牛肉干 绿茶 铁观音 咖啡豆 火锅底料 方便面 巧克力 蜂蜜 橄榄油 酸奶 车厘子 螺蛳粉 月饼",
        "有机 原味 麻辣 低糖 手工",
        "整箱 礼盒装 办公室零食 早餐 特产 新鲜 量贩装",
        (9, 399),
        {"净含量": "250g 500g 1kg 2.5kg 5kg", "口味": "原味 香辣 甜味"},
    ),
    "美妆个护": (
        "面膜 口红 粉底液 洗面奶 防晒霜 眼霜 洗发水 沐浴露 精华液 卸妆油 牙膏 香水 护手霜",
        "氨基酸 玻尿酸 烟酰胺 植物",
        "补水 保湿 美白 控油 温和 持久 敏感肌",
        (19, 1299),
        {"规格": "30ml 50ml 100ml 250ml 500ml", "功效": "补水 美白 控油 修护"},
    ),
    "母婴玩具": (
        "纸尿裤 婴儿连体衣 奶瓶 婴儿车 积木 毛绒玩具 儿童书包 拼图 安全座椅 湿巾 爬行垫 遥控车",
        "纯棉 食品级硅胶 实木 竹纤维",
        "宝宝 新生儿 透气 益智 早教 可折叠 加厚",
        (19, 1999),
        {"颜色": "粉色 蓝色 黄色 白色", "适用年龄": "0-1岁 1-3岁 3-6岁 6岁以上"},
    ),
    "运动户外": (
        "瑜伽垫 哑铃 跳绳 帐篷 睡袋 登山包 骑行头盔 羽毛球拍 篮球 泳衣 护膝 钓鱼竿 折叠椅",
        "碳纤维 牛津布 橡胶 尼龙",
        "专业 防水 加厚 便携 初学者 轻量 速干",
        (19, 1599),
        {"颜色": "黑色 红色 蓝色 橙色", "规格": "单人 双人 家庭"},
    ),
}
SEASONS: Final = ["2025新款", "2026新款", "春季", "夏季", "秋冬", "四季", "早秋", "冬季加绒"]
SYLLABLES: Final = tuple("云朵山川禾木星辰海棠松鹤竹里青橙白鹿初见南风北野素年锦时良品优家小满大元")
LATIN: Final = (
    "Nova", "Luma", "Kanto", "Veri", "Arcto", "Solis", "Mondo", "Pixo", "Terra", "Zeno", "Hilo", "Orbi", "Fenix",
    "Calmo", "Brava", "Nimbo",
)  # fmt: skip


class Made(NamedTuple):
    """A product as the catalog would describe it; the price in fen, `sales` in pieces."""

    number: int
    code: str
    name: str
    brand: str
    category: str
    leaf: str
    attributes: dict[str, list[str]]
    description: str
    price_minor: int
    sales: int
    in_stock: bool


def brands(of: random.Random) -> list[str]:
    """600 brands, Chinese and Latin, the first the most sold."""
    chinese = [a + b + c for a in SYLLABLES[:12] for b in SYLLABLES[12:24] for c in ("", SYLLABLES[30])]
    latin = [f"{a}{b.lower()}" for a in LATIN for b in LATIN[::-1]]
    every = chinese + latin
    of.shuffle(every)
    return every[:600]


BRANDS: Final = brands(random.Random(7))


def make(number: int) -> Made:
    """The product of a number. Brands and sales are skewed as in life: few sell much, most sell little."""
    of = random.Random(number)
    category = of.choice(list(CATEGORIES))
    nouns, materials, styles, (low, high), options = CATEGORIES[category]
    noun, material = of.choice(nouns.split()), of.choice(materials.split())
    chosen = of.sample(styles.split(), 3)
    brand = BRANDS[min(int(of.paretovariate(0.7)) - 1, len(BRANDS) - 1)]
    values = {name: of.sample(all_.split(), of.randint(1, 3)) for name, all_ in options.items()}
    yuan = low * (high / low) ** of.random()
    return Made(
        number=number,
        code=f"G{number:07d}",
        name=f"{brand} {of.choice(SEASONS)}{chosen[0]}{material}{noun}{chosen[1]}{chosen[2]}",
        brand=brand,
        category=category,
        leaf=noun,
        attributes={"材质": [material], **values},
        description=f"{brand}{noun}，采用{material}，{'、'.join(chosen)}，{category}精选，七天无理由退换。",
        price_minor=int(yuan) * 100 - of.choice((0, 1, 10, 100)),
        sales=int(of.paretovariate(0.6)) - 1,
        in_stock=of.random() < 0.9,
    )

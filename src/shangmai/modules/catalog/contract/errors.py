"""What the catalog refuses, and what to do then."""

from shangmai.kernel.errors import Conflict, Invalid, NotFound


class CodeInvalid(Invalid):
    """'{code}' cannot be a code: use capital letters, digits, spaces inside, dashes and underscores, at most 64."""

    zh = "“{code}”不能用作编码：请使用大写字母、数字、中间空格、短横线和下划线，最多 64 个字符。"


class BarcodeInvalid(Invalid):
    """'{barcode}' cannot be a barcode: use 1 to 64 printable letters, digits and signs, without blanks around."""

    zh = "“{barcode}”不能用作条码：请使用 1 到 64 个可打印的字母、数字和符号，首尾不留空格。"


class CheckDigitWrong(Invalid):
    """The last digit of barcode {barcode} should be {expected}; scan it again, or mark it as internal."""

    zh = "条码 {barcode} 的校验位应为 {expected}；请重新扫描，或将其标为内部条码。"


class ProductCodeTaken(Conflict):
    """There is a product {code} already; nothing was changed. Update it ({product_id}), or use another code."""

    zh = "商品编码 {code} 已存在，未做任何改动；请修改已有商品（{product_id}），或换一个编码。"


class SkuCodeTaken(Conflict):
    """There is a SKU {code} already; nothing was changed. Update it ({sku_id}), or use another code."""

    zh = "SKU 编码 {code} 已存在，未做任何改动；请修改已有 SKU（{sku_id}），或换一个编码。"


class BarcodeTaken(Conflict):
    """Barcode {barcode} belongs to another SKU ({sku_id}) already; remove it there first."""

    zh = "条码 {barcode} 已属于另一个 SKU（{sku_id}），请先在那里移除。"


class CategoryNotFound(NotFound):
    """There is no category {category_id}; list the categories and pick one."""

    zh = "没有类目 {category_id}，请从类目列表中选择。"


class CategoryNameTaken(Conflict):
    """There is a category '{name}' at this place already; use it, or choose another name."""

    zh = "此处已有类目“{name}”，请直接使用，或另取名称。"


class ProductNotFound(NotFound):
    """There is no product {product_id}; search for it by name or code."""

    zh = "没有商品 {product_id}，请按名称或编码查找。"


class SkuNotFound(NotFound):
    """There is no SKU {sku}; search for it by name, code or barcode."""

    zh = "没有 SKU {sku}，请按名称、编码或条码查找。"


class SkuChanged(Conflict):
    """The SKU is at version {current}, you started from {version}; look at it again, then repeat your change."""

    zh = "该 SKU 已是第 {current} 版，您基于第 {version} 版修改；请重新查看后再改。"


class LaterPriceSet(Conflict):
    """A price was set for {code} at {at}, which is later than this one; set a price for now instead."""

    zh = "{code} 在 {at} 已设过更晚的价格；请改为设置当前价格。"


class NothingToSell(Conflict):
    """Product {code} has no active SKU; activate one first."""

    zh = "商品 {code} 没有启用的 SKU，请先启用至少一个。"


class NeverListed(Conflict):
    """Product {code} is a draft and was never listed, so there is nothing to take down."""

    zh = "商品 {code} 是草稿，从未上架，无需下架。"


class KitEmpty(Invalid):
    """Kit {code} has no components; name at least one."""

    zh = "套装 {code} 没有组件，请至少指定一个。"


class NotAKit(Conflict):
    """{code} is no kit, so it has no components; create a SKU of the kind kit for that."""

    zh = "{code} 不是套装，不能有组件；请新建类型为套装的 SKU。"


class KitInKit(Invalid):
    """{component} is a kit itself and cannot be part of {code}; name its components instead."""

    zh = "{component} 本身是套装，不能放进 {code}；请直接列出其组件。"


class ComponentTwice(Invalid):
    """{component} is named twice in {code}; name it once, with the whole quantity."""

    zh = "{component} 在 {code} 中出现两次；请只列一次并写总数量。"


class SharesMixed(Invalid):
    """Some components of {code} have a share weight and some have none; give one to all of them, or to none."""

    zh = "{code} 的组件有的设了分摊权重，有的没有；请全部设置或全部不设。"


class SharesInCurrencies(Invalid):
    """The components of {code} are priced in several currencies; give every component a share weight."""

    zh = "{code} 的组件价格币种不同，请为每个组件设置分摊权重。"

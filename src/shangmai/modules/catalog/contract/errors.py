"""What the catalog refuses, and what to do then."""

from typing import Final

from shangmai.kernel.errors import Conflict, Invalid, NotFound, words

STATUS_ZH: Final = {
    "draft": "是草稿",
    "in_review": "审核中",
    "approved": "已通过审核",
    "listed": "已上架",
    "delisted": "已下架",
}
ATTRIBUTE_ZH: Final = {"choice": "单选", "choices": "多选", "text": "文本", "number": "数字", "flag": "是否"}


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
    """Product {code} is not on offer, so there is nothing to take down; reject it if it is in review or approved."""

    zh = "商品 {code} 未在售，无需下架；若在审核中或待上架，请驳回。"


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


class ProductChangedMeanwhile(Conflict):
    """The product is at version {current}, you started from {version}; look at it again, then repeat your change."""

    zh = "该商品已是第 {current} 版，您基于第 {version} 版操作；请重新查看后再试。"


class ReviewRequired(Conflict):
    """Product {code} must be approved first; submit it for review, or ask somebody who may approve."""

    zh = "商品 {code} 须先通过审核；请提交审核，或请有审核权限的人处理。"


class OnOffer(Conflict):
    """Product {code} is on offer or about to be, and changes need a review; take it off offer first."""

    zh = "商品 {code} 在售或即将上架，修改须经审核；请先下架再修改。"


class NotToReview(Conflict):
    """Product {code} is {status}, so there is nothing to submit; only a draft or a delisted product can be."""

    zh = "商品 {code} {status}，无需提交审核；只有草稿或已下架的商品可以提交。"
    zh_words = words(status=STATUS_ZH)


class NotInReview(Conflict):
    """Product {code} is {status}, not in review; submit it for review first."""

    zh = "商品 {code} {status}，不在审核中；请先提交审核。"
    zh_words = words(status=STATUS_ZH)


class ListTimePast(Invalid):
    """The time to go on offer, {at}, is past; name a later one, or none to list it now."""

    zh = "上架时间 {at} 已过；请填写更晚的时间，或留空立即上架。"


class BrandNotFound(NotFound):
    """There is no brand {brand_id}; list the brands and pick one."""

    zh = "没有品牌 {brand_id}，请从品牌列表中选择。"


class BrandNameTaken(Conflict):
    """There is a brand '{name}' already; use it, or choose another name."""

    zh = "已有品牌“{name}”，请直接使用，或另取名称。"


class CategoryInItself(Conflict):
    """A category cannot lie below itself; choose a place outside of its own branch."""

    zh = "类目不能移到自身之下；请选择其分支以外的位置。"


class AttributeKeyInvalid(Invalid):
    """'{key}' cannot be an attribute's key: use letters, digits, dashes and underscores, at most 64."""

    zh = "“{key}”不能用作属性键：请使用文字、数字、短横线和下划线，最多 64 个字符。"


class AttributeNotFound(NotFound):
    """There is no attribute {attribute_id}; list the attributes and pick one."""

    zh = "没有属性 {attribute_id}，请从属性列表中选择。"


class AttributeKindFixed(Conflict):
    """Attribute {key} is a {kind} and products have values of it; define another attribute instead."""

    zh = "属性 {key} 的类型为 {kind}，且已有商品使用；请另建属性。"
    zh_words = words(kind=ATTRIBUTE_ZH)


class AttributeInUse(Conflict):
    """Products or SKUs still have values of {key}; remove those first."""

    zh = "仍有商品或 SKU 使用属性 {key}；请先移除这些值。"


class OptionsNotFitting(Invalid):
    """The options of {key} do not fit ({option}): choices have some, each key and name once; other kinds have none."""

    zh = "属性 {key} 的选项不符合要求（{option}）：选项类属性至少一个选项，键与名称不空不重；其他类型不能有选项。"


class OptionInUse(Conflict):
    """Products or SKUs still have the value {option} of {key}; change those first, or keep the option."""

    zh = "仍有商品或 SKU 使用 {key} 的选项 {option}；请先修改，或保留此选项。"


class ValueNotFitting(Invalid):
    """'{value}' cannot be a value of {key} ({kind}); use {wanted}."""

    zh = "“{value}”不能作为属性 {key}（{kind}）的值；请使用：{wanted}。"
    zh_words = words(kind=ATTRIBUTE_ZH)


class OneValueOnly(Invalid):
    """{key} takes one value here, not {count}; name one."""

    zh = "{key} 此处只能有一个值，不能有 {count} 个；请只填一个。"


class AxisNotChoice(Invalid):
    """SKUs cannot differ in {key}, which is a {kind}; use an attribute of the kind choice."""

    zh = "SKU 不能按属性 {key}（{kind}）区分；请使用单选类型的属性。"
    zh_words = words(kind=ATTRIBUTE_ZH)


class AxisTwice(Invalid):
    """{key} is named twice among the axes or its values; name everything once."""

    zh = "规格 {key} 或其取值重复；请只列一次。"


class AxisValueMissing(Invalid):
    """SKU {code} has no value of {key}, which the SKUs of this product differ in; give it one."""

    zh = "SKU {code} 缺少规格 {key} 的值；请补上。"


class VariantTwice(Conflict):
    """{code} and {other} have the same values of {axes}; give one of them other values."""

    zh = "{code} 与 {other} 的规格（{axes}）相同；请修改其中一个。"


class VariantUnknown(Invalid):
    """There is no combination {values} of the axes' values; name a value of every axis."""

    zh = "没有规格组合 {values}；请为每个规格写一个已列出的值。"


class NoVariants(Invalid):
    """All combinations are skipped, so nothing would be left to sell; keep at least one."""

    zh = "所有规格组合都被跳过，没有可售的 SKU；请至少保留一个。"


class TooManyVariants(Invalid):
    """These axes make {count} combinations, at most {most} are allowed; take values away, or make two products."""

    zh = "这些规格组合出 {count} 个 SKU，最多允许 {most} 个；请减少取值，或拆成多个商品。"


class PatternUnknown(Invalid):
    """The pattern '{pattern}' names {gap}, which it cannot; use code, name and the axes' keys in braces."""

    zh = "模式“{pattern}”中的 {gap} 无法识别；请使用花括号中的 code、name 和规格键。"


class PriceBelowZero(Invalid):
    """The price of {code} would come to {price_minor}; a price is not below zero."""

    zh = "{code} 的价格将为 {price_minor}，价格不能小于零。"


class MediaNeedsSource(Invalid):
    """A picture or film has a file or a URL, one of them; number {place} has none or both."""

    zh = "图片或视频须提供文件或网址之一；第 {place} 个未提供或同时提供了两者。"


class LanguageInvalid(Invalid):
    """'{language}' is no language tag here; write it as en, ja or pt-BR, and zh-CN and en as name and name_en."""

    zh = "“{language}”不是可用的语言标签；请写成 en、ja、pt-BR；中英文名称请填 name 和 name_en。"


class RelatedToItself(Invalid):
    """{code} cannot be related to itself, nor twice to the same product in the same way."""

    zh = "商品 {code} 不能关联自身，也不能以同一方式重复关联同一商品。"


class RelatedNotFound(NotFound):
    """There is no product {code} to relate to; search for it by name or code."""

    zh = "没有可关联的商品 {code}，请按名称或编码查找。"


class MediaSkuNotFound(NotFound):
    """SKU {code} is none of this product's, so a picture cannot show it; name one of the product's SKUs."""

    zh = "SKU {code} 不属于该商品，不能为其设置图片；请填写该商品的 SKU。"


class TaxRateInvalid(Invalid):
    """{rate} cannot be a tax rate; write a share from 0 to 1 with at most 4 decimals, as 0.13."""

    zh = "{rate} 不能作为税率；请填 0 到 1 之间、最多 4 位小数的数，例如 0.13。"


class OrderLimitsUnfit(Invalid):
    """{code} could never be ordered: from {min_qty} to {max_qty} in steps of {qty_step}; give limits that fit."""

    zh = "{code} 将无法下单：{min_qty} 至 {max_qty}，步长 {qty_step}；请填写合理的限购数量。"


class NotOnOffer(Conflict):
    """{code} is not on offer; take it out of the cart."""

    zh = "{code} 未在售，请从购物车移除。"


class QtyTooSmall(Conflict):
    """{code} is sold from {min_qty} pieces on; raise the quantity."""

    zh = "{code} 起订量为 {min_qty} 件，请增加数量。"


class QtyTooLarge(Conflict):
    """One order takes at most {max_qty} pieces of {code}; lower the quantity."""

    zh = "{code} 每单限购 {max_qty} 件，请减少数量。"


class QtyNotInSteps(Conflict):
    """{code} is sold in steps of {qty_step} pieces; take {qty_step}, or a multiple of it."""

    zh = "{code} 须按 {qty_step} 件的倍数购买，请调整数量。"


class NoPriceInCurrency(Conflict):
    """{code} has no price in {currency}; set one, or sell it in another currency."""

    zh = "{code} 没有 {currency} 价格；请设置价格，或使用其他币种销售。"

"""Freight: what a shop asks for sending goods, by templates (运费模板)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from enum import StrEnum
from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel import i18n
from shangmai.kernel.errors import Conflict, Invalid, NotFound
from shangmai.kernel.events.contract import event
from shangmai.kernel.money import MINOR_MAX, Money
from shangmai.modules.catalog.contract import ProductId, Sku, SkuId
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import ShopId

FreightTemplateId = NewType("FreightTemplateId", UUID)

TemplateCode = Annotated[
    str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)", description="Unique in the shop. 模板编码。")
]
Label = Annotated[str, Meta(max_length=100)]
Minor = Annotated[int, Meta(ge=0, le=MINOR_MAX)]
Units = Annotated[int, Meta(ge=1, le=1_000_000_000)]
Regions = Annotated[tuple[RegionCode, ...], Meta(max_length=1_000)]


class Basis(StrEnum):
    """What is counted: grams, pieces, cubic centimetres, or nothing (a fixed amount)."""

    WEIGHT = "weight"
    PIECES = "pieces"
    VOLUME = "volume"
    FIXED = "fixed"


class Combining(StrEnum):
    """What an order costs whose goods go by several templates: all of them, the dearest, or one first unit.

    `first`: the dearest first unit once, then everything else at the price of next units; fixed amounts beside the
    first are not asked again.
    """

    SUM = "sum"
    MAX = "max"
    FIRST = "first"


class FreeWhen(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """No freight when all that is given here holds for the goods that go by the template: 满额/满件/限重包邮.

    The amount is of list prices, before promotions: a promotion must not cost the buyer the free freight.
    """

    amount_minor: Minor | None = None
    pieces: Units | None = None
    weight_max_g: Units | None = None


class Zone(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What sending to these regions costs: `first_minor` for the first units, then `next_minor` for each `next` begun.

    Units are grams, pieces or cm³. A zone without regions is for all that no other names. A district's zone goes
    before its city's, a city's before its province's.
    """

    regions: Regions = ()
    first: Units = 1
    first_minor: Minor
    next: Units = 1
    next_minor: Minor = 0
    free: Annotated[tuple[FreeWhen, ...], Meta(max_length=10)] = ()


Zones = Annotated[tuple[Zone, ...], Meta(min_length=1, max_length=100)]


class FreightTemplate(Struct, frozen=True, kw_only=True):
    """A template as it stands. To regions of `not_to`, and to those of no zone, its goods are not sent."""

    id: FreightTemplateId
    shop_id: ShopId
    code: str
    name: str
    name_en: str
    basis: Basis
    zones: tuple[Zone, ...]
    not_to: tuple[RegionCode, ...]
    is_default: bool
    active: bool


class FreightItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a product is sent: by which template (none: the shop's default), and how large a piece of it is."""

    product_id: ProductId
    template: TemplateCode | None = None
    volume_cm3: Annotated[int, Meta(ge=0, le=100_000_000)] = 0


class Tariff(Struct, frozen=True, kw_only=True):
    """All that a shop's freight depends on, at one version. Without templates it asks for none."""

    shop_id: ShopId
    version: int
    combining: Combining
    templates: Mapping[FreightTemplateId, FreightTemplate]
    default: FreightTemplateId | None
    by_product: Mapping[ProductId, FreightTemplateId]
    volumes: Mapping[ProductId, int]


class FreightLine(Struct, frozen=True):
    """Pieces to send: of which product, how heavy one is, and what they come to at list prices."""

    product_id: ProductId
    qty: int
    weight_g: int
    amount_minor: int


class FreightPart(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the goods of one template cost: the first units, so many times the next; or why it is free."""

    template_id: FreightTemplateId
    code: str
    name: str
    basis: Basis
    units: int
    first: int
    first_minor: int
    next: int
    next_count: int
    next_minor: int
    amount_minor: int
    name_en: str = ""
    free: FreeWhen | None = None

    def text(self, currency: str, lang: i18n.Lang) -> str:
        """Say it: 首1kg ¥8.00 + 续2×¥2.00."""
        if self.free is not None:
            return i18n.t("logistics.freight.free", lang, why=_why(self.free, currency, lang))
        first = Money(self.first_minor, currency).format(lang)
        if self.basis is Basis.FIXED:
            return i18n.t("logistics.freight.fixed", lang, price=first)
        said = i18n.t("logistics.freight.first", lang, first=_measure(self.first, self.basis), price=first)
        if self.next_count:
            price = Money(self.next_minor, currency).format(lang)
            said += i18n.t("logistics.freight.next", lang, count=self.next_count, price=price)
        return said


class FreightBill(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What sending an order costs, by template, and how the parts come together."""

    total_minor: int
    combining: Combining = Combining.SUM
    parts: tuple[FreightPart, ...] = ()

    def text(self, currency: str, lang: i18n.Lang) -> str:
        """Say it to the buyer, in a line."""
        if not self.parts:
            return i18n.t("logistics.freight.none", lang)
        parts = "; ".join(part.text(currency, lang) for part in self.parts)
        if len(self.parts) == 1:
            return parts
        how = "dearest" if self.combining is Combining.MAX else "more"
        total = Money(self.total_minor, currency).format(lang)
        return i18n.t(f"logistics.freight.{how}", lang, parts=parts, total=total)


class Load(Struct, frozen=True):
    """A line of an order: pieces of a SKU, and what they come to at list prices."""

    sku: Sku
    qty: int
    amount_minor: int


FreightOf = Callable[[Sequence[Load]], FreightBill]
"""Works out the freight of an order's goods when their prices are known. Raises: NotDelivered."""


def _measure(units: int, basis: Basis) -> str:
    match basis:
        case Basis.WEIGHT:
            return f"{units / 1000:g}kg" if units % 100 == 0 else f"{units}g"
        case Basis.VOLUME:
            return f"{units / 1_000_000:g}m³" if units % 10_000 == 0 else f"{units}cm³"
        case _:
            return f"{units}件" if basis is Basis.PIECES else ""


def _why(free: FreeWhen, currency: str, lang: i18n.Lang) -> str:
    said = []
    if free.amount_minor is not None:
        amount = Money(free.amount_minor, currency).format(lang)
        said.append(i18n.t("logistics.freight.free_amount", lang, amount=amount))
    if free.pieces is not None:
        said.append(i18n.t("logistics.freight.free_pieces", lang, count=free.pieces))
    if free.weight_max_g is not None:
        weight = _measure(free.weight_max_g, Basis.WEIGHT)
        said.append(i18n.t("logistics.freight.free_weight", lang, weight=weight))
    return ", ".join(said)


# --- inputs and answers --------------------------------------------------------------------------------------------


class SaveFreightTemplate(Struct, frozen=True, kw_only=True):
    """A shop's freight template, made or replaced by its code. The first one of a shop is its default."""

    shop_id: ShopId
    code: TemplateCode
    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
    name_en: Label = ""
    basis: Basis
    zones: Zones
    not_to: Regions = ()
    is_default: bool = False
    active: bool = True


class AssignFreight(Struct, frozen=True, kw_only=True):
    """Say of products how they are sent in a shop; one that is said again is said anew."""

    shop_id: ShopId
    items: Annotated[tuple[FreightItem, ...], Meta(min_length=1, max_length=1_000)]


class SetFreightCombining(Struct, frozen=True, kw_only=True):
    """Say what orders of a shop cost whose goods go by several templates."""

    shop_id: ShopId
    combining: Combining


@event("logistics.freight_changed.v1", key="shop_id")
class FreightChanged(Struct, frozen=True, kw_only=True):
    """A shop's freight is at this version now."""

    shop_id: ShopId
    version: int


class AskFreight(Struct, frozen=True, kw_only=True):
    """What sending this many pieces of SKUs to a region would cost. 试算运费。"""

    shop_id: ShopId
    region: RegionCode
    lines: Annotated[dict[SkuId, Units], Meta(min_length=1, max_length=500)]


class FreightAnswer(Struct, frozen=True, kw_only=True):
    bill: FreightBill
    text: str


# --- errors --------------------------------------------------------------------------------------------------------


class NotDelivered(Conflict):
    """Some goods are not sent to {region}: {products}. Take them out or choose another address."""

    zh = "部分商品不支持配送至 {region}：{products}。请移除这些商品或更换地址。"


class TemplateNotFound(NotFound):
    """The shop has no freight template {code}; save it first (logistics.save_freight_template)."""

    zh = "店铺没有运费模板 {code}，请先保存模板。"


class ZonesOverlap(Invalid):
    """Region {region} stands in two zones; leave it in one."""

    zh = "地区 {region} 同时出现在两个运费区域，请只保留一处。"


class TwoRestZones(Invalid):
    """Two zones have no regions; one at most can be for all that the others do not name."""

    zh = "有两个区域未指定地区，“其余地区”最多只能有一个。"


class TooManyItems(Invalid):
    """A shop can say of {most} products at most how they are sent; let the others go by the default template."""

    zh = "每店最多为 {most} 个商品单独设置运费，其余商品请使用默认模板。"

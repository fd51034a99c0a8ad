"""Carriers' price cards: what a parcel from a warehouse to a region costs and how long it takes."""

from __future__ import annotations

from typing import Annotated, NewType
from uuid import UUID

from msgspec import Meta, Struct

from shangmai.kernel.events.contract import event
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import CompanyId

CarrierCardId = NewType("CarrierCardId", UUID)
CardCode = Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,32}$(?!\n)", description="Unique in the company. 价卡编码。")]
Places = Annotated[tuple[RegionCode, ...], Meta(max_length=1_000)]

VolumeCm3 = Annotated[int, Meta(ge=0, le=2_000_000_000, description="Cubic centimetres; 0: not known. 立方厘米。")]
Grams = Annotated[int, Meta(ge=1, le=1_000_000)]
CardMinor = Annotated[int, Meta(ge=0, le=10**9)]


class PriceCard(Struct, frozen=True, kw_only=True):
    """What a carrier asks from one place to another: the first `first_g`, then every `step_g` begun (首重、续重).

    `cm3_per_kg`: so much room counts as a kilogram, and weight or room is paid for, whichever is more (抛比，如 6000);
    0: only the weight. Prices in minor units. `surcharge_minor`: on top for every parcel, as to remote places (附加费).
    `hours`: from handing over to delivery, as promised. `carbon_g_per_kg`: grams of carbon dioxide for each kilogram
    begun.
    """

    first_g: Grams = 1000
    first_minor: CardMinor
    step_g: Grams = 1000
    step_minor: CardMinor
    cm3_per_kg: Annotated[int, Meta(ge=0, le=100_000)] = 0
    surcharge_minor: CardMinor = 0
    hours: Annotated[int, Meta(ge=1, le=2000)]
    carbon_g_per_kg: Annotated[int, Meta(ge=0, le=100_000)] = 0

    @property
    def parcel_minor(self) -> int:
        """What a parcel costs before it weighs more than the first grams."""
        return self.first_minor + self.surcharge_minor

    def charged_g(self, weight_g: int, volume_cm3: int = 0) -> int:
        """The grams that are paid for: what it weighs, or what its room counts as, whichever is more (计费重量)."""
        return max(weight_g, -(-volume_cm3 * 1000 // self.cm3_per_kg)) if self.cm3_per_kg else weight_g

    def cost_minor(self, weight_g: int, volume_cm3: int = 0) -> int:
        """The price of a parcel of this weight, and this room where it is known."""
        more_g = self.charged_g(weight_g, volume_cm3) - self.first_g
        return self.parcel_minor + max(-(-more_g // self.step_g), 0) * self.step_minor

    def carbon_g(self, weight_g: int) -> int:
        """The carbon dioxide of a parcel of this weight, in grams; a parcel counts as a kilogram at least."""
        return max(-(-weight_g // 1000), 1) * self.carbon_g_per_kg


class CardZone(PriceCard, frozen=True, kw_only=True):
    """What sending to these regions costs; a zone without regions is for all that no other names."""

    regions: Places = ()


CardZones = Annotated[tuple[CardZone, ...], Meta(min_length=1, max_length=200)]


class CarrierCard(Struct, frozen=True, kw_only=True):
    """A company's price card with a carrier (快递价卡), for parcels from `origins`; without any, from anywhere.

    A district's zone goes before its city's, a city's before its province's. Where no zone fits, it sends nothing.
    `carrier`: whose prices these are; the carrier of the card's own code where none is named.
    """

    id: CarrierCardId
    company_id: CompanyId
    code: str
    name: str
    name_en: str
    origins: tuple[RegionCode, ...]
    zones: tuple[CardZone, ...]
    active: bool
    carrier: str = ""


class SaveCarrierCard(Struct, frozen=True, kw_only=True):
    """A company's price card with a carrier, made or replaced by its code. Prices in the company's currency."""

    company_id: CompanyId
    code: CardCode
    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]
    name_en: Annotated[str, Meta(max_length=100)] = ""
    origins: Places = ()
    zones: CardZones
    active: bool = True
    carrier: Annotated[
        str, Meta(pattern=r"^[A-Z0-9_]{0,16}$(?!\n)", description="A carrier's code. 快递公司编码。")
    ] = ""


class Rate(Struct, frozen=True, kw_only=True):
    """What a carrier asks from one place to another: the card, and its prices there."""

    card: str
    price: PriceCard


@event("logistics.carrier_card_saved.v1", key="card_id")
class CarrierCardSaved(Struct, frozen=True, kw_only=True):
    """What a carrier asks of the company has changed."""

    card_id: CarrierCardId
    company_id: CompanyId
    code: str

"""Which carrier a parcel should go by, and why."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict
from shangmai.modules.inventory.contract import WarehouseId
from shangmai.modules.logistics.contract.parcels import WeightG
from shangmai.modules.logistics.contract.price_cards import VolumeCm3
from shangmai.modules.logistics.contract.regions import RegionCode
from shangmai.modules.organization.contract import CompanyId


class ChooseCourier(Struct, frozen=True, kw_only=True):
    """A parcel to be sent from a warehouse to a region, of so many grams, and so much room where that is known."""

    company_id: CompanyId
    warehouse_id: WarehouseId
    to_region: RegionCode
    weight_g: Annotated[WeightG, Meta(description="Grams. 克。")] = 0
    volume_cm3: VolumeCm3 = 0


class CourierOption(Struct, frozen=True, kw_only=True):
    """A carrier that the company has an account with.

    `cost_minor`: by its price card, None where none fits. `promised_h`: as the card says. `late_bp`: of ten thousand
    parcels of the lane so many took longer, as learned from `parcels`; of a lane that is not known, one in ten.
    `score_minor`: the price, and once more for each that is late: the lowest is chosen.
    """

    carrier: str
    name: str
    name_en: str
    cost_minor: int | None
    promised_h: int | None
    late_bp: int
    parcels: int
    score_minor: int | None


class CourierChoice(Struct, frozen=True, kw_only=True):
    """The carrier that is chosen, all that there were, the best first, and why in words."""

    carrier: str
    options: tuple[CourierOption, ...]
    currency: str
    zh: str
    en: str


class NoCourier(Conflict):
    """No carrier that the company has an account with sends from this warehouse; set one up, or name a carrier."""

    zh = "该仓库没有可用的快递账号，请先设置快递账号，或指定快递公司。"

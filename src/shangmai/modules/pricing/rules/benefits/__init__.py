"""One small unit for each kind of benefit."""

from shangmai.modules.pricing.contract import (
    AddOn,
    AmountOff,
    BundlePrice,
    BuyXGetY,
    Exchange,
    FreeShipping,
    Gift,
    NthDiscount,
    PercentOff,
    PointsDeduction,
    PriceForPieces,
)
from shangmai.modules.pricing.rules.benefits.add_on import AddOnWork
from shangmai.modules.pricing.rules.benefits.amount_off import AmountOffWork
from shangmai.modules.pricing.rules.benefits.bundle_price import BundlePriceWork
from shangmai.modules.pricing.rules.benefits.exchange import ExchangeWork
from shangmai.modules.pricing.rules.benefits.free_shipping import FreeShippingWork
from shangmai.modules.pricing.rules.benefits.gift import GiftWork
from shangmai.modules.pricing.rules.benefits.nth_discount import BuyXGetYWork, NthDiscountWork
from shangmai.modules.pricing.rules.benefits.percent_off import PercentOffWork
from shangmai.modules.pricing.rules.benefits.points_deduction import PointsDeductionWork
from shangmai.modules.pricing.rules.benefits.price_for_pieces import PriceForPiecesWork
from shangmai.modules.pricing.rules.benefits.unit_prices import UNIT_PRICES
from shangmai.modules.pricing.rules.benefits.work import Work

WORKS: dict[type, type[Work]] = {
    AmountOff: AmountOffWork,
    PercentOff: PercentOffWork,
    PriceForPieces: PriceForPiecesWork,
    NthDiscount: NthDiscountWork,
    BuyXGetY: BuyXGetYWork,
    BundlePrice: BundlePriceWork,
    AddOn: AddOnWork,
    Exchange: ExchangeWork,
    Gift: GiftWork,
    PointsDeduction: PointsDeductionWork,
    FreeShipping: FreeShippingWork,
}

__all__ = ["UNIT_PRICES", "WORKS", "Work"]

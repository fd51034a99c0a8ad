"""The actions of pricing, and what other modules ask of it."""

from shangmai.modules.pricing.service.coupons import (
    claim_coupon,
    close_coupon_batch,
    create_coupon_batch,
    grant_coupon,
    make_codes,
    void_coupon,
    wallet_of,
)
from shangmai.modules.pricing.service.price_lists import (
    assign_price_list,
    close_price_list,
    create_price_list,
    remove_prices,
    set_prices,
    unassign_price_list,
)
from shangmai.modules.pricing.service.prices import find_prices
from shangmai.modules.pricing.service.promotions import (
    create_promotion,
    end_promotion,
    get_promotion,
    pause_promotion,
    publish_promotion,
    roll_back_promotion,
    save_promotion,
)
from shangmai.modules.pricing.service.quotas import prove

__all__ = [
    "assign_price_list",
    "claim_coupon",
    "close_coupon_batch",
    "close_price_list",
    "create_coupon_batch",
    "create_price_list",
    "create_promotion",
    "end_promotion",
    "find_prices",
    "get_promotion",
    "grant_coupon",
    "make_codes",
    "pause_promotion",
    "prove",
    "publish_promotion",
    "remove_prices",
    "roll_back_promotion",
    "save_promotion",
    "set_prices",
    "unassign_price_list",
    "void_coupon",
    "wallet_of",
]

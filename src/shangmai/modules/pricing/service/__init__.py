"""The actions of pricing, and what other modules ask of it."""

from shangmai.modules.pricing.rules.index import PromotionIndex
from shangmai.modules.pricing.rules.quoting import quote
from shangmai.modules.pricing.service.claiming import claim_own_coupon, open_to_shoppers
from shangmai.modules.pricing.service.coupons import (
    claim_coupon,
    close_coupon_batch,
    create_coupon_batch,
    grant_coupon,
    make_codes,
    void_coupon,
    wallet_of,
)
from shangmai.modules.pricing.service.explaining import explain_prices, skus_explained
from shangmai.modules.pricing.service.floors import set_floors
from shangmai.modules.pricing.service.guessing import Guess, guard_codes
from shangmai.modules.pricing.service.holding import hold_quotes, with_places
from shangmai.modules.pricing.service.looking import (
    find_promotions,
    get_promotions,
    get_published,
    published_promotions,
)
from shangmai.modules.pricing.service.policies import policy_of, set_policy
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
from shangmai.modules.pricing.service.quotas import (
    give_back,
    give_back_coupons,
    pieces_left,
    prove,
    settle,
    used_by,
    with_coupons,
)
from shangmai.modules.pricing.service.quoting import is_anything_in_force, price_baskets, share_refund
from shangmai.modules.pricing.service.telling import tell_heads, tell_promotion
from shangmai.modules.pricing.service.turning import next_price_turn, turned

__all__ = [
    "Guess",
    "PromotionIndex",
    "assign_price_list",
    "claim_coupon",
    "claim_own_coupon",
    "close_coupon_batch",
    "close_price_list",
    "create_coupon_batch",
    "create_price_list",
    "create_promotion",
    "end_promotion",
    "explain_prices",
    "find_prices",
    "find_promotions",
    "get_promotion",
    "get_promotions",
    "get_published",
    "give_back",
    "give_back_coupons",
    "grant_coupon",
    "guard_codes",
    "hold_quotes",
    "is_anything_in_force",
    "make_codes",
    "next_price_turn",
    "open_to_shoppers",
    "pause_promotion",
    "pieces_left",
    "policy_of",
    "price_baskets",
    "prove",
    "publish_promotion",
    "published_promotions",
    "quote",
    "remove_prices",
    "roll_back_promotion",
    "save_promotion",
    "set_floors",
    "set_policy",
    "set_prices",
    "settle",
    "share_refund",
    "skus_explained",
    "tell_heads",
    "tell_promotion",
    "turned",
    "unassign_price_list",
    "used_by",
    "void_coupon",
    "wallet_of",
    "with_coupons",
    "with_places",
]

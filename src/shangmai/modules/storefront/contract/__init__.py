"""What shoppers are shown, reviews, events and errors of the shop window."""

from __future__ import annotations

from pathlib import Path

from shangmai.kernel.i18n import register_folder
from shangmai.modules.storefront.contract.errors import (
    AlreadyReviewed,
    NoShopWindow,
    NotBought,
    ProductNotShown,
    ReviewNotFound,
    ShopNeeded,
    UnknownFilter,
)
from shangmai.modules.storefront.contract.keeping import (
    ListingsChanged,
    Rebuild,
    Rebuilt,
    Refresh,
    Refreshed,
    TeachWords,
    WordsTaught,
)
from shangmai.modules.storefront.contract.reviews import (
    ModerateReview,
    ReplyToReview,
    Review,
    ReviewChanged,
    ReviewForModeration,
    ReviewId,
    ReviewStatus,
    ReviewSummary,
    SubmitReview,
)
from shangmai.modules.storefront.contract.shown import (
    Card,
    Choice,
    ChoiceValue,
    Count,
    Crumb,
    Facet,
    FacetValue,
    Help,
    Listing,
    Mall,
    ProductPage,
    ShownSku,
    Sort,
    Suggestion,
    Suggestions,
    Trait,
    Variant,
)

register_folder("storefront", Path(__file__).parents[1])

__all__ = [
    "AlreadyReviewed",
    "Card",
    "Choice",
    "ChoiceValue",
    "Count",
    "Crumb",
    "Facet",
    "FacetValue",
    "Help",
    "Listing",
    "ListingsChanged",
    "Mall",
    "ModerateReview",
    "NoShopWindow",
    "NotBought",
    "ProductNotShown",
    "ProductPage",
    "Rebuild",
    "Rebuilt",
    "Refresh",
    "Refreshed",
    "ReplyToReview",
    "Review",
    "ReviewChanged",
    "ReviewForModeration",
    "ReviewId",
    "ReviewNotFound",
    "ReviewStatus",
    "ReviewSummary",
    "ShopNeeded",
    "ShownSku",
    "Sort",
    "SubmitReview",
    "Suggestion",
    "Suggestions",
    "TeachWords",
    "Trait",
    "UnknownFilter",
    "Variant",
    "WordsTaught",
]

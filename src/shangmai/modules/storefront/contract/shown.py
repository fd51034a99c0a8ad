"""What shoppers are shown. All prices are minor units of the shop's currency; names are in the reader's language."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from shangmai.modules.catalog.contract import CategoryId, Description, ProductId, ShownMedia, SkuId
from shangmai.modules.logistics.contract import DeliveryPromise
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.storefront.contract.questions import QuestionSummary
from shangmai.modules.storefront.contract.reviews import ReviewSummary


class Sort(StrEnum):
    """The order of a list; every one ends with the product's id, so that pages neither repeat nor leave out."""

    RELEVANCE = "relevance"
    SALES = "sales"
    NEWEST = "newest"
    PRICE_UP = "price_up"
    PRICE_DOWN = "price_down"


class Mall(Struct, frozen=True, kw_only=True):
    """The mall itself: what its pages are headed with, and the currency of all its prices."""

    id: ShopId
    code: str
    name: str
    currency: str
    timezone: str


class Card(Struct, frozen=True, kw_only=True):
    """A product in a list. `market_minor` is the price struck through; `rating` is the mean of 1 to 5 stars, × 100."""

    id: ProductId
    code: str
    name: str
    brand: str
    price_minor: int
    price_max_minor: int
    market_minor: int | None
    currency: str
    in_stock: bool
    sales: int
    rating: int | None
    reviews: int
    picture: str
    badges: tuple[str, ...]
    listed_at: datetime


class Count(Struct, frozen=True):
    """How many. A count that is not exact was estimated from a random sample of the shop; show it as 约 or about."""

    count: int
    exact: bool


class FacetValue(Struct, frozen=True, kw_only=True):
    """A value to filter by: how many there would be if it were chosen (beside what is chosen of its facet).

    `parent` is the category above a category. A price band goes from `from_minor` up to below `below_minor`.
    """

    value: str
    label: str
    parent: str | None = None
    count: int
    chosen: bool
    from_minor: int | None = None
    below_minor: int | None = None


class Facet(Struct, frozen=True, kw_only=True):
    """One thing to filter by: `brand`, `category`, `price`, `stock`, or an attribute as `a:key`."""

    key: str
    label: str
    exact: bool
    values: tuple[FacetValue, ...]


class Help(Struct, frozen=True, kw_only=True):
    """What to offer instead of nothing: filters that leave nothing over, words that find something, what sells."""

    without: tuple[str, ...]
    words: tuple[str, ...]
    popular: tuple[Card, ...]


class Listing(Struct, frozen=True, kw_only=True):
    """A page of products with everything beside it.

    `corrected` is what was looked for instead when the words asked for find nothing; `did_you_mean` are such words.
    """

    items: tuple[Card, ...]
    next: str | None
    total: Count
    facets: tuple[Facet, ...]
    currency: str
    corrected: str | None = None
    did_you_mean: tuple[str, ...] = ()
    help: Help | None = None


class Suggestion(Struct, frozen=True):
    """A word that begins as typed, in characters or pinyin, and how many products it finds."""

    text: str
    products: int


class Suggestions(Struct, frozen=True, kw_only=True):
    words: tuple[Suggestion, ...]
    products: tuple[Card, ...]


class Crumb(Struct, frozen=True, kw_only=True):
    id: CategoryId
    name: str


class ChoiceValue(Struct, frozen=True, kw_only=True):
    value: str
    label: str


class Choice(Struct, frozen=True, kw_only=True):
    """What variants differ in, with the values there are."""

    key: str
    label: str
    values: tuple[ChoiceValue, ...]


class Trait(Struct, frozen=True, kw_only=True):
    """Something said of the whole product; `unit` stands behind numbers."""

    key: str
    label: str
    values: tuple[str, ...]
    unit: str


class Variant(Struct, frozen=True, kw_only=True):
    """A SKU to choose: `choices` by key of the choice. `available` pieces can be bought now; a service has no limit."""

    sku_id: SkuId
    code: str
    name: str
    choices: dict[str, str]
    price_minor: int
    market_minor: int | None
    available: int | None
    in_stock: bool
    min_qty: int
    max_qty: int | None
    qty_step: int
    badges: tuple[str, ...]


class ProductPage(Struct, frozen=True, kw_only=True):
    """A product with all that its page shows; without a description in the reader's language, the other one."""

    card: Card
    breadcrumbs: tuple[Crumb, ...]
    choices: tuple[Choice, ...]
    variants: tuple[Variant, ...]
    traits: tuple[Trait, ...]
    media: tuple[ShownMedia, ...]
    description: Description | None
    tags: tuple[str, ...]
    reviews: ReviewSummary
    questions: QuestionSummary
    related: tuple[Card, ...]


class ShownSku(Struct, frozen=True, kw_only=True):
    """A SKU wherever one stands without its product's page: in a cart, an order, a flash sale.

    `choices` are the labels of what was chosen. `card` is its product's, null where the shop shows it no longer.
    """

    sku_id: SkuId
    product_id: ProductId
    code: str
    name: str
    choices: tuple[str, ...]
    card: Card | None


class ShownDelivery(Struct, frozen=True, kw_only=True):
    """On which day a SKU would be with a shopper in a region, and until when it is to be paid for, for that.

    None where it is not in stock, or the shop makes no promise there.
    """

    promise: DeliveryPromise | None
    text: str

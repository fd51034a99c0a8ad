"""What a shopper sees of a product beside its SKUs: pictures, films, descriptions, other products."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from shangmai.kernel.files import Sha256
from shangmai.modules.catalog.contract.nouns import Code, Label, Product, ProductId, SkuDetail, SkuId, Words

Url = Annotated[
    str,
    Meta(
        max_length=2000,
        pattern=r"""^(https?://[^\s"'<>\\]+|/[^\s"'<>\\/][^\s"'<>\\]*)$""",
        description="http, https, or a path of this site",
    ),
]
Language = Annotated[str, Meta(min_length=2, max_length=12, description="A language tag as zh-CN, en, ja, pt-BR.")]
Text = Annotated[str, Meta(max_length=5000)]
Tag = Annotated[str, Meta(min_length=1, max_length=50, pattern=r"\S")]
Tags = Annotated[tuple[Tag, ...], Meta(max_length=50)]


class MediaKind(StrEnum):
    IMAGE = "image"
    VIDEO = "video"


class Media(Struct, frozen=True, kw_only=True):
    """A picture or film, by the address of its file in our store or by a URL; of one SKU if `sku` names it."""

    kind: MediaKind = MediaKind.IMAGE
    file: Sha256 | None = None
    url: Url | None = None
    alt: Words = ""
    alt_en: Words = ""
    sku: Code | None = None


class Heading(Struct, frozen=True, tag="heading", tag_field="type"):
    text: Annotated[str, Meta(min_length=1, max_length=200)]


class Paragraph(Struct, frozen=True, tag="paragraph", tag_field="type"):
    text: Text


class Bullets(Struct, frozen=True, tag="list", tag_field="type"):
    items: Annotated[tuple[Text, ...], Meta(min_length=1, max_length=100)]


class Rows(Struct, frozen=True, tag="table", tag_field="type"):
    """A table, row by row; the first cell of a row says what the others are of."""

    rows: Annotated[
        tuple[Annotated[tuple[Words, ...], Meta(min_length=1, max_length=10)], ...], Meta(min_length=1, max_length=100)
    ]


class Picture(Struct, frozen=True, tag="picture", tag_field="type"):
    """A picture between the texts, by file or URL."""

    file: Sha256 | None = None
    url: Url | None = None
    alt: Words = ""


class Film(Struct, frozen=True, tag="film", tag_field="type"):
    file: Sha256 | None = None
    url: Url | None = None
    alt: Words = ""


Block = Heading | Paragraph | Bullets | Rows | Picture | Film
"""A piece of a description. There are no others: no HTML, no styles, no scripts; a text is shown letter by letter."""

Blocks = Annotated[tuple[Block, ...], Meta(max_length=300)]


class Description(Struct, frozen=True, kw_only=True):
    """What is said of a product in one language: a line or two for cards and search, and the whole."""

    summary: Annotated[str, Meta(max_length=500)] = ""
    blocks: Blocks = ()


class GivenDescription(Struct, frozen=True, kw_only=True):
    """A description to keep; `body` is blocks, or plain text whose blank lines part paragraphs."""

    summary: Annotated[str, Meta(max_length=500)] = ""
    body: Annotated[str, Meta(max_length=100_000)] | Blocks = ""


class RelatedKind(StrEnum):
    """Why another product is shown: it is alike, it goes with this one, it can take this one's place."""

    RELATED = "related"
    ACCESSORY = "accessory"
    SUBSTITUTE = "substitute"


class RelatedProduct(Struct, frozen=True, kw_only=True):
    product: Code
    kind: RelatedKind = RelatedKind.RELATED


class Relation(Struct, frozen=True, kw_only=True):
    product_id: ProductId
    code: str
    kind: RelatedKind


class ShownMedia(Struct, frozen=True, kw_only=True):
    """A picture or film in its place; of one SKU if `sku_id` names it."""

    kind: MediaKind
    file: str | None
    url: str | None
    alt: str
    alt_en: str
    sku_id: SkuId | None


class Verdict(StrEnum):
    """What happened in a review."""

    SUBMITTED = "submitted"
    APPROVED = "approved"
    REJECTED = "rejected"


class Review(Struct, frozen=True, kw_only=True):
    """A step of a product's review: by whom, of which version of the product, and why."""

    seq: int
    at: datetime
    verdict: Verdict
    version: int
    by: str
    reason: str


class ReviewItem(Struct, frozen=True, kw_only=True):
    """A product that waits to be reviewed: since when, handed in by whom, with which note."""

    product: Product
    submitted_at: datetime
    submitted_by: str
    note: str


Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=r"\S")]
Note = Annotated[str, Meta(max_length=500)]
Names = Annotated[dict[Language, Label], Meta(max_length=30)]


class ProductContent(Struct, frozen=True, kw_only=True):
    """What is said of a product beside its names; `names` are those in further languages."""

    names: dict[str, str]
    attributes: dict[str, tuple[str, ...]]
    axes: tuple[str, ...]
    descriptions: dict[str, Description]
    media: tuple[ShownMedia, ...]
    related: tuple[Relation, ...]
    tax_rate: Decimal | None
    tax_code: str


class ProductDetail(Struct, frozen=True, kw_only=True):
    """A product as those who keep the catalog look at it; the reviews from the newest on."""

    product: Product
    content: ProductContent
    skus: tuple[SkuDetail, ...]
    reviews: tuple[Review, ...]

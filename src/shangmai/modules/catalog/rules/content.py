"""Changes of what is said of a product: which are accepted, and what is so afterwards."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from msgspec import UNSET, Struct
from msgspec.structs import replace

from shangmai.modules.catalog.contract import (
    Block,
    BrandId,
    CategoryId,
    CategoryNotFound,
    Description,
    Film,
    GivenDescription,
    LanguageInvalid,
    Media,
    MediaNeedsSource,
    MediaSkuNotFound,
    Paragraph,
    Picture,
    ProductChangedMeanwhile,
    ProductId,
    ProductNotFound,
    ProductStatus,
    RelatedNotFound,
    RelatedProduct,
    RelatedToItself,
    Relation,
    ShownMedia,
    SkuId,
    TaxRateInvalid,
    UpdateProduct,
)
from shangmai.modules.catalog.rules.attributes import Values, changed_values, clean_values
from shangmai.modules.catalog.rules.creating import Known, PlannedBrand, brand_key, clean_tags, plan_brand
from shangmai.modules.catalog.rules.offering import Reviewer, still_reviewed

_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")
NAMED_BY_COLUMNS: Final = frozenset({"zh-CN", "en"})
TAX_DECIMALS: Final = 4


class Content(Struct, frozen=True, kw_only=True):
    """A product and all that is said of it."""

    id: ProductId
    code: str
    status: ProductStatus
    version: int
    reviewed: bool
    name: str
    name_en: str
    names: dict[str, str]
    category_id: CategoryId | None
    brand_id: BrandId | None
    attributes: Values
    tags: tuple[str, ...]
    tax_rate: Decimal | None
    tax_code: str
    descriptions: dict[str, Description]
    media: tuple[ShownMedia, ...]
    related: tuple[Relation, ...]


class Named(Struct, frozen=True):
    """What changes name: codes and keys of the whole catalog, SKUs of a product by their codes."""

    known: Known
    skus: Mapping[tuple[ProductId, str], SkuId]


class Updated(Struct, frozen=True):
    """A product before and after a change, the same one if nothing changed; `new_brand` is to be made with it."""

    before: Content
    after: Content
    new_brand: PlannedBrand | None

    @property
    def changed(self) -> bool:
        return self.after is not self.before


def update(
    contents: dict[ProductId, Content], do: UpdateProduct, named: Named, ids: Iterator[UUID], by: Reviewer
) -> Updated:
    """Decide about one change; what it changes is kept in `contents` and `named` for the next one.

    Raises: ProductNotFound, ProductChangedMeanwhile, OnOffer, CategoryNotFound, LanguageInvalid, ValueNotFitting,
    MediaNeedsSource, MediaSkuNotFound, RelatedNotFound, RelatedToItself, TaxRateInvalid.
    """
    before = contents.get(do.product_id)
    if before is None:
        raise ProductNotFound(product_id=do.product_id)
    if do.version is not None and do.version != before.version:
        raise ProductChangedMeanwhile(current=before.version, version=do.version)
    brand_id, new_brand = (before.brand_id, None) if do.brand is UNSET else plan_brand(do.brand, named.known, ids)
    changes = {**_plain_changes(do, named), **_rich_changes(before, do, named), "brand_id": brand_id}
    after = replace(before, **changes)
    if after == before:
        return Updated(before, before, None)
    reviewed = still_reviewed(before.code, before.status, before.reviewed, by)
    after = contents[before.id] = replace(after, version=before.version + 1, reviewed=reviewed)
    if new_brand is not None:
        named.known.brands[brand_key(new_brand.name)] = new_brand.id
    return Updated(before, after, new_brand)


def _plain_changes(do: UpdateProduct, named: Named) -> dict[str, Any]:
    changes = {name: getattr(do, name) for name in ("name_en", "names", "category_id", "tax_rate", "tax_code")}
    changes = {name: value for name, value in changes.items() if value is not UNSET}
    if do.name is not UNSET:
        changes["name"] = do.name.strip()
    if do.tags is not UNSET:
        changes["tags"] = clean_tags(do.tags)
    if changes.get("category_id") is not None and changes["category_id"] not in named.known.categories:
        raise CategoryNotFound(category_id=changes["category_id"])
    for language in changes.get("names", ()):
        if language in NAMED_BY_COLUMNS:
            raise LanguageInvalid(language=language)
        check_language(language)
    if changes.get("tax_rate") is not None:
        check_tax_rate(changes["tax_rate"])
    return changes


def _rich_changes(before: Content, do: UpdateProduct, named: Named) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    defined = named.known.attributes
    if do.attributes is not UNSET:
        changes["attributes"] = clean_values(do.attributes, defined)
    if do.attribute_changes:
        start = changes.get("attributes", before.attributes)
        changes["attributes"] = changed_values(start, do.attribute_changes, defined)
    if do.descriptions:
        changes["descriptions"] = described_anew(before.descriptions, do.descriptions)
    if do.media is not UNSET:
        changes["media"] = tuple(_media(before, place, each, named) for place, each in enumerate(do.media, 1))
    if do.related is not UNSET:
        changes["related"] = _related(before, do.related, named.known)
    return changes


def check_language(language: str) -> None:
    """Raises: LanguageInvalid."""
    if not _LANGUAGE.fullmatch(language):
        raise LanguageInvalid(language=language)


def check_tax_rate(rate: Decimal) -> None:
    """Raises: TaxRateInvalid."""
    if not rate.is_finite() or not 0 <= rate <= 1 or rate != round(rate, TAX_DECIMALS):
        raise TaxRateInvalid(rate=str(rate)[:40])


# --- descriptions --------------------------------------------------------------------------------------------------


def described_anew(before: Mapping[str, Description], given: Mapping[str, GivenDescription]) -> dict[str, Description]:
    """Give the descriptions with those of the named languages replaced; an empty one is taken away.

    Raises: LanguageInvalid, MediaNeedsSource.
    """
    for language in given:
        check_language(language)
    new = {language: description_of(each) for language, each in given.items()}
    return {lang: each for lang, each in sorted({**before, **new}.items()) if each != Description()}


def description_of(given: GivenDescription) -> Description:
    """Give the description as it is kept. Plain text becomes paragraphs. Raises: MediaNeedsSource."""
    blocks = _paragraphs(given.body) if isinstance(given.body, str) else given.body
    for place, block in enumerate(blocks, 1):
        if isinstance(block, Picture | Film):
            check_source(place, block)
    return Description(summary=given.summary.strip(), blocks=blocks)


def _paragraphs(text: str) -> tuple[Block, ...]:
    parts = _BLANK_LINES.split(text.replace("\r\n", "\n"))
    return tuple(Paragraph(part.strip()) for part in parts if part.strip())


def check_source(place: int, shown: Media | Picture | Film) -> None:
    """Raises: MediaNeedsSource."""
    if (shown.file is None) == (shown.url is None):
        raise MediaNeedsSource(place=place)


# --- pictures and other products -----------------------------------------------------------------------------------


def _media(product: Content, place: int, given: Media, named: Named) -> ShownMedia:
    check_source(place, given)
    sku_id = None
    if given.sku is not None:
        sku_id = named.skus.get((product.id, given.sku.strip()))
        if sku_id is None:
            raise MediaSkuNotFound(code=given.sku)
    return ShownMedia(
        kind=given.kind, file=given.file, url=given.url, alt=given.alt, alt_en=given.alt_en, sku_id=sku_id
    )


def _related(product: Content, given: Sequence[RelatedProduct], known: Known) -> tuple[Relation, ...]:
    relations: list[Relation] = []
    for each in given:
        code = each.product.strip()
        found = known.products.get(code)
        if found is None:
            raise RelatedNotFound(code=each.product)
        relation = Relation(product_id=found, code=code, kind=each.kind)
        if found == product.id or relation in relations:
            raise RelatedToItself(code=product.code)
        relations.append(relation)
    return tuple(relations)

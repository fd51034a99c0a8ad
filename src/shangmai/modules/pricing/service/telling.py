"""Telling a promotion in words before it is saved, whether it could be, and what it would meet."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain, islice
from typing import Final
from uuid import UUID

from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import LANGS, Lang
from shangmai.kernel.tx import Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.organization import service as organization
from shangmai.modules.pricing.contract import (
    AddOn,
    BundlePrice,
    BuyXGetY,
    FlashSale,
    Gift,
    Promotion,
    PromotionId,
    Selection,
    SpecialPrice,
)
from shangmai.modules.pricing.contract.lifecycle import PromotionHead
from shangmai.modules.pricing.contract.telling import (
    NEIGHBOURS_MAX,
    Neighbour,
    Sentence,
    TellPromotion,
    ToldHead,
    ToldPromotion,
    Unsound,
)
from shangmai.modules.pricing.queries import promotions as queries
from shangmai.modules.pricing.rules import neighbours as rules
from shangmai.modules.pricing.rules import sentences
from shangmai.modules.pricing.rules.checks import check_promotion
from shangmai.modules.pricing.rules.sentences import Speech
from shangmai.modules.pricing.service.promotions import TERMS

NOT_YET: Final = PromotionId(UUID(int=0))
PLACED_MAX: Final = 500
"""Of so many SKUs that are named it is looked up where they stand; others may be met."""

NAMES_MAX: Final = 60
"""A promotion that names more goods than that names none of them in words."""

Names = Mapping[Lang, Mapping[UUID, str]]
Saying = Callable[[Promotion, Speech], str]


async def tell_promotion(tx: Tx, do: TellPromotion) -> ToldPromotion:
    """Say a promotion in both languages, why it could not be saved, and which in force it may meet; changes nothing.

    Which may meet is decided by shops, channels, levels, period and goods; where that cannot be known without looking
    at every product (a brand against a category), they may.
    """
    promotion = Promotion(
        id=do.promotion_id or NOT_YET, version=1, code=do.code, **{name: getattr(do, name) for name in TERMS}
    )
    others = [other for other in await queries.in_force(tx, tx.now) if other.id != promotion.id]
    named = chain.from_iterable(rules.skus_named(each) or () for each in (promotion, *others))
    places = await catalog.places_of(tx, [SkuId(UUID(int=sku)) for sku in islice(dict.fromkeys(named), PLACED_MAX)])
    met = [other for other in others if rules.may_meet(promotion, other, places)]
    met.sort(key=lambda other: (rules.ORDER.index(rules.together(promotion, other)), other.code))
    shown = met[:NEIGHBOURS_MAX]
    names = await _names(tx, [promotion, *shown])

    def both(say: Saying, of: Promotion = promotion) -> Sentence:
        zh, en = (say(of, Speech(lang, do.currency, names[lang])) for lang in LANGS)
        return Sentence(zh, en)

    return ToldPromotion(
        whole=both(_whole),
        gives=both(sentences.gives),
        goods=both(sentences.goods),
        buyers=both(sentences.buyers),
        when=both(sentences.when),
        limits=both(sentences.limits),
        borne=both(sentences.borne),
        unsound=_unsound(promotion),
        neighbours=tuple(
            Neighbour(
                promotion_id=other.id,
                code=other.code,
                name=other.name,
                name_en=other.name_en,
                layer=other.layer,
                gives=both(sentences.gives, other),
                together=rules.together(promotion, other),
                by_group=rules.of_one_group(promotion, other),
            )
            for other in shown
        ),
        neighbours_all=len(met),
    )


async def tell_heads(tx: Tx, heads: Sequence[PromotionHead], currency: str) -> list[ToldHead]:
    """Say what each gives, in both languages, with amounts in this currency."""
    known = await queries.versions(tx, [(head.id, head.latest) for head in heads])
    names = await _names(tx, known.values())

    def told(head: PromotionHead) -> ToldHead:
        promotion = known[head.id, head.latest]
        zh, en = (sentences.gives(promotion, Speech(lang, currency, names[lang])) for lang in LANGS)
        return ToldHead(**{name: getattr(head, name) for name in head.__struct_fields__}, gives=Sentence(zh, en))

    return [told(head) for head in heads]


def _whole(promotion: Promotion, speech: Speech) -> str:
    parts: list[Saying] = [sentences.gives, sentences.goods, sentences.buyers, sentences.when, sentences.limits]
    said = [part(promotion, speech) for part in [*parts, sentences.borne]]
    return speech.say("semicolon").join(said)


def _unsound(promotion: Promotion) -> Unsound | None:
    try:
        check_promotion(promotion)
    except AppError as error:
        return Unsound(error.code, error.message("zh"), error.message("en"))
    return None


async def _names(tx: Tx, promotions: Iterable[Promotion]) -> Names:
    """Names of the goods and shops that are few enough to be named."""
    promotions = list(promotions)
    wanted = {id_ for promotion in promotions for id_ in _few(_ids_of(promotion))}
    shops = await organization.get_shops(tx, {shop for promotion in promotions for shop in promotion.scope.shops})
    by_code = {shop.id: shop.code for shop in shops.values()}
    found = await catalog.names_of(tx, wanted)
    return {lang: by_code | {id_: names[place] for id_, names in found.items()} for place, lang in enumerate(LANGS)}


def _ids_of(promotion: Promotion) -> list[UUID]:
    ids: list[UUID] = list(_skus_of(promotion))
    for of in _selections(promotion):
        ids += [*of.products, *of.categories, *of.brands]
    return ids


def _selections(promotion: Promotion) -> tuple[Selection, ...]:
    of = promotion.benefit.of if isinstance(promotion.benefit, BuyXGetY) else Selection()
    return (promotion.scope.include, promotion.scope.exclude, of)


def _few(ids: Iterable[UUID]) -> list[UUID]:
    """The ids, where they are few enough to be named one by one."""
    some = list(islice(ids, NAMES_MAX + 1))
    return some if len(some) <= NAMES_MAX else []


def _skus_of(promotion: Promotion) -> list[SkuId]:
    named = [sku for of in _selections(promotion) for sku in of.skus]
    match promotion.benefit:
        case SpecialPrice(prices=prices) | FlashSale(prices=prices) | AddOn(prices=prices):
            named += [one.sku_id for one in prices]
        case BundlePrice(items=items):
            named += [item.sku_id for item in items]
        case Gift(tiers=tiers):
            named += [item.sku_id for tier in tiers for item in tier.items]
    return named

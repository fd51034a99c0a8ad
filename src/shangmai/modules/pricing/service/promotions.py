"""Actions on promotions: write versions, put one in force, pause, end, roll back."""

from __future__ import annotations

from datetime import datetime

from msgspec.structs import fields

from shangmai.kernel.actions.contract import action
from shangmai.kernel.actors import EVERYTHING
from shangmai.kernel.clock import UnknownTimezone
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Tx
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.lifecycle import (
    BalanceWithoutEnd,
    ChangePromotion,
    CreatePromotion,
    DepositAboveWorth,
    EveryNeedsOneTier,
    FundersIncomplete,
    GivesNothing,
    LayerUnfit,
    LimitState,
    MoreThanAll,
    NothingToRollBack,
    OtherShopsToo,
    PromotionCodeTaken,
    PromotionDetail,
    PromotionEnded,
    PromotionHead,
    PromotionNotFound,
    PromotionPaused,
    PromotionPublished,
    PromotionSavedMeanwhile,
    PromotionStatus,
    PromotionStatusForbids,
    PromotionVersionNotFound,
    PublishPromotion,
    SavePromotion,
    SkuTwice,
    TiersDoNotRise,
    WindowBackwards,
)
from shangmai.modules.pricing.contract.promotion import Promotion, PromotionId
from shangmai.modules.pricing.queries import promotions as queries
from shangmai.modules.pricing.queries import versions
from shangmai.modules.pricing.rules.checks import check_promotion
from shangmai.modules.pricing.service import quotas
from shangmai.modules.rules.contract import ConditionInvalid, ConditionNotYesOrNo, FactOfOtherKind, FactUnknown

WRITE = "pricing.write_promotions"
PUBLISH = "pricing.publish_promotions"

UNSOUND = (
    LayerUnfit, FundersIncomplete, TiersDoNotRise, EveryNeedsOneTier, MoreThanAll, SkuTwice, GivesNothing,
    WindowBackwards, BalanceWithoutEnd, DepositAboveWorth, UnknownTimezone, ConditionInvalid, FactUnknown,
    FactOfOtherKind, ConditionNotYesOrNo,
)  # fmt: skip
TERMS = frozenset(field.name for field in fields(Promotion)) - {"id", "version", "code"}


@action("pricing.create_promotion", grant=WRITE, errors=[PromotionCodeTaken, OtherShopsToo, *UNSOUND])
async def create_promotion(tx: Tx, do: CreatePromotion) -> PromotionHead:
    """Write a promotion as a draft; nobody gets it before it is published.

    Raises: OtherShopsToo, PromotionCodeTaken, and what `check_promotion` refuses.
    """
    promotion = _promotion(do, PromotionId(new_id()), 1, do.code)
    check_promotion(promotion)
    _check_shops(tx, promotion.scope.shops)
    made = await queries.insert(tx, promotion, do.note)
    if made is None:
        raise PromotionCodeTaken(code=do.code)
    return made


@action(
    "pricing.save_promotion",
    grant=WRITE,
    errors=[PromotionNotFound, PromotionSavedMeanwhile, OtherShopsToo, *UNSOUND],
)
async def save_promotion(tx: Tx, do: SavePromotion) -> PromotionHead:
    """Write the next version of a promotion as a draft. What is in force stays in force until that is published.

    Raises: PromotionNotFound, PromotionSavedMeanwhile, OtherShopsToo, and what `check_promotion` refuses.
    """
    head = await _lock(tx, do.promotion_id)
    if do.base is not None and do.base != head.latest:
        raise PromotionSavedMeanwhile(code=head.code, latest=head.latest, base=do.base)
    promotion = _promotion(do, head.id, head.latest + 1, head.code)
    check_promotion(promotion)
    _check_shops(tx, promotion.scope.shops)
    return await queries.add_version(tx, promotion, do.note)


@action(
    "pricing.publish_promotion",
    grant=PUBLISH,
    inverse="pricing.roll_back_promotion",
    errors=[PromotionNotFound, PromotionVersionNotFound, PromotionStatusForbids, OtherShopsToo],
)
async def publish_promotion(tx: Tx, do: PublishPromotion) -> PromotionHead:
    """Put a version in force: every price that is asked for after this is committed heeds it.

    Publishing what is in force changes nothing. A paused promotion goes on. Event pricing.promotion_published.v1.
    Raises: PromotionNotFound, PromotionVersionNotFound, PromotionStatusForbids (it has ended), OtherShopsToo.
    """
    head = await _lock(tx, do.promotion_id)
    return await _publish(tx, head, head.latest if do.version is None else do.version)


@action(
    "pricing.roll_back_promotion",
    grant=PUBLISH,
    errors=[PromotionNotFound, PromotionStatusForbids, NothingToRollBack, OtherShopsToo],
)
async def roll_back_promotion(tx: Tx, do: ChangePromotion) -> PromotionHead:
    """Put the version in force again that was before the present one. Event pricing.promotion_published.v1.

    Raises: PromotionNotFound, PromotionStatusForbids, NothingToRollBack, OtherShopsToo.
    """
    head = await _lock(tx, do.promotion_id)
    before = None if head.published is None else await queries.published_before(tx, head.id, head.published)
    if before is None:
        raise NothingToRollBack(code=head.code)
    return await _publish(tx, head, before)


@action(
    "pricing.pause_promotion",
    grant=PUBLISH,
    inverse="pricing.publish_promotion",
    errors=[PromotionNotFound, PromotionStatusForbids, OtherShopsToo],
)
async def pause_promotion(tx: Tx, do: ChangePromotion) -> PromotionHead:
    """Take a promotion out of force until it is published again; orders keep what they were placed with.

    Pausing a paused promotion changes nothing. Event pricing.promotion_paused.v1.
    Raises: PromotionNotFound, PromotionStatusForbids, OtherShopsToo.
    """
    head = await _lock(tx, do.promotion_id)
    if head.status is PromotionStatus.PAUSED:
        return head
    if head.status is not PromotionStatus.PUBLISHED:
        raise PromotionStatusForbids(code=head.code, status=head.status.value, wanted=PromotionStatus.PAUSED.value)
    changed = await _leave(tx, head, PromotionStatus.PAUSED)
    tx.emit(PromotionPaused(promotion_id=head.id, code=head.code, version=_in_force(head)))
    return changed


@action("pricing.end_promotion", grant=PUBLISH, errors=[PromotionNotFound, PromotionStatusForbids, OtherShopsToo])
async def end_promotion(tx: Tx, do: ChangePromotion) -> PromotionHead:
    """End a promotion for good; orders and coupons keep their history. Ending an ended one changes nothing.

    Event pricing.promotion_ended.v1. Raises: PromotionNotFound, PromotionStatusForbids (never published).
    """
    head = await _lock(tx, do.promotion_id)
    if head.status is PromotionStatus.ENDED:
        return head
    if head.status is PromotionStatus.DRAFT:
        raise PromotionStatusForbids(code=head.code, status=head.status.value, wanted=PromotionStatus.ENDED.value)
    changed = await _leave(tx, head, PromotionStatus.ENDED)
    tx.emit(PromotionEnded(promotion_id=head.id, code=head.code, version=_in_force(head)))
    return changed


async def get_promotion(tx: Tx, promotion_id: PromotionId) -> PromotionDetail:
    """A promotion with all its versions and what is left of its limits for all buyers. Raises: PromotionNotFound."""
    head = await queries.find(tx, promotion_id)
    if head is None:
        raise PromotionNotFound(promotion_id=promotion_id)
    written = await queries.versions_of(tx, promotion_id)
    current = next(each.promotion for each in written if each.promotion.version == (head.published or head.latest))
    limits = quotas.limits_for_all(current)
    left = await quotas.left_of(tx, limits)
    return PromotionDetail(
        head=head,
        versions=written,
        limits=tuple(
            LimitState(kind=key[0], limit=each.limit, used=each.used, held=each.held, left=each.left)
            for key, each in left.items()
        ),
    )


# --- parts of the actions ------------------------------------------------------------------------------------------


def _promotion(do: CreatePromotion | SavePromotion, id_: PromotionId, version: int, code: str) -> Promotion:
    return Promotion(id=id_, version=version, code=code, **{name: getattr(do, name) for name in TERMS})


def _check_shops(tx: Tx, shops: tuple[ShopId, ...]) -> None:
    """Refuse what holds for shops that the actor may not see; a promotion that names none holds for all."""
    if tx.actor.scopes.get("shop", frozenset()) is EVERYTHING:
        return
    if not shops or not all(tx.actor.sees("shop", shop_id) for shop_id in shops):
        raise OtherShopsToo()


async def _lock(tx: Tx, id_: PromotionId) -> PromotionHead:
    head = await queries.lock(tx, id_)
    if head is None:
        raise PromotionNotFound(promotion_id=id_)
    _check_shops(tx, head.shop_ids)
    return head


async def _publish(tx: Tx, head: PromotionHead, version: int) -> PromotionHead:
    if head.status is PromotionStatus.ENDED:
        raise PromotionStatusForbids(code=head.code, status=head.status.value, wanted=PromotionStatus.PUBLISHED.value)
    promotion = await queries.version_of(tx, head.id, version)
    if promotion is None:
        raise PromotionVersionNotFound(code=head.code, version=version, latest=head.latest)
    is_live = head.status is PromotionStatus.PUBLISHED
    if is_live and head.published == version:
        return head
    _check_shops(tx, promotion.scope.shops)
    period = promotion.when.period
    changed = await queries.change(tx, head.id, PromotionStatus.PUBLISHED, version, (period.start, period.end))
    await versions.advance(tx, "promotions", live=0 if is_live else 1)
    tx.emit(
        PromotionPublished(
            promotion_id=head.id, code=head.code, version=version, replaces=head.published if is_live else None
        )
    )
    return changed


async def _leave(tx: Tx, head: PromotionHead, status: PromotionStatus) -> PromotionHead:
    """Take a promotion out of force, if it is."""
    period: tuple[datetime, datetime | None] = (_begin(head), head.valid_to)
    changed = await queries.change(tx, head.id, status, _in_force(head), period)
    await versions.advance(tx, "promotions", live=-1 if head.status is PromotionStatus.PUBLISHED else 0)
    return changed


def _in_force(head: PromotionHead) -> int:
    assert head.published is not None, "only a draft has no version in force"
    return head.published


def _begin(head: PromotionHead) -> datetime:
    assert head.valid_from is not None, "only a draft has no period"
    return head.valid_from

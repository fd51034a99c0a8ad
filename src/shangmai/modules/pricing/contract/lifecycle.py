"""A promotion's life: drafts, versions, what is published, and how that is refused."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from msgspec import Meta, Struct

from shangmai.kernel.errors import Conflict, Denied, Invalid, NotFound, words
from shangmai.kernel.events.contract import event
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.benefits import Benefit
from shangmai.modules.pricing.contract.promotion import (
    Combines,
    Funder,
    Layer,
    Limits,
    Name,
    Promotion,
    PromotionCode,
    PromotionId,
    Scope,
    When,
)

Version = Annotated[int, Meta(ge=1, le=1_000_000)]
Note = Annotated[str, Meta(max_length=200, description="Why, for colleagues. 修改说明。")]


class PromotionStatus(StrEnum):
    """Draft: never published. Published: in force within its period. Paused: not now. Ended: for good."""

    DRAFT = "draft"
    PUBLISHED = "published"
    PAUSED = "paused"
    ENDED = "ended"


class PromotionHead(Struct, frozen=True, kw_only=True):
    """A promotion as lists show it, by its latest version. `published`: the version in force, or last in force."""

    id: PromotionId
    code: str
    name: str
    name_en: str
    layer: Layer
    kind: str
    needs_coupon: bool
    shop_ids: tuple[ShopId, ...]
    status: PromotionStatus
    latest: int
    published: int | None
    valid_from: datetime | None
    valid_to: datetime | None
    created_at: datetime


class PromotionVersion(Struct, frozen=True, kw_only=True):
    """A version is never changed. `published_at`: the times it was put in force."""

    promotion: Promotion
    note: str
    made_at: datetime
    published_at: tuple[datetime, ...]


class LimitState(Struct, frozen=True, kw_only=True):
    """How far a limit that counts for all buyers is used: `used` by paid orders, `held` by those not paid yet."""

    kind: str
    limit: int
    used: int
    held: int
    left: int


class PromotionDetail(Struct, frozen=True, kw_only=True):
    """A promotion with all its versions, the newest first, and what is left of its limits."""

    head: PromotionHead
    versions: tuple[PromotionVersion, ...]
    limits: tuple[LimitState, ...]


# --- action inputs -------------------------------------------------------------------------------------------------


class _Terms(Struct, frozen=True, kw_only=True):
    name: Name
    layer: Layer
    when: When
    benefit: Benefit
    name_en: Annotated[str, Meta(max_length=100)] = ""
    scope: Scope = Scope()
    condition: Annotated[str, Meta(max_length=2_000)] = ""
    limits: Limits = Limits()
    funders: Annotated[tuple[Funder, ...], Meta(min_length=1, max_length=10)] = (Funder(),)
    group: Annotated[str, Meta(min_length=1, max_length=40)] | None = None
    combines: Combines = Combines()
    priority: Annotated[int, Meta(ge=-1_000, le=1_000)] = 0
    needs_coupon: bool = False
    note: Note = ""


class CreatePromotion(_Terms, frozen=True, kw_only=True):
    """A promotion as a draft; see `Promotion` for what the fields mean."""

    code: PromotionCode


class SavePromotion(_Terms, frozen=True, kw_only=True):
    """The whole promotion as it shall be. With `base`, refused if somebody has saved a version after that one."""

    promotion_id: PromotionId
    base: Version | None = None


class PublishPromotion(Struct, frozen=True, kw_only=True):
    """Put a version in force, the latest unless another is named."""

    promotion_id: PromotionId
    version: Version | None = None


class ChangePromotion(Struct, frozen=True, kw_only=True):
    promotion_id: PromotionId


# --- events --------------------------------------------------------------------------------------------------------


@event("pricing.promotion_published.v1", key="promotion_id")
class PromotionPublished(Struct, frozen=True, kw_only=True):
    """A version is in force from now on; `replaces` is the version that was until now."""

    promotion_id: PromotionId
    code: str
    version: int
    replaces: int | None


@event("pricing.promotion_paused.v1", key="promotion_id")
class PromotionPaused(Struct, frozen=True, kw_only=True):
    promotion_id: PromotionId
    code: str
    version: int


@event("pricing.promotion_ended.v1", key="promotion_id")
class PromotionEnded(Struct, frozen=True, kw_only=True):
    promotion_id: PromotionId
    code: str
    version: int


# --- errors --------------------------------------------------------------------------------------------------------


class PromotionNotFound(NotFound):
    """There is no promotion {promotion_id}, or you may not see it; list the promotions and pick one."""

    zh = "没有促销 {promotion_id}，或您无权查看；请从促销列表中选择。"


class PromotionCodeTaken(Conflict):
    """There is a promotion {code} already; save a new version of it, or use another code."""

    zh = "促销编码 {code} 已存在；请保存其新版本，或换一个编码。"


class PromotionVersionNotFound(NotFound):
    """Promotion {code} has no version {version}; its versions go from 1 to {latest}."""

    zh = "促销 {code} 没有第 {version} 版；现有第 1 至 {latest} 版。"


class PromotionSavedMeanwhile(Conflict):
    """Promotion {code} is at version {latest}, you started from {base}; look at it again, then repeat your change."""

    zh = "促销 {code} 已是第 {latest} 版，您基于第 {base} 版修改；请重新查看后再改。"


STATUS_ZH: Final = {"draft": "是草稿", "published": "已发布", "paused": "已暂停", "ended": "已结束"}


class PromotionStatusForbids(Conflict):
    """Promotion {code} is {status}, so it cannot be {wanted}; create another promotion, or publish this one first."""

    zh = "促销 {code} {status}，不能{wanted}；请新建促销，或先发布它。"
    zh_words = words(status=STATUS_ZH, wanted={"paused": "暂停", "ended": "结束", "published": "恢复"})


class NothingToRollBack(Conflict):
    """Promotion {code} has had one version in force only; publish the version that you want by its number."""

    zh = "促销 {code} 只发布过一个版本，无可回退；请指定版本号发布。"


class OtherShopsToo(Denied):
    """This promotion would hold for shops outside of your data scope; name shops of yours in scope.shops."""

    zh = "该促销会作用于您数据范围之外的店铺；请在 scope.shops 中只填写您的店铺。"


class LayerUnfit(Invalid):
    """A benefit of the kind {kind} does not work in the layer {layer}; put it into one of: {fits}."""

    zh = "类型为 {kind} 的优惠不能放在 {layer} 层；可用的层：{fits}。"


class FundersIncomplete(Invalid):
    """The funders bear {sum_bp} of 10,000 basis points together; make their shares add up to 10,000."""

    zh = "各承担方的比例合计为 {sum_bp}，应正好为 10,000 个基点；请调整后重新保存。"


class TiersDoNotRise(Invalid):
    """Tier {n} does not rise above the one before it; let thresholds rise, and what they give with them."""

    zh = "第 {n} 档没有高于前一档；门槛须逐档提高，优惠也须随之提高。"


class EveryNeedsOneTier(Invalid):
    """With `every` there is one tier, whose threshold is above zero; remove the others, or leave `every` out."""

    zh = "设置“每满”（every）时只能有一档，且门槛大于零；请删除其他档，或不设 every。"


class MoreThanAll(Invalid):
    """Tier {n} takes more than the whole price away; 10,000 basis points are all of it."""

    zh = "第 {n} 档的折扣超过全价；10,000 个基点即为全价。"


class SkuTwice(Invalid):
    """SKU {sku_id} is named twice in this promotion; keep one of the two."""

    zh = "SKU {sku_id} 在该促销中重复出现，请保留其中一个。"


class GivesNothing(Invalid):
    """This promotion names neither prices nor a percentage, so it gives nothing; add one of them."""

    zh = "该促销既没有价格也没有折扣比例，不产生任何优惠；请至少填写一项。"


class WindowBackwards(Invalid):
    """A weekly window ends at minute {end}, not after it begins; split one over midnight in two."""

    zh = "每周时段的结束（第 {end} 分钟）不晚于开始；跨午夜的时段请拆成两段。"


class BalanceWithoutEnd(Invalid):
    """The window for the balance has no end, so a pre-sale would never be closed; give `balance` an end (`to`)."""

    zh = "尾款支付时间没有结束时间，预售单将永远不会关闭；请为 balance 填写结束时间（to）。"


class DepositAboveWorth(Invalid):
    """The deposit counts for less than was paid; let `worth_minor` be at least `deposit_minor`."""

    zh = "定金抵扣额低于已付定金；请让 worth_minor 不小于 deposit_minor。"

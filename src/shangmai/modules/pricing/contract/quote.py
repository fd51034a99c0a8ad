"""What a basket costs, and why: frozen on the order as its price trace."""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct

from shangmai.kernel import i18n
from shangmai.kernel.clock import Period
from shangmai.kernel.money import Currency, Money
from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.pricing.contract.basket import OfferedCoupon, PriceRef
from shangmai.modules.pricing.contract.floors import FloorBy
from shangmai.modules.pricing.contract.policy import Policy
from shangmai.modules.pricing.contract.promotion import FunderKind, Layer, PromotionId


class FunderShare(Struct, frozen=True, omit_defaults=True, gc=False):
    funder: FunderKind
    amount_minor: int
    party: str | None = None


class Step(Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """What one promotion takes off one line, or off the freight. `pieces`: of how many pieces, where not of all."""

    promotion_id: PromotionId
    version: int
    layer: Layer
    amount_minor: int
    funders: tuple[FunderShare, ...]
    points: int = 0
    pieces: int = 0


class QuotedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Amounts are for the whole line: list − steps = paid. `tax_minor` is in `paid_minor` when the policy says that
    prices include it, else on top. `deposit_minor`: of `paid_minor`, what is due now for a pre-sale. `floor_minor`:
    what no promotion may take it below (底价); where that is what is paid, it kept a discount from being larger.
    `floor_by`: what set it.
    """

    key: int
    sku_id: SkuId
    qty: int
    unit_list_minor: int
    list_minor: int
    price: PriceRef
    steps: tuple[Step, ...]
    paid_minor: int
    tax_minor: int = 0
    points: int = 0
    deposit_minor: int = 0
    floor_minor: int = 0
    floor_by: FloorBy | None = None


class QuotedGift(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Pieces to add for nothing. `line_keys` earned them, by `at` (minor units or pieces) for each of `sets`;
    `counted`: what each of these lines counted for.
    """

    promotion_id: PromotionId
    version: int
    sku_id: SkuId
    qty: int
    value_minor: int
    line_keys: tuple[int, ...]
    counted: tuple[int, ...]
    sets: int
    at: int
    by_pieces: bool = False


class Missing(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How much more of the goods in scope earns what: a discount, a percentage, a gift, free freight."""

    missing_minor: int = 0
    missing_pieces: int = 0
    off_minor: int = 0
    off_bp: int = 0
    gift: bool = False
    freight: bool = False

    def text(self, currency: str, lang: i18n.Lang) -> str:
        """Write it for the buyer: 再买 ¥21.00 可减 ¥30.00."""
        need = "pieces" if self.missing_pieces else "amount"
        more = str(self.missing_pieces) if self.missing_pieces else Money(self.missing_minor, currency).format(lang)
        return i18n.t(f"pricing.missing.{need}_{self._earns()}", lang, more=more, gain=self._gain(currency, lang))

    def _earns(self) -> str:
        if self.gift:
            return "gift"
        if self.freight:
            return "freight"
        return "off" if self.off_minor or self.off_bp else "deal"

    def _gain(self, currency: str, lang: i18n.Lang) -> str:
        if self.off_bp:
            return f"{self.off_bp / 100:g}%"
        return Money(self.off_minor, currency).format(lang)


class Applied(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A promotion of the combination. `coupon`: the one it uses. `next`: what the tier above takes."""

    promotion_id: PromotionId
    version: int
    code: str
    name: str
    layer: Layer
    amount_minor: int
    name_en: str = ""
    points: int = 0
    coupon: OfferedCoupon | None = None
    next: Missing | None = None


class Why(StrEnum):
    """Why a promotion that touches the basket is not applied."""

    NOT_NOW = "not_now"
    NOT_THIS_BUYER = "not_this_buyer"
    NOT_THIS_REGION = "not_this_region"
    CONDITION = "condition"
    USED_UP = "used_up"
    BELOW_THRESHOLD = "below_threshold"
    GIFT_GONE = "gift_gone"
    GIFT_NOT_CHOSEN = "gift_not_chosen"
    NO_POINTS = "no_points"
    NOT_LOWER = "not_lower"
    AT_FLOOR = "at_floor"
    NOT_TOGETHER = "not_together"
    GOODS_TAKEN = "goods_taken"
    DEARER = "dearer"
    NO_SUCH_COUPON = "no_such_coupon"


class Refused(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`by`: the promotion that stands in the way. `missing`: what would earn it."""

    promotion_id: PromotionId
    why: Why
    version: int = 0
    code: str = ""
    name: str = ""
    name_en: str = ""
    by: PromotionId | None = None
    by_name: str = ""
    by_name_en: str = ""
    missing: Missing | None = None

    def text(self, currency: str, lang: i18n.Lang) -> str:
        """Say it to the buyer, in a sentence."""
        if self.missing is not None:
            return self.missing.text(currency, lang)
        other = (lang == "en" and self.by_name_en) or self.by_name
        return i18n.t(f"pricing.why.{self.why}", lang, other=other)


class Totals(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """goods_minor − off_minor + freight_minor − freight_off_minor (+ tax when it comes on top) = payable_minor.

    `freight_minor` is the list freight; `funders` adds up to off + freight_off; deposit_minor + balance_minor =
    payable_minor when there is a deposit, else both are 0. `points` are used up besides the money.
    """

    goods_minor: int
    off_minor: int
    freight_minor: int
    freight_off_minor: int
    tax_minor: int
    payable_minor: int
    points: int = 0
    deposit_minor: int = 0
    balance_minor: int = 0
    balance_window: Period | None = None
    funders: tuple[FunderShare, ...] = ()


class Stopped(StrEnum):
    """What ended a search before it was proven: so many turns, or the time that the policy gives it."""

    TURNS = "turns"
    TIME = "time"


class Quote(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`proven`: no legal combination costs the buyer less. False: the search was `stopped`, this is its best.

    `engine`: the version of the rules of arithmetic, so that an old quote can be read as it was meant.
    """

    currency: Currency
    lines: tuple[QuotedLine, ...]
    freight_steps: tuple[Step, ...]
    gifts: tuple[QuotedGift, ...]
    totals: Totals
    applied: tuple[Applied, ...]
    refused: tuple[Refused, ...]
    proven: bool
    stopped: Stopped | None = None
    policy: Policy
    engine: int

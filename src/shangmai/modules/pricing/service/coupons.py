"""Actions on coupons: batches, codes, claims, grants."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId, CustomerNotFound
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.contract.coupons import (
    BatchKind,
    BatchNotOpen,
    BatchOfOtherKind,
    BatchTermsUnfit,
    ClaimCoupon,
    ClaimWhat,
    CloseCouponBatch,
    CodesNotPreviewed,
    Coupon,
    CouponBatch,
    CouponBatchCodeTaken,
    CouponBatchNotFound,
    CouponCodesThrottled,
    CouponId,
    CouponIssued,
    CouponNotFound,
    CouponNotUsable,
    CouponStatus,
    CreateCouponBatch,
    GrantCoupon,
    MadeCodes,
    MakeCodes,
    NoCouponPromotion,
    VoidCoupon,
)
from shangmai.modules.pricing.contract.lifecycle import PromotionNotFound
from shangmai.modules.pricing.contract.quotas import CouponsGone, QuotaKind, QuotaUse
from shangmai.modules.pricing.queries import coupons as queries
from shangmai.modules.pricing.queries import promotions
from shangmai.modules.pricing.rules import coupons as rules
from shangmai.modules.pricing.service import quotas
from shangmai.modules.pricing.service.guessing import Guess, guard_codes

MANAGE = "pricing.manage_coupons"


@action(
    "pricing.create_coupon_batch",
    grant=MANAGE,
    errors=[PromotionNotFound, NoCouponPromotion, BatchTermsUnfit, CouponBatchCodeTaken],
)
async def create_coupon_batch(tx: Tx, do: CreateCouponBatch) -> CouponBatch:
    """Make a batch of coupons for a promotion that needs one.

    Raises: PromotionNotFound, NoCouponPromotion, BatchTermsUnfit, CouponBatchCodeTaken.
    """
    head = await promotions.find(tx, do.promotion_id)
    if head is None:
        raise PromotionNotFound(promotion_id=do.promotion_id)
    refusal = rules.check_batch(do)
    if refusal is not None:
        raise refusal
    if not head.needs_coupon:
        raise NoCouponPromotion(code=head.code)
    shared_key = None if do.shared_code is None else rules.plain(do.shared_code)
    made = await queries.insert_batch(tx, do, head.shop_ids, shared_key)
    if made is None:
        raise CouponBatchCodeTaken(batch=do.code)
    return made


@action("pricing.close_coupon_batch", grant=MANAGE, errors=[CouponBatchNotFound])
async def close_coupon_batch(tx: Tx, do: CloseCouponBatch) -> CouponBatch:
    """Hand out no more coupons of a batch; those handed out stay. Closing again changes nothing.

    Raises: CouponBatchNotFound.
    """
    batch = await _lock(tx, do.batch)
    if batch.closed_at is not None:
        return batch
    await queries.close_batch(tx, batch.id)
    return replace(batch, closed_at=tx.now)


@action(
    "pricing.make_codes",
    grant=MANAGE,
    errors=[CouponBatchNotFound, BatchOfOtherKind, BatchNotOpen, CouponsGone],
)
async def make_codes(tx: Tx, do: MakeCodes) -> MadeCodes:
    """Make coupon codes and tell them, this once: only their hashes are kept, and the log holds them masked.

    Raises: CouponBatchNotFound, BatchOfOtherKind, BatchNotOpen (it is closed or over), CouponsGone (beyond the stock).
    """
    batch = await _lock(tx, do.batch)
    if batch.kind is not BatchKind.CODES:
        raise BatchOfOtherKind(batch=batch.code, kind=batch.kind.value)
    if batch.closed_at is not None or (batch.valid_to is not None and batch.valid_to <= tx.now):
        raise BatchNotOpen(batch=batch.code)
    if batch.stock is not None and await quotas.use(tx, [_issue(batch, None, batch.stock, do.count, tx.items[0])]):
        raise CouponsGone(batch=batch.code)
    codes = tuple(rules.make_code(secrets.choice) for _ in range(do.count))
    begin = batch.valid_from or tx.now
    await queries.insert(
        tx,
        [
            (
                new_id(), batch.id, batch.promotion_id, None, rules.code_hash(code), code[-4:], begin, batch.valid_to,
                tx.now, None, tx.cause,
            )
            for code in codes
        ],
    )  # fmt: skip
    return MadeCodes(batch_id=batch.id, codes=codes)


@action(
    "pricing.claim_coupon",
    grant="pricing.claim_coupon",
    many=True,
    scope=lambda do: {"member": do.customer_id},
    errors=[
        ClaimWhat, CustomerNotFound, CouponBatchNotFound, CouponNotFound, BatchOfOtherKind, BatchNotOpen, CouponsGone,
        CouponNotUsable, CouponCodesThrottled, CodesNotPreviewed,
    ],
)  # fmt: skip
async def claim_coupon(tx: Tx, do: Sequence[ClaimCoupon]) -> list[Coupon | AppError]:
    """Put a coupon into one's wallet: a new one of a batch, or the one of a code.

    Claiming a code that is in one's wallet already changes nothing. First come, first served. Customers
    who type wrong codes must wait between them. Event pricing.coupon_issued.v1.
    """
    return await claim(tx, do, {})


async def claim(tx: Tx, do: Sequence[ClaimCoupon], refused: Mapping[int, AppError]) -> list[Coupon | AppError]:
    """Claim all but those that are refused already, by their places. Wrong codes are counted against who types them."""
    typed = {
        n: Guess((each.code,), each.customer_id, tx.items[n])
        for n, each in enumerate(do)
        if each.code and n not in refused
    }
    refused = {**await guard_codes(tx, typed), **refused}
    issuing = await _Issuing.begin(tx, do)
    for place, each in enumerate(do):
        if place in refused:
            issuing.refuse(place, refused[place])
        elif (each.batch is None) == (each.code is None):
            issuing.refuse(place, ClaimWhat())
        elif each.batch is not None:
            issuing.from_batch(place, issuing.batches.get(each.batch), each.batch, limited=True)
        else:
            issuing.from_code(place, each.code or "")
    return await issuing.finish(tx, claimed=True)


async def shops_of_customers(tx: Tx, do: Sequence[GrantCoupon]) -> list[Scope | None]:
    customers = await members.get_customers(tx, {each.customer_id for each in do})
    found = [customers.get(each.customer_id) for each in do]
    return [None if customer is None else {"shop": customer.shop_id} for customer in found]


@action(
    "pricing.grant_coupon",
    grant="pricing.grant_coupon",
    many=True,
    scopes_of=shops_of_customers,
    inverse="pricing.void_coupon",
    errors=[CustomerNotFound, CouponBatchNotFound, BatchOfOtherKind, BatchNotOpen, CouponsGone],
)
async def grant_coupon(tx: Tx, do: Sequence[GrantCoupon]) -> list[Coupon | AppError]:
    """Give customers coupons of a batch, up to its stock. Event pricing.coupon_issued.v1."""
    issuing = await _Issuing.begin(tx, do)
    for place, each in enumerate(do):
        issuing.from_batch(place, issuing.batches.get(each.batch), each.batch, limited=False)
    return await issuing.finish(tx, claimed=False)


@action("pricing.void_coupon", grant=MANAGE, errors=[CouponNotFound, CouponNotUsable])
async def void_coupon(tx: Tx, do: VoidCoupon) -> Coupon:
    """Make a coupon worthless that is not used or kept by an order. Voiding again changes nothing.

    Raises: CouponNotFound, CouponNotUsable.
    """
    coupon = (await queries.by_id(tx, [do.coupon_id], tx.now)).get(do.coupon_id)
    if coupon is None:
        raise CouponNotFound()
    if coupon.status is CouponStatus.VOIDED:
        return coupon
    once = QuotaUse(kind=QuotaKind.COUPON, of_id=coupon.id, limit=1, amount=1, doc=coupon.id, item=tx.items[0])
    if await quotas.use(tx, [once]):
        raise CouponNotUsable(status=coupon.status.value)
    await queries.void(tx, coupon.id)
    return replace(coupon, status=CouponStatus.VOIDED)


async def wallet_of(tx: Tx, customer_id: CustomerId, *, before: CouponId | None, limit: int) -> list[Coupon]:
    """A customer's coupons, the newest first, behind that one. Raises: CustomerNotFound."""
    if customer_id not in await members.get_customers(tx, [customer_id]):
        raise CustomerNotFound(customer_id=customer_id)
    return await queries.wallet(tx, customer_id, tx.now, before, limit)


async def _lock(tx: Tx, code: str) -> CouponBatch:
    batch = await queries.lock_batch(tx, code)
    if batch is None:
        raise CouponBatchNotFound(batch=code)
    return batch


def _issue(batch: CouponBatch, buyer_id: CustomerId | None, limit: int, count: int, item: Item) -> QuotaUse:
    return QuotaUse(
        kind=QuotaKind.ISSUED, of_id=batch.id, buyer_id=buyer_id, limit=limit, amount=count, doc=new_id(), item=item
    )


class _Issuing:
    """A batch of claims or grants while it is decided: what each place gets, or why it gets nothing."""

    def __init__(
        self,
        tx: Tx,
        do: Sequence[ClaimCoupon | GrantCoupon],
        batches: Mapping[str, CouponBatch],
        shared: Mapping[str, CouponBatch],
        coded: Mapping[bytes, Coupon],
        shops: Mapping[CustomerId, ShopId],
    ) -> None:
        self.batches, self.shared, self.coded, self.shops = batches, shared, coded, shops
        self.do, self.items = do, tx.items
        self.refused: dict[int, AppError] = {}
        self.new: dict[int, tuple[CouponBatch, CouponId, list[QuotaUse]]] = {}
        self.taken: dict[int, Coupon] = {}
        self.kept: dict[int, Coupon] = {}

    @classmethod
    async def begin(cls, tx: Tx, do: Sequence[ClaimCoupon | GrantCoupon]) -> _Issuing:
        codes = {each.code for each in do if isinstance(each, ClaimCoupon) and each.code is not None}
        named = await queries.batches(tx, {each.batch for each in do if each.batch is not None})
        shared = await queries.shared(tx, {rules.plain(code) for code in codes}) if codes else {}
        coded = await queries.by_hash(tx, {rules.code_hash(code) for code in codes}, tx.now) if codes else {}
        customers = await members.get_customers(tx, {each.customer_id for each in do})
        return cls(tx, do, named, shared, coded, {id_: customer.shop_id for id_, customer in customers.items()})

    def refuse(self, place: int, refusal: AppError) -> None:
        self.refused[place] = refusal

    def from_batch(self, place: int, batch: CouponBatch | None, code: str, *, limited: bool) -> None:
        """Take one of a batch; `limited`: no more than each buyer may claim."""
        customer, item = self.do[place].customer_id, self.items[place]
        shop = self.shops.get(customer)
        if shop is None:
            return self.refuse(place, CustomerNotFound(customer_id=customer))
        if batch is None or (batch.shop_ids and shop not in batch.shop_ids):
            return self.refuse(place, CouponBatchNotFound(batch=code))
        if batch.kind is BatchKind.CODES:
            return self.refuse(place, BatchOfOtherKind(batch=batch.code, kind=batch.kind.value))
        if not rules.is_open(batch, item.now):
            return self.refuse(place, BatchNotOpen(batch=batch.code))
        uses = [] if batch.stock is None else [_issue(batch, None, batch.stock, 1, item)]
        if limited and batch.per_buyer is not None:
            uses.append(_issue(batch, customer, batch.per_buyer, 1, item))
        id_ = CouponId(new_id())
        self.new[place] = (batch, id_, [replace(use, doc=id_) for use in uses])
        return None

    def from_code(self, place: int, code: str) -> None:
        """Take the coupon of a code; a shared code stands for its batch."""
        batch = self.shared.get(rules.plain(code))
        if batch is not None:
            return self.from_batch(place, batch, batch.code, limited=True)
        coupon, customer = self.coded.get(rules.code_hash(code)), self.do[place].customer_id
        if coupon is None or coupon.customer_id not in (None, customer):
            return self.refuse(place, CouponNotFound())
        if customer not in self.shops:
            return self.refuse(place, CustomerNotFound(customer_id=customer))
        if coupon.customer_id is not None:
            self.kept[place] = coupon
        elif coupon.status is not CouponStatus.USABLE:
            self.refuse(place, CouponNotUsable(status=coupon.status.value))
        else:
            self.taken[place] = coupon
        return None

    async def finish(self, tx: Tx, *, claimed: bool) -> list[Coupon | AppError]:
        told: dict[int, Coupon | AppError] = {**self.refused, **self.kept}
        told |= await self._issue(tx)
        told |= await self._take(tx)
        for place, coupon in told.items():
            if isinstance(coupon, Coupon) and place not in self.kept:
                tx.emit(self._event(coupon, claimed=claimed), self.items[place])
        return [told[place] for place in range(len(self.do))]

    async def _issue(self, tx: Tx) -> dict[int, Coupon | AppError]:
        uses = [(place, use) for place, (_, _, of) in self.new.items() for use in of]
        gone = {uses[n][0] for n in await quotas.use(tx, [use for _, use in uses])}
        told: dict[int, Coupon | AppError] = {}
        rows: list[queries.CouponRow] = []
        for place, (batch, id_, _) in self.new.items():
            if place in gone:
                told[place] = CouponsGone(batch=batch.code)
                continue
            customer, item = self.do[place].customer_id, self.items[place]
            begin, end = rules.validity(batch, item.now)
            rows.append(
                (id_, batch.id, batch.promotion_id, customer, None, None, begin, end, item.now, item.now, item.cause)
            )
            told[place] = Coupon(
                id=id_,
                batch_id=batch.id,
                promotion_id=batch.promotion_id,
                customer_id=customer,
                name=batch.name,
                name_en=batch.name_en,
                code_tail=None,
                valid_from=begin,
                valid_to=end,
                status=CouponStatus.USABLE if begin <= item.now else CouponStatus.NOT_YET,
            )
        await queries.insert(tx, rows)
        return told

    async def _take(self, tx: Tx) -> dict[int, Coupon | AppError]:
        """Give coded coupons to who claims them, the first of two."""
        if not self.taken:
            return {}
        batches = await queries.batches_by_id(tx, {coupon.batch_id for coupon in self.taken.values()})
        firsts: dict[CouponId, int] = {}
        for place, coupon in self.taken.items():
            firsts.setdefault(coupon.id, place)
        claims = []
        for id_, place in firsts.items():
            coupon, item = self.taken[place], self.items[place]
            begin, end = rules.validity(batches[coupon.batch_id], item.now)
            claims.append((id_, self.do[place].customer_id, min(begin, item.now), end, item))
        given = await queries.claim(tx, claims)
        return {
            place: replace(coupon, customer_id=self.do[place].customer_id)
            if coupon.id in given and firsts[coupon.id] == place
            else CouponNotFound()
            for place, coupon in self.taken.items()
        }

    def _event(self, coupon: Coupon, *, claimed: bool) -> CouponIssued:
        assert coupon.customer_id is not None
        return CouponIssued(
            coupon_id=coupon.id,
            batch_id=coupon.batch_id,
            promotion_id=coupon.promotion_id,
            customer_id=coupon.customer_id,
            claimed=claimed,
        )

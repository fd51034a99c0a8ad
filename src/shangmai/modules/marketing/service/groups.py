"""Opening and joining groups: a seat is claimed, the order placed with the group's offer, and held back."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import Scope, action
from shangmai.kernel.errors import AppError
from shangmai.kernel.ids import new_id
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.marketing.contract import (
    CustomerInGroup,
    GroupFull,
    GroupId,
    GroupNotFound,
    GroupOver,
    GroupSizeNotOffered,
    GroupStatus,
    GroupTerms,
    GroupTermsUnfit,
    JoinedGroup,
    JoinGroup,
    NoGroupPromotion,
    OpenGroup,
    SetGroupTerms,
)
from shangmai.modules.marketing.queries import groups as queries
from shangmai.modules.marketing.queries.groups import KeptGroup, Seat
from shangmai.modules.marketing.rules import groups as rules
from shangmai.modules.marketing.service.closing import HELD_BACK, settle
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerId, CustomerNotFound
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import (
    OfferedOrder,
    Order,
    OrderId,
    PlaceLine,
    PlaceOrder,
    SkuNotSellable,
    WantedHoldBack,
)
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import GroupBuy, Offer, Promotion, PromotionId
from shangmai.modules.pricing.contract.lifecycle import PromotionNotFound


class Wish(Struct, frozen=True):
    """A seat wanted: its place in the batch, in which group, as what, by which order."""

    index: int
    group: KeptGroup
    leader: bool
    do: OpenGroup | JoinGroup
    item: Item


@action(
    "marketing.set_group_terms",
    grant="marketing.manage",
    errors=[PromotionNotFound, NoGroupPromotion, GroupTermsUnfit],
)
async def set_group_terms(tx: Tx, do: SetGroupTerms) -> GroupTerms:
    """Say how groups of a promotion go: hours, sizes, how long a seat waits for its payment. Open groups keep theirs.

    Raises: PromotionNotFound, NoGroupPromotion, GroupTermsUnfit.
    """
    benefit = (await pricing.get_promotions(tx, [do.promotion_id]))[do.promotion_id].benefit
    if not isinstance(benefit, GroupBuy):
        raise NoGroupPromotion(promotion_id=do.promotion_id)
    smallest = rules.smallest_tier(benefit)
    for size in do.sizes:
        if size < smallest:
            raise GroupTermsUnfit(size=size, smallest=smallest)
    await queries.set_terms(tx, do)
    return (await queries.terms_of(tx, [do.promotion_id]))[do.promotion_id]


# --- opening -------------------------------------------------------------------------------------------------------


@action(
    "marketing.open_group",
    grant="marketing.open_group",
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id, "member": do.customer_id},
    errors=[CustomerNotFound, NoGroupPromotion, GroupSizeNotOffered, CustomerInGroup, *orders.OFFER_ERRORS],
)
async def open_group(tx: Tx, do: Sequence[OpenGroup]) -> list[JoinedGroup | AppError]:
    """Open groups, each with its leader's order at the group's price; it is not shipped before the group succeeds.

    The order's stock is held for `pay_minutes`; unpaid then, it is canceled and its seat is free. Events
    orders.placed.v1, orders.held_back.v1.
    """
    opening = await _Opening.begin(tx, do)
    outcomes: dict[int, AppError] = {}
    wishes = []
    for index, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        group = opening.group(each, item)
        if isinstance(group, AppError):
            outcomes[index] = group
        else:
            wishes.append(Wish(index, group, True, each, item))
    taken = await _take_seats(tx, wishes)
    return await _answers(tx, wishes, outcomes | taken, len(do))


class _Opening:
    """What a batch of new groups needs to know: promotions, terms, goods, customers."""

    def __init__(
        self,
        promotions: Mapping[PromotionId, Promotion],
        terms: Mapping[PromotionId, GroupTerms],
        skus: Mapping[SkuId, Sku],
        shops: Mapping[CustomerId, ShopId],
    ) -> None:
        self.promotions, self.terms, self.skus, self.shops = promotions, terms, skus, shops

    @classmethod
    async def begin(cls, tx: Tx, do: Sequence[OpenGroup]) -> _Opening:
        promotions = {each.promotion_id for each in do}
        return cls(
            await pricing.get_published(tx, promotions),
            await queries.terms_of(tx, promotions),
            await catalog.get_skus(tx, {each.sku_id for each in do}),
            await shops_of_customers(tx, {each.customer_id for each in do}),
        )

    def group(self, do: OpenGroup, item: Item) -> KeptGroup | AppError:
        """The group as it will be, without its warehouse yet; or why there can be none."""
        promotion = self.promotions.get(do.promotion_id)
        if promotion is None or not isinstance(promotion.benefit, GroupBuy):
            return NoGroupPromotion(promotion_id=do.promotion_id)
        if self.shops.get(do.customer_id) != do.shop_id:
            return CustomerNotFound(customer_id=do.customer_id)
        if do.sku_id not in self.skus:
            return SkuNotSellable(sku_id=do.sku_id)
        terms = self.terms.get(do.promotion_id) or rules.default_terms(do.promotion_id)
        size = rules.size_of(do.size, terms, promotion.benefit)
        if isinstance(size, AppError):
            return size
        return _new_group(do, item, size, terms, promotion, self.skus[do.sku_id])


def _new_group(do: OpenGroup, item: Item, size: int, terms: GroupTerms, promotion: Promotion, sku: Sku) -> KeptGroup:
    return KeptGroup(
        id=GroupId(new_id()),
        shop_id=do.shop_id,
        warehouse_id=do.warehouse_id,
        promotion_id=do.promotion_id,
        product_id=sku.product_id,
        sku_id=sku.id,
        size=size,
        taken=0,
        pay_minutes=terms.pay_minutes,
        one_at_a_time=terms.one_at_a_time,
        status=GroupStatus.OPEN,
        opened_at=item.now,
        closes_at=rules.closes_at(item.now, terms, promotion),
        closed_at=None,
    )


async def shops_of_customers(tx: Tx, ids: set[CustomerId]) -> dict[CustomerId, ShopId]:
    """The shops of those of these customers that there are."""
    return {id_: view.shop_id for id_, view in (await members.get_customers(tx, ids)).items()}


# --- joining -------------------------------------------------------------------------------------------------------


async def scopes_of_groups(tx: Tx, do: Sequence[JoinGroup]) -> list[Scope | None]:
    """The shop of each item's group, and the customer who joins; None where there is no such group."""
    found = await queries.get(tx, {each.group_id for each in do})
    return [
        {"shop": found[each.group_id].shop_id, "member": each.customer_id} if each.group_id in found else None
        for each in do
    ]


@action(
    "marketing.join_group",
    grant="marketing.join_group",
    many=True,
    public=True,
    scopes_of=scopes_of_groups,
    errors=[GroupNotFound, CustomerNotFound, GroupOver, GroupFull, CustomerInGroup, *orders.OFFER_ERRORS],
)
async def join_group(tx: Tx, do: Sequence[JoinGroup]) -> list[JoinedGroup | AppError]:
    """Join groups, each with an order at the group's price; of those who want the last seat the first gets it.

    Locks the groups in order of id. The order is as that of the leader. Events orders.placed.v1, orders.held_back.v1.
    """
    kept = await queries.lock(tx, {each.group_id for each in do})
    seated = {id_: {m.customer_id for m in await queries.members_of(tx, id_) if m.left_at is None} for id_ in kept}
    shops = await shops_of_customers(tx, {each.customer_id for each in do})
    outcomes: dict[int, AppError] = {}
    wishes = []
    for index, (each, item) in enumerate(zip(do, tx.items, strict=True)):
        group = kept.get(each.group_id)
        if group is None:
            outcomes[index] = GroupNotFound(group_id=each.group_id)
        elif (refusal := _check_join(group, each, seated[group.id], shops, item)) is not None:
            outcomes[index] = refusal
        else:
            seated[group.id].add(each.customer_id)
            wishes.append(Wish(index, group, False, each, item))
    taken = await _take_seats(tx, wishes)
    return await _answers(tx, wishes, outcomes | taken, len(do))


def _check_join(
    group: KeptGroup, do: JoinGroup, seated: set[CustomerId], shops: Mapping[CustomerId, ShopId], item: Item
) -> AppError | None:
    if shops.get(do.customer_id) != group.shop_id:
        return CustomerNotFound(customer_id=do.customer_id)
    return rules.check_join(group, len(seated), seated, do.customer_id, item.now)


# --- both ----------------------------------------------------------------------------------------------------------


async def _take_seats(tx: Tx, wishes: Sequence[Wish]) -> dict[int, Order | AppError]:
    """Claim the seats, place their orders, write and hold back; what became of each, by its place in the batch."""
    if not wishes:
        return {}
    seats = [_seat(wish) for wish in wishes]
    claimed = await queries.claim(tx, seats)
    lost = [(wish, seat) for wish, seat in zip(wishes, seats, strict=True) if seat.id not in claimed]
    held = await queries.groups_held(tx, [seat for _, seat in lost]) if lost else {}
    outcomes: dict[int, Order | AppError] = {
        wish.index: CustomerInGroup(group_id=held.get((seat.promotion_id, seat.customer_id))) for wish, seat in lost
    }
    live = [(wish, seat) for wish, seat in zip(wishes, seats, strict=True) if seat.id in claimed]
    placed = await orders.place_offered(tx, [_order(wish) for wish, _ in live])
    made: list[tuple[Wish, Order]] = []
    sealed, refused = {}, []
    for (wish, seat), outcome in zip(live, placed, strict=True):
        outcomes[wish.index] = outcome
        if isinstance(outcome, AppError):
            refused.append(seat.id)
        else:
            sealed[seat.id] = outcome.id
            made.append((wish, outcome))
    await queries.seal(tx, sealed, refused)
    await _write(tx, made)
    return outcomes


def _seat(wish: Wish) -> Seat:
    group = wish.group
    return Seat(
        id=new_id(),
        group_id=group.id,
        promotion_id=group.promotion_id,
        customer_id=wish.do.customer_id,
        leader=wish.leader,
        alone=group.one_at_a_time,
        item=wish.item,
    )


def _order(wish: Wish) -> OfferedOrder:
    group, do = wish.group, wish.do
    place = PlaceOrder(
        shop_id=group.shop_id,
        lines=[PlaceLine(sku_id=group.sku_id, qty=do.qty)],
        customer_id=do.customer_id,
        warehouse_id=group.warehouse_id,
        receiver=do.receiver,
        note=do.note,
        expected_total_minor=do.expected_total_minor,
        hold_minutes=group.pay_minutes,
    )
    offer = Offer(promotion_id=group.promotion_id, leader=wish.leader, group_size=group.size)
    return OfferedOrder(do=place, offers={1: offer}, item=wish.item)


async def _write(tx: Tx, made: Sequence[tuple[Wish, Order]]) -> None:
    """Write new groups, count the seats, hold the orders back; a group whose seats cost nothing may succeed at once."""
    opened = [(wish, order) for wish, order in made if wish.leader]
    await queries.insert(
        tx, [(replace(wish.group, taken=1, warehouse_id=order.warehouse_id), wish.item) for wish, order in opened]
    )
    joined = Counter(wish.group.id for wish, _ in made if not wish.leader)
    if joined:
        await queries.add_taken(tx, joined)
    await orders.hold_back(tx, [_hold_back(order.id, wish.item) for wish, order in made])
    free = {wish.group.id: wish.item for wish, order in made if rules.has_paid(order)}
    for group in (await queries.lock(tx, free)).values() if free else ():
        await settle(tx, group, free[group.id], is_over=False)


def _hold_back(order_id: OrderId, item: Item) -> WantedHoldBack:
    zh, en = "拼团尚未成团", "its group is not complete"
    return WantedHoldBack(order_id=order_id, code=HELD_BACK, zh=zh, en=en, item=item)


async def _answers(
    tx: Tx, wishes: Sequence[Wish], outcomes: Mapping[int, Order | AppError], n: int
) -> list[JoinedGroup | AppError]:
    groups = await queries.get(tx, {wish.group.id for wish in wishes}) if wishes else {}
    by_index = {wish.index: wish for wish in wishes}
    answers: list[JoinedGroup | AppError] = []
    for index in range(n):
        outcome = outcomes[index]
        if isinstance(outcome, AppError):
            answers.append(outcome)
        else:
            wish = by_index[index]
            order = replace(outcome, held_back=groups[wish.group.id].status is GroupStatus.OPEN)
            answers.append(JoinedGroup(group=rules.shown(groups[wish.group.id], wish.item.now), order=order))
    return answers

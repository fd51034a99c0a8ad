"""Planning orders of several shops that divide stock: nobody's own pieces go to others, whatever is asked."""

from __future__ import annotations

from collections import Counter
from itertools import takewhile
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.inventory.contract.channels import ShareMode
from shangmai.modules.inventory.rules import channels
from shangmai.modules.inventory.rules.channels import Claim
from shangmai.modules.orders.contract.sourcing import Plan
from shangmai.modules.orders.rules.sourcing import Asked, Pool, Shared, Slice, nearest_many, source_many
from shangmai.modules.organization.contract import ShopId
from tests.orders.test_sourcing_rules import CHENGDU, SHANGHAI, SKUS, card, need

MALL, TMALL, JD = SHOPS = [ShopId(UUID(int=200 + n)) for n in range(3)]
CARDS = {SHANGHAI: card(500), CHENGDU: card(900)}
claims_of = st.lists(
    st.builds(
        Claim,
        shop_id=st.sampled_from(SHOPS),
        mode=st.sampled_from(ShareMode),
        amount=st.integers(0, 12),
        buffer=st.integers(0, 2),
        locked=st.integers(0, 4),
    ),
    max_size=3,
    unique_by=lambda claim: claim.shop_id,
)
orders_of = st.lists(st.tuples(st.sampled_from(SHOPS), st.integers(1, 5)), min_size=1, max_size=8)


def pool(unlocked: int, claims: list[Claim], held: dict[ShopId, int]) -> Pool:
    """What each shop may have, by the inventory's own rules."""
    mine = {claim.shop_id: claim for claim in claims}
    return Pool(
        unlocked=unlocked,
        slices={
            shop: Slice(
                most=channels.most(claims, claim := mine.get(shop, Claim(shop_id=shop))),
                locked=claim.locked,
                held=held.get(shop, 0),
            )
            for shop in SHOPS
        },
    )


def in_front_of(shop: ShopId, claims: list[Claim]) -> set[ShopId]:
    """The shops whose exclusive pools are filled before this one's, and again after they have sold."""
    before = list(takewhile(lambda claim: claim.shop_id != shop, claims))
    return {claim.shop_id for claim in before if claim.pool}


def taken(orders: list[tuple[ShopId, int]], plans: list[Plan | None]) -> Counter[ShopId]:
    """Pieces from Shanghai, by shop."""
    found: Counter[ShopId] = Counter()
    for (shop, _), plan in zip(orders, plans, strict=True):
        for part in plan.parts if plan is not None else ():
            found[shop] += part.qty if part.warehouse_id == SHANGHAI else 0
    return found


@given(
    st.integers(0, 20),
    st.integers(0, 10),
    claims_of,
    orders_of,
    st.dictionaries(st.sampled_from(SHOPS), st.integers(0, 3)),
)
def test_no_shop_is_given_what_others_have_for_themselves(
    unlocked: int, elsewhere: int, claims: list[Claim], orders: list[tuple[ShopId, int]], held: dict[ShopId, int]
) -> None:
    asked = [Asked(needs=(need(SKUS[0], qty),), cards=CARDS, shop_id=shop) for shop, qty in orders]
    shared = Shared(
        stock={SHANGHAI: {}, CHENGDU: {SKUS[0]: elsewhere}}, pools={(SHANGHAI, SKUS[0]): pool(unlocked, claims, held)}
    )
    own = channels.pools(unlocked, claims)
    locked = {claim.shop_id: claim.locked for claim in claims}
    plans, nearest = source_many(asked, shared), nearest_many(asked, shared)
    for some in (plans, nearest):
        gone = taken(orders, some)
        for shop in SHOPS:
            behind = [each for each in SHOPS if each != shop and each not in in_front_of(shop, claims)]
            others = unlocked - own.get(shop, 0) + sum(locked.get(each, 0) + held.get(each, 0) for each in behind)
            taken_behind = sum(gone[each] for each in behind)
            assert taken_behind <= others, "the pool, the lock and the holds of a shop are its own"
        assert gone.total() <= unlocked + sum(locked.values()) + sum(held.values())
        sent = sum(part.qty for plan in some if plan for part in plan.parts)
        assert sent - gone.total() <= elsewhere
    worth = [
        (sum(plan is None for plan in some), sum(plan.score for plan in some if plan)) for some in (plans, nearest)
    ]
    assert worth[0] <= worth[1]


def test_the_pool_in_front_is_filled_again_from_what_is_left() -> None:
    """As when orders come one by one: of five pieces four are kept for the first shop, also after it has sold one."""
    claims = [
        Claim(shop_id=TMALL, mode=ShareMode.EXCLUSIVE, amount=4),
        Claim(shop_id=JD, mode=ShareMode.EXCLUSIVE, amount=1),
    ]

    def served(*orders: tuple[ShopId, int]) -> list[bool]:
        asked = [Asked(needs=(need(SKUS[0], qty),), cards=CARDS, shop_id=shop) for shop, qty in orders]
        shared = Shared(stock={SHANGHAI: {}, CHENGDU: {}}, pools={(SHANGHAI, SKUS[0]): pool(5, claims, {})})
        return [plan is not None for plan in nearest_many(asked, shared)]

    assert served((JD, 1), (TMALL, 4)) == [True, True]
    assert served((TMALL, 1), (TMALL, 4), (JD, 1)) == [True, True, False]
    assert served((JD, 2), (JD, 1), (TMALL, 4)) == [False, True, True], "who is behind takes nothing of the first's"


def test_who_has_a_pool_is_served_from_it_though_others_came_first() -> None:
    claims = [Claim(shop_id=TMALL, mode=ShareMode.EXCLUSIVE, amount=10)]
    asked = [
        Asked(needs=(need(SKUS[0], qty),), cards=CARDS, shop_id=shop) for shop, qty in ((MALL, 3), (JD, 2), (TMALL, 10))
    ]
    shared = Shared(stock={SHANGHAI: {}, CHENGDU: {}}, pools={(SHANGHAI, SKUS[0]): pool(12, claims, {})})
    plans = source_many(asked, shared)
    assert [plan is not None for plan in plans] == [False, True, True]


def test_what_a_shop_holds_is_not_counted_for_another() -> None:
    claims = [Claim(shop_id=TMALL, mode=ShareMode.PERCENT, amount=50)]
    asked = [Asked(needs=(need(SKUS[0], 4),), cards=CARDS, shop_id=shop) for shop in (MALL, TMALL)]
    shared = Shared(stock={SHANGHAI: {}, CHENGDU: {}}, pools={(SHANGHAI, SKUS[0]): pool(0, claims, {TMALL: 4})})
    assert [plan is not None for plan in source_many(asked, shared)] == [False, True]

"""The arithmetic of channel stock: nothing below zero, nothing promised to two shops, every step adds up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from shangmai.kernel.ids import new_id
from shangmai.modules.inventory.contract.channels import ShareMode
from shangmai.modules.inventory.rules.channels import Claim, Pool, count, free, most, most_to_lock, pools, sentences
from shangmai.modules.organization.contract import ShopId

SHOPS = [ShopId(new_id()) for _ in range(5)]
PIECES = st.integers(0, 300)
POOLS = st.builds(Pool, on_hand=PIECES, held=PIECES, safety=PIECES, virtual=PIECES)


@st.composite
def claims(draw: st.DrawFn) -> list[Claim]:
    shops = SHOPS[: draw(st.integers(1, len(SHOPS)))]
    return [_claim(draw, shop_id) for shop_id in shops]


def _claim(draw: st.DrawFn, shop_id: ShopId) -> Claim:
    mode = draw(st.sampled_from(ShareMode))
    amount = draw(st.integers(0, 100) if mode is ShareMode.PERCENT else PIECES)
    return Claim(shop_id=shop_id, mode=mode, amount=amount, buffer=draw(PIECES), locked=draw(PIECES))


def stock(pool: Pool, some: list[Claim]) -> Pool:
    """The pool with what is locked for these shops."""
    return structs.replace(pool, locked=sum(claim.locked for claim in some))


def number(pool: Pool, some: list[Claim], mine: Claim) -> int:
    return count(stock(pool, some), some, mine)[-1].total


@given(POOLS, claims())
def test_what_shops_have_for_themselves_is_never_more_than_there_is(pool: Pool, some: list[Claim]) -> None:
    there = stock(pool, some)
    got = pools(there.unlocked, some)
    assert sum(got.values()) + there.locked <= there.available
    assert free(there.unlocked, some) >= 0
    assert all(0 <= got[claim.shop_id] <= claim.pool for claim in some)


@given(POOLS, claims())
def test_a_shop_may_sell_what_it_may_show(pool: Pool, some: list[Claim]) -> None:
    there = stock(pool, some)
    for claim in some:
        assert most(some, claim)(there.unlocked, claim.locked) == number(pool, some, claim)


@given(POOLS, claims(), st.integers(1, 300))
def test_who_has_no_pool_never_sells_out_of_another(pool: Pool, some: list[Claim], wanted: int) -> None:
    there = stock(pool, some)
    seller, *others = some
    sold = min(wanted, number(pool, some, seller))
    drawn = min(sold, seller.locked)
    rest = [structs.replace(seller, locked=seller.locked - drawn), *others]
    left = structs.replace(there, held=there.held + sold, locked=there.locked - drawn)
    before, after = pools(there.unlocked, some), pools(left.unlocked, rest)
    assert left.unlocked == there.unlocked - (sold - drawn)
    assert all(after[each.shop_id] == before[each.shop_id] for each in others) or seller.pool


@given(POOLS, claims())
def test_only_what_nobody_has_for_himself_can_be_locked(pool: Pool, some: list[Claim]) -> None:
    there = stock(pool, some)
    assert most_to_lock(some)(there.unlocked, 0) == free(there.unlocked, some)


@given(POOLS, claims())
def test_a_number_is_between_zero_and_what_is_available(pool: Pool, some: list[Claim]) -> None:
    for claim in some:
        assert 0 <= number(pool, some, claim) <= stock(pool, some).available


@given(POOLS, claims())
def test_every_step_adds_up(pool: Pool, some: list[Claim]) -> None:
    for claim in some:
        steps = count(stock(pool, some), some, claim)
        assert steps[0].total == steps[0].amount
        assert all(after.total == before.total + after.amount for before, after in pairwise(steps))


@given(POOLS, claims())
def test_no_piece_that_one_has_for_himself_is_seen_by_another(pool: Pool, some: list[Claim]) -> None:
    """Whatever one shop may show and all that the others have for themselves are there together."""
    there = stock(pool, some)
    got = pools(there.unlocked, some)
    for claim in some:
        others = sum(got[each.shop_id] + each.locked for each in some if each is not claim)
        assert number(pool, some, claim) + others <= there.available


@given(POOLS, claims(), st.integers(0, 50))
def test_more_on_hand_never_shows_fewer(pool: Pool, some: list[Claim], more: int) -> None:
    fuller = Pool(on_hand=pool.on_hand + more, held=pool.held, safety=pool.safety, virtual=pool.virtual)
    for claim in some:
        assert number(fuller, some, claim) >= number(pool, some, claim)


@given(POOLS, claims(), st.integers(0, 50))
def test_a_larger_buffer_never_shows_more(pool: Pool, some: list[Claim], more: int) -> None:
    first, *rest = some
    careful = Claim(
        shop_id=first.shop_id, mode=first.mode, amount=first.amount, buffer=first.buffer + more, locked=first.locked
    )
    assert number(pool, [careful, *rest], careful) <= number(pool, some, first)


@pytest.mark.parametrize(
    ("mode", "amount", "qty"), [("shared", 0, 55), ("percent", 33, 18), ("fixed", 20, 20), ("exclusive", 9, 0)]
)
def test_by_mode(mode: str, amount: int, qty: int) -> None:
    """100 on hand, 20 held, 15 safety, 5 virtual make 70; another shop has 10 locked and 5 for itself."""
    pool = Pool(on_hand=100, held=20, safety=15, virtual=5)
    other = Claim(shop_id=SHOPS[0], mode=ShareMode.EXCLUSIVE, amount=5, locked=10)
    mine = Claim(shop_id=SHOPS[1], mode=ShareMode(mode), amount=amount)
    assert number(pool, [other, mine], mine) == (qty if mode != "exclusive" else 9)


def test_the_words_tell_the_number() -> None:
    pool = Pool(on_hand=10, held=1)
    mine = Claim(shop_id=SHOPS[0], mode=ShareMode.PERCENT, amount=90, buffer=1)
    zh, en = sentences(count(pool, [mine], mine))
    assert zh == "可售 7 件：在库 10 → 10，减：订单占用 1 → 9，比例：其中的 90%，向下取整 1 → 8，减：缓冲 1 → 7。"
    assert en == (
        "7 pieces: on hand 10 → 10, less held for orders 1 → 9, share: 90% of that, rounded down 1 → 8,"
        " less the buffer 1 → 7."
    )

"""The arithmetic of channel stock: nothing below zero, nothing promised to two shops, every step adds up."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shangmai.kernel.ids import new_id
from shangmai.modules.inventory.contract.channels import ShareMode
from shangmai.modules.inventory.rules.channels import Claim, Pool, count, free, granted, sentences
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


def number(pool: Pool, some: list[Claim], mine: Claim) -> int:
    return count(pool, some, mine)[-1].total


@given(POOLS, claims())
def test_what_shops_have_for_themselves_is_never_more_than_there_is(pool: Pool, some: list[Claim]) -> None:
    grants = granted(pool.available, some)
    assert sum(grant.locked + grant.pool for grant in grants.values()) <= pool.available
    assert free(pool.available, grants) >= 0
    for claim in some:
        got = grants[claim.shop_id]
        assert 0 <= got.locked <= claim.locked
        assert 0 <= got.pool <= claim.pool


@given(POOLS, claims())
def test_a_number_is_between_zero_and_what_is_available(pool: Pool, some: list[Claim]) -> None:
    for claim in some:
        assert 0 <= number(pool, some, claim) <= pool.available


@given(POOLS, claims())
def test_every_step_adds_up(pool: Pool, some: list[Claim]) -> None:
    for claim in some:
        steps = count(pool, some, claim)
        assert steps[0].total == steps[0].amount
        assert all(after.total == before.total + after.amount for before, after in pairwise(steps))


@given(POOLS, claims())
def test_no_piece_that_one_has_for_himself_is_seen_by_another(pool: Pool, some: list[Claim]) -> None:
    """Whatever one shop may show and all that the others have for themselves are there together."""
    grants = granted(pool.available, some)
    for claim in some:
        others = sum(g.locked + g.pool for shop_id, g in grants.items() if shop_id != claim.shop_id)
        assert number(pool, some, claim) + others <= pool.available


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

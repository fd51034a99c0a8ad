"""How waves are grouped and bins chosen: pure rules, held to what they promise over many inputs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from shangmai.modules.catalog.contract import SkuId
from shangmai.modules.warehouse.contract.waves import Method, WaveKind, WaveRules
from shangmai.modules.warehouse.rules.allocating import Less, Line, Need, Shelf, Stand, Take, cut, served, shrink
from shangmai.modules.warehouse.rules.ranking import rank_of
from shangmai.modules.warehouse.rules.spreading import spread
from shangmai.modules.warehouse.rules.waves import DEFAULT_METHODS, Group, Wish, group, kind_of, urgency
from shangmai.modules.warehouse.rules.weighing import is_within

AT = datetime(2026, 11, 28, tzinfo=UTC)


def sku(n: int) -> SkuId:
    return SkuId(UUID(int=n))


def wish(n: int, pieces: dict[int, int], **more: object) -> Wish:
    given_ = tuple((sku(s), qty) for s, qty in sorted(pieces.items()))
    count = sum(pieces.values())
    plain = {"weight_g": 100 * count, "volume_mm3": 7_000 * count, "asked_at": AT + timedelta(seconds=n)}
    return Wish(doc=UUID(int=n), pieces=given_, **plain | more)  # type: ignore[arg-type]


def wishes_() -> st.SearchStrategy[list[Wish]]:
    one = st.tuples(
        st.dictionaries(st.integers(1, 6), st.integers(1, 8), min_size=1, max_size=4),
        st.sampled_from(["SF", "YTO"]),
        st.integers(0, 2),
    )
    return st.lists(one, max_size=40).map(
        lambda many: [wish(n, pieces, courier=by, priority=p) for n, (pieces, by, p) in enumerate(many, 1)]
    )


RULES = st.builds(
    WaveRules,
    by_courier=st.booleans(),
    hot_min=st.integers(0, 4),
    big_pieces=st.integers(5, 30),
    orders_max=st.integers(1, 12),
    cells=st.integers(1, 6),
    pieces_max=st.integers(1, 60),
    weight_max_g=st.integers(100, 5000),
    volume_max_cm3=st.none() | st.integers(10, 400),
    methods=st.dictionaries(st.sampled_from(WaveKind), st.sampled_from(Method), max_size=2),
)


class TestGrouping:
    @given(wishes_(), RULES)
    def test_each_request_is_in_one_wave_and_no_wave_is_beyond_its_limits(
        self, wishes: list[Wish], rules: WaveRules
    ) -> None:
        groups = group(wishes, rules)
        assert sorted(each.doc for one in groups for each in one.wishes) == sorted(each.doc for each in wishes)
        for one in groups:
            assert one.method is rules.methods.get(one.kind, DEFAULT_METHODS[one.kind])
            if len(one.wishes) > 1:
                self._is_within(one, rules)

    def _is_within(self, one: Group, rules: WaveRules) -> None:
        cells = rules.cells if one.method in (Method.SOW, Method.SORT) else rules.orders_max
        assert len(one.wishes) <= min(rules.orders_max, cells)
        assert sum(each.count for each in one.wishes) <= rules.pieces_max
        assert sum(each.weight_g for each in one.wishes) <= rules.weight_max_g
        if rules.volume_max_cm3 is not None:
            assert sum(each.volume_mm3 for each in one.wishes) <= rules.volume_max_cm3 * 1000
        assert one.kind is not WaveKind.BIG
        if rules.by_courier:
            assert {each.courier for each in one.wishes} == {one.courier}
        if one.kind is WaveKind.HOT:
            assert len({each.pieces for each in one.wishes}) == 1
        if one.kind is WaveKind.SINGLE:
            assert all(len(each.pieces) == 1 for each in one.wishes)

    @given(wishes_(), RULES, st.randoms())
    def test_the_order_in_which_requests_are_read_makes_no_difference(
        self, wishes: list[Wish], rules: WaveRules, rng: object
    ) -> None:
        shuffled = list(wishes)
        rng.shuffle(shuffled)  # type: ignore[attr-defined]
        assert group(shuffled, rules) == group(wishes, rules)

    @given(wishes_(), RULES)
    def test_the_most_urgent_request_is_in_the_first_wave(self, wishes: list[Wish], rules: WaveRules) -> None:
        if wishes:
            assert min(wishes, key=urgency) in group(wishes, rules)[0].wishes

    def test_kinds(self) -> None:
        rules = WaveRules(hot_min=3, big_pieces=10)
        assert kind_of(wish(1, {1: 10}), 5, rules) is WaveKind.BIG
        assert kind_of(wish(1, {1: 1, 2: 1}), 3, rules) is WaveKind.HOT
        assert kind_of(wish(1, {1: 2}), 2, rules) is WaveKind.SINGLE
        assert kind_of(wish(1, {1: 1, 2: 1}), 2, rules) is WaveKind.MULTI

    def test_a_wave_of_several_goods_gathers_those_that_share_them(self) -> None:
        wishes = [wish(1, {1: 1, 2: 1}), wish(2, {5: 1, 6: 1}), wish(3, {1: 1, 2: 2}), wish(4, {5: 2, 6: 2})]
        groups = group(wishes, WaveRules(cells=2))
        assert [[each.doc.int for each in one.wishes] for one in groups] == [[1, 3], [2, 4]]

    def test_what_is_due_sooner_goes_first(self) -> None:
        late, soon, never = wish(1, {1: 1}, due_at=AT + timedelta(hours=9)), wish(2, {1: 1}, due_at=AT), wish(3, {1: 1})
        assert sorted([late, soon, never], key=urgency) == [soon, late, never]


def stands_() -> st.SearchStrategy[list[Stand]]:
    one = st.builds(
        Stand,
        bin_id=st.integers(1, 8).map(lambda n: UUID(int=n)),
        sku_id=st.integers(1, 3).map(sku),
        free=st.integers(1, 9),
        lot=st.sampled_from(["", "L1", "L2"]),
        expires_on=st.none(),
        rank=st.integers(0, 5),
    )
    dates = {"": None, "L1": date(2027, 1, 1), "L2": date(2027, 2, 1)}
    ranked = one.map(
        lambda s: Stand(
            bin_id=s.bin_id, sku_id=s.sku_id, free=s.free, lot=s.lot, expires_on=dates[s.lot], rank=s.bin_id.int
        )
    )
    return st.lists(ranked, max_size=12, unique_by=lambda s: (s.bin_id, s.sku_id, s.lot))


class TestAllocating:
    @given(stands_(), wishes_())
    def test_who_is_served_gets_all_and_no_bin_gives_more_than_it_has(
        self, stands: list[Stand], wishes: list[Wish]
    ) -> None:
        full, lacking = served(wishes, stands)
        assert {each.doc for each in full} | lacking.keys() == {each.doc for each in wishes}
        takes = Shelf(stands).take([Need(doc=w.doc, sku_id=s, qty=q) for w in full for s, q in w.pieces])
        got: dict[tuple[UUID, SkuId], int] = {}
        given_: dict[tuple[UUID, SkuId, str], int] = {}
        for take in takes:
            got[take.doc, take.sku_id] = got.get((take.doc, take.sku_id), 0) + take.qty
            place = (take.bin_id, take.sku_id, take.lot)
            given_[place] = given_.get(place, 0) + take.qty
        assert got == {(w.doc, s): q for w in full for s, q in w.pieces}
        free = {(s.bin_id, s.sku_id, s.lot): s.free for s in stands}
        assert all(qty <= free[place] for place, qty in given_.items())

    @given(stands_(), st.integers(1, 40))
    def test_what_expires_first_goes_first_and_out_of_the_fewest_bins(self, stands: list[Stand], qty: int) -> None:
        takes = Shelf(stands).take([Need(doc=UUID(int=1), sku_id=sku(1), qty=qty)])
        mine = [stand for stand in stands if stand.sku_id == sku(1)]
        assert sum(take.qty for take in takes) == min(qty, sum(stand.free for stand in mine))
        left = qty
        for lot in ("L1", "L2", ""):
            free = sorted((stand.free for stand in mine if stand.lot == lot), reverse=True)
            taken = [take for take in takes if take.lot == lot]
            assert sum(take.qty for take in taken) == min(left, sum(free))
            fewest = next((n for n in range(len(free) + 1) if sum(free[:n]) >= min(left, sum(free))), 0)
            assert len(taken) == fewest
            left -= sum(take.qty for take in taken)

    def test_among_bins_that_have_enough_the_first_on_the_way_gives(self) -> None:
        stands = [Stand(bin_id=UUID(int=n), sku_id=sku(1), free=free, rank=n) for n, free in ((1, 2), (2, 5), (3, 9))]
        takes = Shelf(stands).take([Need(doc=UUID(int=1), sku_id=sku(1), qty=4)])
        assert [(take.bin_id.int, take.qty) for take in takes] == [(2, 4)]

    def test_what_one_wave_takes_the_next_does_not_get(self) -> None:
        shelf = Shelf([Stand(bin_id=UUID(int=1), sku_id=sku(1), free=5)])
        first = shelf.take([Need(doc=UUID(int=1), sku_id=sku(1), qty=3)])
        second = shelf.take([Need(doc=UUID(int=2), sku_id=sku(1), qty=3)])
        assert [sum(take.qty for take in takes) for takes in (first, second)] == [3, 2]

    @given(st.lists(st.tuples(st.integers(1, 9), st.integers(1, 5)), max_size=60), st.integers(1, 7))
    def test_tasks_keep_a_stop_together_and_are_about_equally_long(
        self, places: list[tuple[int, int]], stops_max: int
    ) -> None:
        takes = [
            (UUID(int=1000 + n), Take(doc=UUID(int=n), sku_id=sku(s), bin_id=UUID(int=b), lot="", qty=1, rank=b))
            for n, (b, s) in enumerate(places)
        ]
        tasks = list(cut(takes, stops_max))
        assert sorted(id_ for task in tasks for id_, _ in task) == sorted(id_ for id_, _ in takes)
        stops = [{(take.bin_id, take.sku_id) for _, take in task} for task in tasks]
        assert all(len(each) <= stops_max for each in stops)
        assert sum(len(each) for each in stops) == len(set().union(*stops))
        assert not stops or max(map(len, stops)) - min(map(len, stops)) <= 1
        ranks = [take.rank for task in tasks for _, take in task]
        assert ranks == sorted(ranks)


class TestChanging:
    LINES = st.lists(st.tuples(st.integers(1, 3), st.integers(0, 6), st.integers(0, 6)), max_size=8)

    @given(LINES, st.dictionaries(st.integers(1, 3), st.integers(0, 12)))
    def test_no_more_stays_than_is_wanted_and_unpicked_pieces_go_first(
        self, given_: list[tuple[int, int, int]], wanted: dict[int, int]
    ) -> None:
        lines = [
            Line(id=UUID(int=n), sku_id=sku(s), qty=open_ + picked, picked=picked)
            for n, (s, open_, picked) in enumerate(given_, 1)
        ]
        less = {each.id: each for each in shrink(lines, {sku(s): qty for s, qty in wanted.items()})}
        for s in (1, 2, 3):
            mine = [line for line in lines if line.sku_id == sku(s)]
            gone = [less.get(line.id, Less(id=line.id, unpicked=0, back=0)) for line in mine]
            stays = sum(line.qty for line in mine) - sum(each.unpicked + each.back for each in gone)
            assert stays == min(sum(line.qty for line in mine), wanted.get(s, 0))
            for line, each in zip(mine, gone, strict=True):
                assert 0 <= each.unpicked <= line.qty - line.picked
                assert 0 <= each.back <= line.picked
            if any(each.back for each in gone):
                assert all(each.unpicked == line.qty - line.picked for line, each in zip(mine, gone, strict=True))

    @given(st.lists(st.integers(1, 5), max_size=8), st.data())
    def test_pieces_are_spread_in_order(self, wants: list[int], data: st.DataObject) -> None:
        qty = data.draw(st.integers(0, sum(wants)))
        got = dict(spread(qty, list(enumerate(wants))))
        assert sum(got.values()) == qty
        full = [got.get(n, 0) == want for n, want in enumerate(wants)]
        assert full == sorted(full, reverse=True) or qty == sum(wants)


class TestWeighing:
    @given(st.integers(1, 10**6), st.integers(0, 10**6), st.integers(0, 1000), st.integers(0, 10_000))
    def test_the_wider_of_both_tolerances_counts(self, weight: int, expected: int, grams: int, bp: int) -> None:
        off = abs(weight - expected)
        assert is_within(weight, expected, grams, bp) == (off <= grams or off * 10_000 <= expected * bp)


def test_the_way_goes_up_one_aisle_and_down_the_next() -> None:
    places = [(0, 1000), (0, 5000), (1, 5000), (1, 1000), (2, 0)]
    ranks = [rank_of(aisle, None, 0, offset) for aisle, offset in places]
    assert ranks == sorted(ranks)
    assert rank_of(None, None, None, None) > max(ranks)
    assert rank_of(0, 3, 1, None) == rank_of(0, None, 1, 3000)

"""Cutting and spelling, without a database."""

from __future__ import annotations

import gc
from weakref import ref

import pytest

from shangmai.modules.storefront.rules import asking
from shangmai.modules.storefront.rules.listing import quoted, sales_floor, sales_rank
from shangmai.modules.storefront.rules.reviewing import held_for
from shangmai.modules.storefront.rules.words import Cutter, characters_of, cutter_of, spellings, syllable_cuts

CUT = Cutter()


def test_long_words_are_found_by_the_words_within_them() -> None:
    assert CUT.index_words("碎花连衣裙") == ("碎花", "连衣", "衣裙", "连衣裙")
    assert CUT.asked_words("碎花连衣裙") == ["碎花", "连衣裙"]


def test_case_width_and_marks_do_not_matter() -> None:
    assert CUT.index_words("全棉Ｔ恤，男") == CUT.index_words("全棉t恤 男") == ("全棉", "t恤", "男")


def test_letters_and_digits_of_a_model_are_found_apart() -> None:
    assert CUT.index_words("iPhone15") == ("iphone15", "iphone", "15")


@pytest.mark.parametrize(
    ("word", "typed"),
    [
        ("衣服", {("yifu", "yf")}),
        ("重庆", {("chongqing", "cq")}),
        ("重量", {("zhongliang", "zl")}),
        ("音乐", {("yinyue", "yy")}),
        ("女装", {("nvzhuang", "nz")}),
        ("长裙", {("changqun", "cq"), ("zhangqun", "zq")}),  # in no dictionary: both readings
        ("shoes", set()),
    ],
)
def test_a_word_has_the_reading_that_it_has_in_words(word: str, typed: set[tuple[str, str]]) -> None:
    assert set(spellings(word)) == typed


def test_a_long_word_of_many_readings_has_few_spellings() -> None:
    assert len(spellings("长重乐行还都了得")) == 4


@pytest.mark.parametrize(
    ("typed", "cut"),
    [
        ("chunmianduanxiu", ("chun", "mian", "duan", "xiu")),
        ("xian", ("xian",)),
        ("adidas", ()),
        ("lvse", ("lv", "se")),
    ],
)
def test_a_run_of_pinyin_is_cut_into_syllables(typed: str, cut: tuple[str, ...]) -> None:
    assert syllable_cuts(typed) == cut


def test_a_run_is_parted_into_the_fewest_known_words() -> None:
    run = ("chun", "mian", "duan", "xiu")
    assert asking.parted(run, {"chun", "mian", "chunmian", "duanxiu"}) == ("chunmian", "duanxiu")
    assert asking.parted(run, {"chunmian"}) == ()
    assert asking.joins(("yi", "fu")) == {"yi", "yifu", "fu"}


def test_stretches_of_chinese_and_of_pinyin_are_runs_of_syllables() -> None:
    assert asking.runs(["连衣", "群"]) == [("lian", "yi", "qun")]
    assert asking.runs(["chunmian", "nike", "42"]) == [("chun", "mian"), ("ni", "ke"), "42"]


def test_taught_words_stay_whole() -> None:
    assert CUT.asked_words("大橙子收纳") != ["大橙子", "收纳"]
    assert Cutter(["大橙子"]).asked_words("大橙子收纳") == ["大橙子", "收纳"]


def test_a_question_is_literal() -> None:
    assert asking.tsquery("' | !'\\", CUT) is None
    assert quoted("o'neill\\") == "'o''neill\\\\'"
    assert characters_of("T恤 男") == ["恤", "男"]


def test_sales_are_told_exactly_up_to_20_then_within_5_percent() -> None:
    assert [sales_floor(sales_rank(n)) for n in range(21)] == list(range(21))
    for n in (21, 99, 1_000, 12_345, 9_999_999):
        assert n * 0.94 <= sales_floor(sales_rank(n)) <= n
    assert sales_rank(-3) == 0


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("很好，会再来", ()),
        ("加 微 信 领红包", ("加微信",)),
        ("好评·返现", ("返现",)),
        ("找我 138 0013 8000", ("contact",)),
        ("mail me: a.b@example.com", ("contact",)),
    ],
)
def test_what_waits_for_a_person(text: str, held: tuple[str, ...]) -> None:
    assert set(held) <= set(held_for(text, ()))
    assert bool(held) == bool(held_for(text, ()))


def test_pictures_wait_for_a_person() -> None:
    assert held_for("好", ["0" * 64]) == ("pictures",)


def test_a_dictionary_is_read_once_and_goes_with_its_last_use() -> None:
    """Each takes 24 MB and a third of a second; garbage is looked for too seldom to leave them to that."""
    assert cutter_of(frozenset(["大橙子"])) is cutter_of(frozenset(["大橙子"]))
    gc.disable()
    try:
        one = Cutter()
        one.index_words("碎花连衣裙")
        gone = ref(one)
        del one
        assert gone() is None
    finally:
        gc.enable()

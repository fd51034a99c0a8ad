"""Every text exists in both languages, and a caller gets the language it asked for."""

from pathlib import Path

import pytest

from shangmai.kernel import errors, i18n
from shangmai.kernel.i18n import keys, negotiate, register_catalog, register_folder, t, texts


@pytest.fixture(autouse=True)
def catalogs_of_this_test(monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {lang: dict(found) for lang, found in i18n._texts.items()}
    monkeypatch.setattr(i18n, "_texts", texts)  # patch: a copy, so that what a test registers goes with it
    monkeypatch.setattr(i18n, "_modules", set(i18n._modules))  # patch: the same


class TestCatalogs:
    def test_every_key_exists_in_both(self) -> None:
        assert keys("zh-CN") == keys("en")
        assert len(keys("en")) >= 30

    def test_no_text_is_empty(self) -> None:
        assert all(text.strip() for lang in i18n.LANGS for text in texts(lang).values())

    def test_keys_begin_with_the_module_and_follow_the_tables(self) -> None:
        register_catalog(
            "parcels",
            zh={"title": "订单", "status": {"placed": "已下单"}},
            en={"title": "Order", "status.placed": "Placed"},
        )
        assert {key for key in keys("en") if key.startswith("parcels.")} == {"parcels.title", "parcels.status.placed"}
        assert t("parcels.status.placed", "zh-CN") == "已下单"
        assert t("parcels.status.placed", "en") == "Placed"
        assert texts("en")["parcels.title"] == "Order"

    def test_from_files(self, tmp_path: Path) -> None:
        (tmp_path / "zh-CN.toml").write_text('[status]\nplaced = "已下单"\n', "utf-8")
        (tmp_path / "en.toml").write_text('[status]\nplaced = "Placed"\n', "utf-8")
        register_folder("parcels", tmp_path)
        assert t("parcels.status.placed", "zh-CN") == "已下单"

    @pytest.mark.parametrize(
        ("zh", "en", "reason"),
        [
            ({"a": "甲"}, {}, r"only one language has \['parcels.a'\]"),
            ({}, {"a": "A"}, r"only one language has \['parcels.a'\]"),
            ({"a": "甲 {n}"}, {"a": "A"}, "parcels.a has other placeholders"),
            ({"a": "甲 {n}"}, {"a": "A {m}"}, "parcels.a has other placeholders"),
            ({"a": 1}, {"a": 1}, "parcels.a is not a text"),
        ],
    )
    def test_an_uneven_one_stops_the_start_and_adds_nothing(self, zh, en, reason: str) -> None:
        before = texts("en"), texts("zh-CN")
        with pytest.raises(AssertionError, match=reason):
            register_catalog("parcels", zh, en)
        assert (texts("en"), texts("zh-CN")) == before

    def test_a_module_registers_once(self) -> None:
        register_catalog("parcels", {}, {})
        with pytest.raises(AssertionError, match="parcels has registered"):
            register_catalog("parcels", {}, {})


class TestText:
    def test_is_filled(self) -> None:
        assert t("kernel.validation.too_small", "zh-CN", limit=3) == "不能小于 3"
        assert t("kernel.validation.too_small", "en", limit=3) == "must be at least 3"

    def test_is_chinese_by_default(self) -> None:
        assert t("kernel.yes") == "是"

    def test_an_unknown_key_stops_a_test(self) -> None:
        with pytest.raises(AssertionError, match=r"no text has the key 'kernel\.nothing'"):
            t("kernel.nothing")

    def test_missing_data_stops_a_test(self) -> None:
        with pytest.raises(AssertionError, match="cannot be filled"):
            t("kernel.validation.too_small", "en")

    def test_production_shows_what_it_has(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(errors, "strict", False)
        assert t("kernel.nothing") == "kernel.nothing"
        assert t("kernel.validation.too_small", "en") == "must be at least {limit}"


class TestNegotiate:
    @pytest.mark.parametrize(
        ("header", "lang"),
        [
            (None, "zh-CN"),
            ("", "zh-CN"),
            ("en", "en"),
            ("en-GB", "en"),
            ("EN-us", "en"),
            ("zh", "zh-CN"),
            ("zh-TW", "zh-CN"),
            ("zh-Hans-CN", "zh-CN"),
            ("en-US,en;q=0.9,zh-CN;q=0.8", "en"),
            ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN"),
            ("en;q=0.5, zh;q=0.9", "zh-CN"),
            ("zh;q=0.5 , en ; q=0.9", "en"),
            ("zh;q=0.5,en;q=0.5", "zh-CN"),
            ("en;q=0.5,zh;q=0.5", "en"),
            ("en;q=1,zh", "en"),
            ("fr", "zh-CN"),
            ("fr, en;q=0.1", "en"),
            ("*", "zh-CN"),
            ("en, *;q=0.5", "en"),
            ("zh;q=0, *", "en"),
            ("en;q=0", "zh-CN"),
            ("zh;q=0, en;q=0, *", "zh-CN"),
            ("english", "zh-CN"),
            ("en;q=high, zh;q=0.1", "zh-CN"),
            ("en;q=9", "zh-CN"),
            (",;=q" * 50, "zh-CN"),
        ],
    )
    def test_table(self, header: str | None, lang: str) -> None:
        assert negotiate(header) == lang

    def test_the_default_is_the_callers(self) -> None:
        assert negotiate("fr", default="en") == "en"
        assert negotiate("*", default="en") == "en"
        assert negotiate("zh", default="en") == "zh-CN"

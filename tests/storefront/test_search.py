"""What is found, by which words, in which order, and what is offered instead of nothing."""

from __future__ import annotations

import pytest

from tests.storefront.conftest import Mall


async def some_clothes(mall: Mall) -> None:
    await mall.category("服装", name_en="Clothing")
    await mall.category("女装", "服装")
    await mall.goods("DRESS-1", "碎花雪纺连衣裙 夏季", 199, category="女装", brand="优衣", name_en="Floral dress")
    await mall.goods("TEE-1", "纯棉短袖Ｔ恤 宽松", 59, category="女装", brand="adidas")
    await mall.goods("COAT-1", "重庆火锅图案衣服", 399, category="服装", brand="乐行")
    await mall.goods("PHONE-1", "iPhone15 手机壳", 29)
    await mall.settle()


class TestWords:
    async def test_words_parts_of_words_and_all_of_them(self, mall: Mall) -> None:
        await some_clothes(mall)
        assert await mall.codes("连衣裙") == ["DRESS-1"]
        assert await mall.codes("雪纺 夏季") == ["DRESS-1"]
        assert await mall.codes("雪纺 纯棉") == []
        assert await mall.codes("t恤") == await mall.codes("Ｔ恤") == ["TEE-1"]
        assert await mall.codes("女装") == ["DRESS-1", "TEE-1"]  # the category
        assert await mall.codes("DRESS") == ["DRESS-1"]  # the English name, and the beginning of the code

    async def test_pinyin_full_and_initials(self, mall: Mall) -> None:
        await some_clothes(mall)
        assert await mall.codes("yifu") == ["COAT-1"]
        assert await mall.codes("yf") == ["COAT-1"]
        assert await mall.codes("lianyiqun") == ["DRESS-1"]
        assert await mall.codes("lyq") == ["DRESS-1"]
        assert await mall.codes("lianyi") == ["DRESS-1"]
        assert await mall.codes("chongqing") == ["COAT-1"]
        assert (await mall.ask(q="zhongqing"))["corrected"] == "重庆"
        assert await mall.codes("xuefang 连衣裙") == ["DRESS-1"]

    async def test_a_run_of_pinyin(self, mall: Mall) -> None:
        await some_clothes(mall)
        found = await mall.ask(q="chunmianduanxiu")
        assert [each["code"] for each in found["items"]] == ["TEE-1"]
        assert found["corrected"] == "纯棉短袖"

    async def test_wrong_characters_that_sound_right(self, mall: Mall) -> None:
        await some_clothes(mall)
        found = await mall.ask(q="连衣群")
        assert [each["code"] for each in found["items"]] == ["DRESS-1"]
        assert found["corrected"] == "连衣裙"

    async def test_typing_errors(self, mall: Mall) -> None:
        await some_clothes(mall)
        for typed in ("addidas", "adiddas", "adids"):
            found = await mall.ask(q=typed)
            assert [each["code"] for each in found["items"]] == ["TEE-1"], typed
            assert found["corrected"] == "adidas"
        assert await mall.codes("lianyiqum") == ["DRESS-1"]

    async def test_words_cut_otherwise_in_the_name(self, mall: Mall) -> None:
        await some_clothes(mall)
        assert await mall.codes("棉短袖") == ["TEE-1"]

    @pytest.mark.parametrize("typed", ["棉短袖", "chunmianduanxiu", "纯绵短袖"])
    async def test_what_was_looked_for_instead_has_further_pages(self, mall: Mall, typed: str) -> None:
        for n in range(3):
            await mall.goods(f"TEE-{n}", "纯棉短袖", pieces=n)
        await mall.settle()
        whole = await mall.ask(q=typed)
        first = await mall.ask(q=typed, limit=2)
        second = await mall.ask(q=typed, limit=2, cursor=first["next"])
        assert first["items"] + second["items"] == whole["items"]
        assert (len(whole["items"]), second["next"], second["corrected"]) == (3, None, whole["corrected"])

    async def test_codes_and_barcodes(self, mall: Mall) -> None:
        skus = [
            {"code": "AB-9/1".replace("/", "_"), "price_minor": 100, "currency": "CNY"},
            {"code": "XY 7", "price_minor": 100, "currency": "CNY", "barcodes": [{"text": "036000291452"}]},
        ]
        await mall.goods("P-1", "杯子", skus=skus)
        await mall.goods("P-2", "别的杯子")
        await mall.settle()
        assert await mall.codes("ab-9_1") == ["P-1"]
        assert await mall.codes("ab-9") == ["P-1"]
        assert await mall.codes("xy 7") == ["P-1"]
        assert await mall.codes("036000291452") == await mall.codes("0036000291452") == ["P-1"]
        assert await mall.codes("036000291453") == []

    async def test_model_numbers(self, mall: Mall) -> None:
        await some_clothes(mall)
        assert await mall.codes("iphone 15") == await mall.codes("iphone15") == await mall.codes("iph") == ["PHONE-1"]

    async def test_signs_do_no_harm(self, mall: Mall) -> None:
        await some_clothes(mall)
        for q in ("'", "\\", "!!!", "a & | !b", "<script>", "%", "衣服'", ":*", "\u200b"):
            assert (await mall.answer(q=q)).status_code == 200

    async def test_nothing_found_offers_something(self, mall: Mall) -> None:
        await some_clothes(mall)
        found = await mall.ask(q="挖掘机")
        assert (found["items"], found["total"]) == ([], {"count": 0, "exact": True})
        assert len(found["help"]["popular"]) == 4
        assert "女装" in found["help"]["words"]
        assert not any(word.isascii() for word in found["help"]["words"])
        narrowed = await mall.ask(q="连衣裙", brand="no such")
        assert narrowed["help"]["without"] == ["brand"]

    async def test_taught_words_cut_names_anew(self, mall: Mall) -> None:
        await mall.goods("BOX", "大橙子收纳箱")
        await mall.settle()
        assert "大橙子" not in await mall.suggest("大")
        taught = await mall.world.act("storefront.teach_words", {"words": ["大橙子"]})
        assert taught.words == ("大橙子",)
        assert (await mall.world.act("storefront.teach_words", {"words": ["大橙子"]})).words == ()
        await mall.world.act("storefront.refresh", {"product_ids": [mall.products["BOX"]]})
        assert "大橙子" in await mall.suggest("dcz")


class TestSuggestions:
    async def test_characters_pinyin_and_initials_lead_to_the_word(self, mall: Mall) -> None:
        await some_clothes(mall)
        for typed in ("连衣", "lianyiq", "lyq"):
            assert "连衣裙" in await mall.suggest(typed), typed
        assert await mall.suggest("addidas") == ["adidas"]
        assert await mall.suggest("") == []

    async def test_the_most_frequent_first_with_products(self, mall: Mall) -> None:
        await some_clothes(mall)
        answer = (await mall.client.get("/api/v1/storefront/suggest", params={"q": "nv"})).json()
        assert answer["words"] == [{"text": "女装", "products": 2}]
        assert sorted(each["code"] for each in answer["products"]) == ["DRESS-1", "TEE-1"]


class TestOrder:
    async def test_by_price_sales_and_age(self, mall: Mall) -> None:
        for code, yuan in (("A", 30), ("B", 10), ("C", 20)):
            await mall.goods(code, "杯子", yuan)
        await mall.order(C=3)
        await mall.order(A=1)
        await mall.settle()
        assert await mall.codes("杯子", sort="price_up") == ["B", "C", "A"]
        assert await mall.codes("杯子", sort="price_down") == ["A", "C", "B"]
        assert await mall.codes("杯子", sort="newest") == ["C", "B", "A"]
        assert await mall.codes(sort="sales") == ["C", "A", "B"]
        assert await mall.codes("杯子") == ["C", "A", "B"]

    async def test_the_name_goes_before_the_rest(self, mall: Mall) -> None:
        await mall.goods("TAGGED", "收纳盒", tags=["茶杯"])
        await mall.goods("NAMED", "茶杯")
        await mall.settle()
        assert await mall.codes("茶杯") == ["NAMED", "TAGGED"]

    async def test_what_is_sold_out_goes_behind(self, mall: Mall) -> None:
        await mall.goods("GONE", "茶杯", pieces=0)
        await mall.goods("HERE", "茶杯")
        await mall.settle()
        assert await mall.codes("茶杯") == ["HERE", "GONE"]

    async def test_pages_neither_repeat_nor_leave_out_while_goods_come_and_go(self, mall: Mall) -> None:
        for n in range(7):
            await mall.goods(f"P{n}", "茶杯", 10 + n // 2)
        await mall.settle()
        for sort in ("price_up", "price_down", "newest", "sales", "relevance"):
            whole = await mall.codes("茶杯", sort=sort)
            first = await mall.ask(q="茶杯", sort=sort, limit=3)
            second = await mall.ask(q="茶杯", sort=sort, limit=3, cursor=first["next"])
            third = await mall.ask(q="茶杯", sort=sort, limit=3, cursor=second["next"])
            paged = [each["code"] for page in (first, second, third) for each in page["items"]]
            assert paged == whole
            assert third["next"] is None
        first = await mall.ask(sort="price_up", limit=3)
        await mall.goods("CHEAP", "茶杯", 1)
        await mall.world.act("catalog.delist_product", {"product_id": mall.products["P0"]})
        await mall.settle()
        second = await mall.ask(sort="price_up", limit=10, cursor=first["next"])
        assert [each["code"] for each in first["items"] + second["items"]] == [f"P{n}" for n in range(7)]
        assert (await mall.answer(cursor="nonsense")).status_code == 422

"""Regions: their tree, their names, and the reads for pickers."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from shangmai.apps.api import create_app
from shangmai.kernel.settings import Settings
from shangmai.modules.identity.service import Authenticator
from shangmai.modules.logistics.contract import RegionLevel, RegionUnknown
from shangmai.modules.logistics.rules.regions import directory, level_of, parent_of, resolve, short_names
from tests.doors.conftest import living


@pytest_asyncio.fixture
async def http(dsn: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(database_url=dsn, lang="en"), Authenticator())
    transport = httpx.ASGITransport(app)  # type: ignore[arg-type]
    async with living(app), httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        yield client


class TestTree:
    def test_every_region_lies_in_one_that_is_there(self) -> None:
        known = directory().by_code
        assert len(known) > 3_500
        assert {parent_of(code) for code in known} - {None} <= known.keys()

    def test_there_are_thirty_four_provinces(self) -> None:
        provinces = directory().children(None)
        assert len(provinces) == 34
        assert all(region.level is RegionLevel.PROVINCE and region.has_children for region in provinces)

    def test_codes_tell_levels(self) -> None:
        assert [level_of(code) for code in ("310000", "310100", "310115")] == list(RegionLevel)

    @pytest.mark.parametrize(
        ("code", "names"),
        [
            ("450000", ["广西", "广西自治区", "广西省"]),
            ("150000", ["内蒙古", "内蒙古自治区", "内蒙古省", "内蒙"]),
            ("422800", ["恩施", "恩施州"]),
            ("652700", ["博尔塔拉", "博尔塔拉州"]),
            ("530100", ["昆明"]),
            ("130427", ["磁县"][1:]),  # one sign is no name
        ],
    )
    def test_short_names(self, code: str, names: list[str]) -> None:
        region = directory().by_code[code]
        assert short_names(region.name, region.level) == names


class TestResolving:
    @pytest.mark.parametrize(
        ("names", "code"),
        [
            (("上海市", "上海市", "浦东新区"), "310115"),
            (("上海", "", "浦东"), "310115"),
            (("广西", "桂林", "阳朔"), "450321"),
            (("湖北省", "", "仙桃市"), "429004"),
            (("湖北省", "仙桃市", ""), "429004"),
            (("重庆", "重庆", "忠县"), "500233"),
            (("浙江",), "330000"),
            (("上海", "上海"), "310000"),
            (("江苏", "", "昆山"), "320583"),
        ],
    )
    def test_by_full_and_short_names(self, names: tuple[str, ...], code: str) -> None:
        assert resolve(*names).code == code

    def test_says_the_names_in_full(self) -> None:
        path = resolve("新疆", "喀什", "疏附")
        assert (path.province, path.city, path.district) == ("新疆维吾尔自治区", "喀什地区", "疏附县")

    @pytest.mark.parametrize("names", [("东京",), ("江苏", "杭州"), ("江苏", "苏州", "西湖区"), ("吉林", "", "城关区")])
    def test_what_is_not_there_is_refused(self, names: tuple[str, ...]) -> None:
        with pytest.raises(RegionUnknown):
            resolve(*names)


class TestReads:
    async def test_a_picker_walks_down(self, http: httpx.AsyncClient) -> None:
        provinces = (await http.get("/api/v1/regions")).json()["items"]
        assert provinces[0] == {
            "code": "110000", "name": "北京市", "level": "province", "parent": None, "has_children": True,
        }  # fmt: skip
        districts = (await http.get("/api/v1/regions?parent=310100&limit=5")).json()
        assert [each["code"] for each in districts["items"]] == ["310101", "310104", "310105", "310106", "310107"]
        rest = (await http.get("/api/v1/regions", params={"parent": "310100", "cursor": districts["next"]})).json()
        assert rest["items"][0]["code"] == "310109"
        assert rest["next"] is None

    async def test_a_copy_that_is_still_good_is_not_sent_again(self, http: httpx.AsyncClient) -> None:
        first = await http.get("/api/v1/regions")
        again = await http.get("/api/v1/regions", headers={"if-none-match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")

    async def test_names_lead_to_codes(self, http: httpx.AsyncClient) -> None:
        found = await http.get("/api/v1/regions/resolve", params={"province": "上海", "district": "浦东"})
        assert found.json() == {"code": "310115", "province": "上海市", "city": "上海市", "district": "浦东新区"}
        none = await http.get("/api/v1/regions/resolve", params={"province": "上海", "district": "西湖"})
        assert (none.status_code, none.json()["code"]) == (422, "logistics.RegionUnknown")

    async def test_an_address_is_read_for_anyone(self, http: httpx.AsyncClient) -> None:
        answer = await http.post("/api/v1/addresses/parse", json={"text": "张三 13812345678 上海市浦东新区张江路1号"})
        assert answer.status_code == 200
        assert answer.json()["region_code"] == "310115"
        assert answer.json()["name"] == {"text": "张三", "sure": 95}

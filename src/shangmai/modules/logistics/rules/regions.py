"""The regions of China: their tree, and finding them by what people call them.

The file is read once a process, when it is first asked for. Names are compared by full name and by short form:
内蒙古 for 内蒙古自治区, 恩施 and 恩施州 for 恩施土家族苗族自治州.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, lru_cache
from pathlib import Path
from typing import Final

from shangmai.modules.logistics.contract.regions import Region, RegionLevel, RegionPath, RegionUnknown

FILE: Final = Path(__file__).parent.parent / "regions.txt"
MUNICIPALITIES: Final = frozenset({"11", "12", "31", "50"})
"""Cities that are provinces themselves: 北京, 天津, 上海, 重庆."""

_GROUPS = re.compile(r"县|(?:省|自治区)直辖县(?:级行政区划)?|市辖区")
"""What the table puts between a province and districts that belong to no city: nobody writes it."""
_PEOPLES = (
    "蒙古|回|藏|维吾尔|苗|彝|壮|布依|朝鲜|满|侗|瑶|白|土家|哈尼|哈萨克|傣|黎|傈僳|佤|畲|拉祜|水|东乡|纳西|景颇|柯尔克孜|土"
    "|达斡尔|仫佬|羌|布朗|撒拉|毛南|仡佬|锡伯|塔吉克|普米|怒|裕固|保安|独龙|鄂伦春|鄂温克|门巴|珞巴|基诺|各"
)
_OF_PEOPLES = re.compile(rf"(.{{2,}}?)(?:(?:{_PEOPLES})族?)+自治(州|县|旗)")
_PROVINCE_TAIL = re.compile(r"(?:省|市|(?:维吾尔|壮族|回族)?自治区|特别行政区)$")
_TAIL = re.compile(r"(?:地区|林区|新区|街道|[市盟州区县旗镇乡])$")


def short_names(name: str, level: RegionLevel) -> list[str]:
    """The other names of a region, of two signs at least: 广西 and 广西自治区, 延边 and 延边州, 浦东 for 浦东新区."""
    if level is RegionLevel.PROVINCE:
        short = _PROVINCE_TAIL.sub("", name)
        also = [f"{short}自治区", f"{short}省"] if "自治区" in name else [f"{short}特区"] if "特别" in name else []
        return [short, *also, *(["内蒙"] if short == "内蒙古" else [])]
    peoples = _OF_PEOPLES.fullmatch(name)
    if peoples is not None:
        return [peoples[1], peoples[1] + peoples[2]]
    short = _TAIL.sub("", name)
    return [short] if len(short) >= 2 and short != name else []


class Directory:
    """All regions by code, and each one's children in the order of their codes."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        names = dict(rows)
        self._children: dict[str | None, list[str]] = {}
        for code in sorted(names):
            self._children.setdefault(parent_of(code), []).append(code)
        self.by_code = {
            code: Region(
                code=code,
                name=name,
                level=level_of(code),
                parent=parent_of(code),
                has_children=code in self._children,
            )
            for code, name in names.items()
        }

    def children(self, code: str | None) -> Sequence[Region]:
        """The regions right below, the provinces for None."""
        return [self.by_code[child] for child in self._children.get(code, ())]

    def below(self, code: str) -> Iterator[Region]:
        """All regions below, down to the districts."""
        for child in self.children(code):
            yield child
            yield from self.below(child.code)

    def check(self, codes: Iterable[str]) -> None:
        """Raises: RegionUnknown, for the first code that is none."""
        for code in sorted(codes):
            if code not in self.by_code:
                raise RegionUnknown([("region", code)], name=code)

    def path(self, code: str) -> RegionPath:
        """A region with what it lies in. A group that is no city (省直辖县) has no name in it."""
        steps = [self.by_code[each] for each in lineage(code)]
        names = {step.level: step.name for step in steps if not is_group(step)}
        if code[:2] in MUNICIPALITIES:
            names.setdefault(RegionLevel.CITY, names[RegionLevel.PROVINCE])
        return RegionPath(
            code=code,
            province=names[RegionLevel.PROVINCE],
            city=names.get(RegionLevel.CITY, "") if len(steps) > 1 else "",
            district=names.get(RegionLevel.DISTRICT, ""),
        )


@cache
def directory() -> Directory:
    """The regions of this release."""
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return Directory((line[:6], line[7:]) for line in lines if line and not line.startswith("#"))


def level_of(code: str) -> RegionLevel:
    if code.endswith("0000"):
        return RegionLevel.PROVINCE
    return RegionLevel.CITY if code.endswith("00") else RegionLevel.DISTRICT


def parent_of(code: str) -> str | None:
    match level_of(code):
        case RegionLevel.PROVINCE:
            return None
        case RegionLevel.CITY:
            return f"{code[:2]}0000"
        case RegionLevel.DISTRICT:
            return f"{code[:4]}00"


def lineage(code: str) -> list[str]:
    """The codes from the province down to this one."""
    parent = parent_of(code)
    return [code] if parent is None else [*lineage(parent), code]


def is_group(region: Region) -> bool:
    """Whether it stands between a province and districts only because the codes need it."""
    return region.level is RegionLevel.CITY and _GROUPS.fullmatch(region.name) is not None


def is_called(region: Region, name: str) -> bool:
    """Whether people may mean this region by the name."""
    return name == region.name or name in short_names(region.name, region.level)


@lru_cache(maxsize=10_000)
def resolve(province: str, city: str = "", district: str = "") -> RegionPath:
    """Find the place of these names, full or short, as deep as they go; a city may be left out of a municipality.

    Raises: RegionUnknown, for the first name that is none there.
    """
    known = directory()
    at = _find(known.children(None), province, RegionLevel.PROVINCE)
    if city and not (at.code[:2] in MUNICIPALITIES and is_called(at, city) and not district):
        at = _city(known, at, city)
    if district:
        at = _find(
            [each for each in known.below(at.code) if each.level is RegionLevel.DISTRICT],
            district,
            RegionLevel.DISTRICT,
        )
    return known.path(at.code)


def region_of(code: str) -> RegionPath:
    """Give the place of a code. Raises: RegionUnknown."""
    directory().check([code])
    return directory().path(code)


def _city(known: Directory, province: Region, name: str) -> Region:
    """The city of this name; for a municipality, or a county that belongs to no city, what is written in its place."""
    if province.code[:2] in MUNICIPALITIES and is_called(province, name):
        return province
    cities = known.children(province.code)
    direct = [each for group in cities if is_group(group) for each in known.children(group.code)]
    return _find([*cities, *direct], name, RegionLevel.CITY)


def _find(among: Iterable[Region], name: str, level: RegionLevel) -> Region:
    regions = list(among)
    for same in (lambda region: region.name == name, lambda region: is_called(region, name)):
        found = [region for region in regions if same(region)]
        if len(found) == 1:
            return found[0]
    raise RegionUnknown([(level.value, name)], name=name)

"""Reading an address that was pasted: who, which number, where; in any order, with labels or without.

In this order: the phone is cut out, labels cut the rest into pieces, the longest piece that begins with a region is the
address, and of what is left the piece most like a name is the name. Regions are found by walking province, city and
district over the text, each of which may be missing or short; the walk that explains most of the text is taken.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import zip_longest
from typing import Final

from msgspec import Struct

from shangmai.modules.logistics.contract.regions import Parsed, ParsedAddress, Region, RegionLevel
from shangmai.modules.logistics.rules.regions import MUNICIPALITIES, directory, is_group, short_names

NAMED, CERTAIN, LIKELY, GUESSED, UNSURE = 100, 95, 85, 70, 50
NAME_SIGNS_MAX: Final = 6
LEAD_MAX: Final = 12
"""How far into a text its region is looked for."""
SURNAMES: Final = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林罗高郑梁谢宋唐许韩邓冯曹彭曾肖田董潘袁蔡蒋余于杜叶程魏苏吕丁任卢姚沈钟姜崔谭陆范汪廖"
    "石金韦贾夏付方邹熊白孟秦邱侯江尹薛闫段雷龙黎史陶贺毛郝顾龚邵万覃武钱戴严莫孔向常汤康易乔赖文庞樊兰殷施洪翟安颜倪牛温芦季"
    "俞章鲁葛伍申尤毕聂柴焦耿关左柳甘祝包宁尚符舒阮柯纪梅童凌裴华齐柏欧司诸上夏东"
)
LABELS: Final = {
    "name": "收货人姓名|收件人姓名|收货人|收件人|联系人|姓名|客户姓名|买家",
    "phone": "联系电话|联系方式|手机号码|电话号码|手机号|电话|手机|tel|phone|mobile",
    "address": "收货地址|收件地址|详细地址|所在地区|所在地址|地址|地区|街道地址|address",
    "code": "邮政编码|邮编|zip",
}
_LABEL = re.compile(
    rf"(?:{'|'.join(f'(?P<{kind}>{names})' for kind, names in LABELS.items())})(?:\s*[:=]\s*|(?<!地区)\s+)", re.I
)
_PHONES = (
    re.compile(
        r"(?<!\d)(?:\(?\+?86\)?[\s-]*|0086[\s-]*)?(1[3-9]\d[\s-]?\d{4}[\s-]?\d{4})(?!\d)(?:\s*(?:-|转|,|#|ext\.?)\s*(\d{1,6})(?!\d))?"
    ),
    re.compile(r"(?<!\d)(\+(?:852|853|886)[\s-]?\d{3,4}[\s-]?\d{3,6})(?!\d)()"),
    re.compile(r"(?<!\d)(\(?0\d{2,3}\)?[\s-]?\d{7,8})(?!\d)(?:\s*(?:-|转)\s*(\d{1,6}))?"),
    re.compile(r"(?<!\d)([48]00-?\d{3,4}-?\d{3,4})(?!\d)()"),
)
_POSTCODE = re.compile(r"(?<!\d)\d{6}(?!\d)")
_CUTS = re.compile(r"[\s,;|、。/]+")
_RECEIVES = re.compile(r"^[(\[【]收[)\]】]|[(\[【]?(?:亲启|收件|收)[)\]】]?$")
_LEADS = re.compile(r"^(?:中国|寄到|送到|寄往|寄给|发到|发往|请寄|麻烦寄)+")
_TITLES = r"(?:先生|女士|小姐|老师|经理|师傅|阿姨|同学)"
_HAN_NAME = re.compile(rf"[㐀-鿿]{{2,{NAME_SIGNS_MAX}}}|[㐀-鿿]{_TITLES}|[㐀-鿿]{{1,10}}(?:·[㐀-鿿]{{1,10}}){{1,3}}")
_LATIN_NAME = re.compile(r"[A-Za-z][A-Za-z.'-]*(?: [A-Za-z][A-Za-z.'-]*){0,3}")
_PLACE_END = re.compile(
    r"(?:[路街道巷弄号室楼栋座层幢户院苑区村组镇乡县市省城厦店场]|单元|花园|广场|大厦|学校|大学|公司)$"
)
_TAIL_NAME = re.compile(rf"(?<=[号室楼栋座层幢户元苑园厦])([㐀-鿿]{{2,3}}{_TITLES}?|[㐀-鿿]{_TITLES})$")
_STREET_AFTER = re.compile(r"[东南西北中]?[路街道巷弄桥村]|大道|大街|公路|广场|大厦|花园")
_FILL = re.compile(r"[\s,;|、-]*")


class Walk(Struct, frozen=True):
    """Regions found one after the other: what they are, how each was written, and where the rest begins."""

    steps: tuple[tuple[Region, str], ...]
    end: int

    @property
    def worth(self) -> tuple[int, int]:
        return sum(len(written) for _, written in self.steps), -len(self.steps)


def parse(text: str) -> ParsedAddress:
    """Read an address. What is not found is empty and sure to 0 per cent; nothing is refused."""
    plain = unicodedata.normalize("NFKC", text).replace("臺", "台").replace("\u200b", "").strip()
    phone, rest = _take_phone(plain)
    labeled, pieces = _split(rest)
    address, pieces = _take_address(labeled, pieces)
    walk, before, street = _walk_from(address)
    name = _name(labeled, [*([before] if before else []), *pieces])
    if not name.text:
        name, street = _name_behind(street)
    if not street and "address" not in labeled:  # written in front of its region
        street = " ".join(piece for piece in pieces if piece != name.text)
    return _told(walk, name, phone, street)


# --- phone, labels, pieces -----------------------------------------------------------------------------------------


def _take_phone(text: str) -> tuple[Parsed, str]:
    for sure, form in zip((NAMED, CERTAIN, CERTAIN, LIKELY), _PHONES, strict=True):
        found = form.search(text)
        if found is not None:
            number = re.sub(r"[\s()-]", "", found[1])
            extension = f"-{found[2]}" if found[2] else ""
            return Parsed(number + extension, sure), f"{text[: found.start()]}\n{text[found.end() :]}"
    return Parsed(), text


def _split(text: str) -> tuple[dict[str, str], list[str]]:
    """What stands behind labels, by kind, and the pieces that have none."""
    found = list(_LABEL.finditer(text))
    labeled: dict[str, str] = {}
    pieces = _pieces(text[: found[0].start()] if found else text)
    for each, following in zip_longest(found, found[1:]):
        value = text[each.end() : following.start() if following else len(text)]
        first, *others = value.strip().split("\n") if each.lastgroup in ("name", "phone") else [value]
        assert each.lastgroup is not None
        labeled[each.lastgroup] = " ".join(filter(None, (labeled.get(each.lastgroup), first.strip())))
        pieces += [piece for other in others for piece in _pieces(other)]
    labeled.pop("code", None)
    return labeled, pieces


def _pieces(text: str) -> list[str]:
    """The text cut where people cut it; words of Latin letters that follow each other in a line are one."""
    return [piece for line in text.split("\n") for piece in _pieces_of_line(line)]


def _pieces_of_line(line: str) -> list[str]:
    pieces: list[str] = []
    for piece in _CUTS.split(_POSTCODE.sub(" ", line)):
        cleaned = _RECEIVES.sub("", piece.strip("<>\"'·:-")).strip("()[]【】<>\"'·:-")
        if not cleaned:
            continue
        if pieces and _LATIN_NAME.fullmatch(cleaned) and _LATIN_NAME.fullmatch(pieces[-1]):
            pieces[-1] += f" {cleaned}"
        else:
            pieces.append(cleaned)
    return pieces


def _take_address(labeled: dict[str, str], pieces: Sequence[str]) -> tuple[str, list[str]]:
    """The address, and the pieces that are none of it: the run of pieces from the one that begins with a region."""
    if "address" in labeled:
        cut = _pieces(labeled["address"])
        return " ".join(cut), list(pieces)
    starts = [_walk_from(piece)[0] for piece in pieces]
    if not any(walk.steps for walk in starts):
        longest = max(pieces, key=len, default="")
        return ("", list(pieces)) if _is_name(longest) else (longest, [each for each in pieces if each is not longest])
    first = max(range(len(pieces)), key=lambda n: (bool(starts[n].steps), -n))
    run = [pieces[first]]
    others = list(pieces[:first])
    for piece in pieces[first + 1 :]:
        if _looks_like_name(piece) and not _belongs(run[-1], piece):
            others.append(piece)
        else:
            run.append(piece)
    return " ".join(run), others


def _belongs(before: str, piece: str) -> bool:
    """Whether a short piece goes on with the regions before it, as 浦东 behind 上海."""
    return bool(_walk_from(f"{before} {piece}")[0].end > len(before))


# --- regions -------------------------------------------------------------------------------------------------------


def _walk_from(text: str) -> tuple[Walk, str, str]:
    """The best walk over the text, what stands before it (a name, perhaps), and the street behind it."""
    lead = _LEADS.match(text)
    begin = lead.end() if lead else 0
    for start in range(begin, min(len(text), begin + LEAD_MAX)):
        walk = _best(text, start)
        if walk is not None and (start == begin or _is_plain(walk)):
            return walk, text[begin:start].strip(), text[walk.end :].strip(" ,;|、-")
    return Walk((), 0), "", text[begin:].strip()


def _is_plain(walk: Walk) -> bool:
    """Whether a walk that begins within a text can't be chance: two regions, or one in full."""
    return len(walk.steps) > 1 or (walk.steps[0][1] == walk.steps[0][0].name and len(walk.steps[0][1]) > 2)


def _best(text: str, start: int) -> Walk | None:
    walks = [walk for walk in _walks(text, start, Walk((), start)) if walk.steps and not _is_street(text, walk)]
    return max(walks, key=lambda walk: walk.worth, default=None)


def _is_street(text: str, walk: Walk) -> bool:
    """Whether the last region is only how a street is called: 南京路, 北京东路."""
    region, written = walk.steps[-1]
    return written != region.name and _STREET_AFTER.match(text, walk.end) is not None


def _walks(text: str, at: int, walk: Walk) -> Iterator[Walk]:
    """Every way to go on reading regions, each below the one before."""
    yield walk
    filled = _FILL.match(text, at)
    begin = filled.end() if filled and walk.steps else at
    above = walk.steps[-1][0] if walk.steps else None
    for written, region in _named(text, begin):
        if _may_follow(above, region, written):
            end = begin + len(written)
            yield from _walks(text, end, Walk((*walk.steps, (region, written)), end))


def _may_follow(above: Region | None, region: Region, written: str) -> bool:
    """Whether it lies in the region before it; a district that nothing stands before must be written in full."""
    if above is None:
        return region.level is not RegionLevel.DISTRICT or written == region.name
    if above.level is RegionLevel.PROVINCE:
        return region.code[:2] == above.code[:2] and (region.level is not RegionLevel.PROVINCE)
    return above.level is RegionLevel.CITY and region.parent == above.code


def _named(text: str, at: int) -> Iterator[tuple[str, Region]]:
    """The regions whose name, full or short, stands at this place."""
    names, longest = _names()
    for length in range(min(longest, len(text) - at), 1, -1):
        written = text[at : at + length]
        for region in names.get(written, ()):
            yield written, region


@cache
def _names() -> tuple[dict[str, tuple[Region, ...]], int]:
    """Regions by every name they have, and the longest name's length."""
    names: dict[str, list[Region]] = {}
    for region in directory().by_code.values():
        if not is_group(region):
            for name in dict.fromkeys((region.name, *short_names(region.name, region.level))):
                names.setdefault(name, []).append(region)
    return {name: tuple(regions) for name, regions in names.items()}, max(map(len, names))


# --- the name ------------------------------------------------------------------------------------------------------


def _name(labeled: dict[str, str], pieces: Sequence[str]) -> Parsed:
    if labeled.get("name"):
        return Parsed(_RECEIVES.sub("", labeled["name"]).strip(" ,;，。"), NAMED)
    likely = [piece for piece in pieces if _is_name(piece)]
    if not likely:
        return Parsed()
    best = max(likely, key=lambda piece: (_looks_like_name(piece), piece[0] in SURNAMES, -len(piece)))
    return Parsed(best, CERTAIN if _looks_like_name(best) and best[0] in SURNAMES else GUESSED)


def _name_behind(street: str) -> tuple[Parsed, str]:
    """A name that is written on at the end of a street: …1号张三."""
    found = _TAIL_NAME.search(street)
    if found is None or found[1][0] not in SURNAMES:
        return Parsed(), street
    return Parsed(found[1], UNSURE), street[: found.start()].strip()


def _is_name(piece: str) -> bool:
    return bool(_HAN_NAME.fullmatch(piece) or _LATIN_NAME.fullmatch(piece))


def _looks_like_name(piece: str) -> bool:
    return _is_name(piece) and not _PLACE_END.search(piece)


# --- the answer ----------------------------------------------------------------------------------------------------


def _told(walk: Walk, name: Parsed, phone: Parsed, street: str) -> ParsedAddress:
    if not walk.steps or _is_ambiguous(walk):
        written = "".join(text for _, text in walk.steps)
        whole = f"{written}{street}"
        return ParsedAddress(name=name, phone=phone, province=Parsed(), city=Parsed(), district=Parsed(),
                             street=Parsed(whole, UNSURE if whole else 0))  # fmt: skip
    deepest = walk.steps[-1][0]
    path = directory().path(deepest.code)
    sure = {region.level: NAMED if written == region.name else CERTAIN for region, written in walk.steps}
    if deepest.code[:2] in MUNICIPALITIES and sure.get(RegionLevel.PROVINCE):
        sure.setdefault(RegionLevel.CITY, sure[RegionLevel.PROVINCE])

    def told(level: RegionLevel, text: str) -> Parsed:
        return Parsed(text, sure.get(level, LIKELY)) if text else Parsed()

    return ParsedAddress(
        name=name,
        phone=phone,
        province=told(RegionLevel.PROVINCE, path.province),
        city=told(RegionLevel.CITY, path.city),
        district=told(RegionLevel.DISTRICT, path.district),
        street=Parsed(street, (NAMED if path.district else GUESSED) if street else 0),
        region_code=deepest.code,
    )


def _is_ambiguous(walk: Walk) -> bool:
    """Whether the walk is one name only that several regions have: 朝阳区 is in 北京 and in 长春."""
    if len(walk.steps) > 1:
        return False
    region, written = walk.steps[0]
    same = [each for each in _names()[0][written] if each.code != region.code]
    return any(each.level is region.level for each in same) and region.level is RegionLevel.DISTRICT

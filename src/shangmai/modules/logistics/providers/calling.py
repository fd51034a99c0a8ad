"""Calls to carriers over HTTP, and what their answers and times have in common."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeVar
from zoneinfo import ZoneInfo

import httpx
import msgspec

from shangmai.kernel.calling import why_lost
from shangmai.kernel.errors import Reason
from shangmai.modules.logistics.contract.carriers import CarrierAway, CarrierRefused
from shangmai.modules.logistics.contract.tracking import ScanKind
from shangmai.modules.logistics.providers.port import Unheard

CONNECT_S: Final = 5.0
ANSWER_S: Final = 15.0
ANSWER_BYTES_MAX: Final = 4 << 20
BEIJING: Final = ZoneInfo("Asia/Shanghai")
T = TypeVar("T")

WORDS: Final[tuple[tuple[str, ScanKind], ...]] = (
    ("退回签收", ScanKind.RETURNED), ("退件签收", ScanKind.RETURNED), ("退签", ScanKind.RETURNED),
    ("拒收", ScanKind.REFUSED), ("拒签", ScanKind.REFUSED), ("退回", ScanKind.RETURNING), ("退件", ScanKind.RETURNING),
    ("换单", ScanKind.RETURNING), ("丢失", ScanKind.LOST), ("遗失", ScanKind.LOST), ("未签收", ScanKind.PROBLEM),
    ("签收", ScanKind.SIGNED), ("妥投", ScanKind.SIGNED), ("派件", ScanKind.OUT_FOR_DELIVERY),
    ("派送", ScanKind.OUT_FOR_DELIVERY), ("疑难", ScanKind.PROBLEM), ("异常", ScanKind.PROBLEM),
    ("揽收", ScanKind.PICKED_UP), ("揽件", ScanKind.PICKED_UP), ("收件", ScanKind.PICKED_UP),
)  # fmt: skip
"""What the short names of carriers' steps mean, the more telling first."""


def kind_called(step: str) -> ScanKind:
    """What a step of this short name is; what names nothing is on its way."""
    return next((kind for word, kind in WORDS if word in step), ScanKind.IN_TRANSIT)


async def call(provider: str, url: str, **options: Any) -> httpx.Response:
    """The answer to a POST, whatever its status below 500. Raises: CarrierAway, when what became of it is unknown."""
    timeout = httpx.Timeout(ANSWER_S, connect=CONNECT_S)
    try:
        async with httpx.AsyncClient(timeout=timeout, trust_env=False) as client:
            answer = await client.post(url, **options)
    except httpx.HTTPError as error:
        raise CarrierAway(adapter=provider, reason=why_lost(error)) from error
    if answer.status_code >= 500 or answer.status_code == 429 or len(answer.content) > ANSWER_BYTES_MAX:
        raise CarrierAway(adapter=provider, reason=f"HTTP {answer.status_code}")
    if answer.status_code >= 400:
        raise CarrierRefused(adapter=provider, code=f"HTTP {answer.status_code}", reason=answer.text[:200])
    return answer


def read(provider: str, content: bytes | str, kind: type[T]) -> T:
    """An answer's JSON. Raises: CarrierAway: what can't be read may have been done all the same."""
    try:
        return msgspec.json.decode(content, type=kind, strict=False)
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        why = Reason(f"an answer that can't be read: {error}"[:200], f"应答无法识别：{error}"[:200])
        raise CarrierAway(adapter=provider, reason=why) from error


def read_told(text: str, kind: type[T]) -> T:
    """A push's JSON. Raises: Unheard."""
    try:
        return msgspec.json.decode(text, type=kind, strict=False)
    except msgspec.MsgspecError as error:
        raise Unheard(f"it can't be read: {error}"[:200], f"内容无法识别：{error}"[:200]) from error


def field(form: Mapping[str, str], name: str) -> str:
    """Raises: Unheard."""
    if not form.get(name):
        raise Unheard(f"{name} is missing", f"缺少 {name}")
    return form[name]


def at(text: str) -> datetime:
    """A time as carriers write it, Beijing's: 2026-11-28 10:00:00, with slashes or dashes. Raises: ValueError."""
    return datetime.fromisoformat(text.strip().replace("/", "-")).replace(tzinfo=BEIJING)


def written(moment: datetime) -> str:
    """The same, to be sent."""
    return moment.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M:%S")

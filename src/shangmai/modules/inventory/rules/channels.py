"""How many pieces a shop may show: pure, in whole pieces, never below zero.

Pieces are taken in this order: locks, then exclusive pools, each list from front to back; each gets what it asks for
or what is left. So all that shops have for themselves never comes to more than what is available.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from msgspec import Struct

from shangmai.modules.inventory.contract.channels import FormulaStep, ShareMode
from shangmai.modules.organization.contract import ShopId


class Pool(Struct, frozen=True, kw_only=True):
    """The pieces of a SKU where a shop sells from. On hand − held − safety + virtual are available."""

    on_hand: int = 0
    held: int = 0
    safety: int = 0
    virtual: int = 0

    @property
    def available(self) -> int:
        """What may be promised still; never below zero."""
        return max(self.on_hand - self.held - self.safety + self.virtual, 0)


class Claim(Struct, frozen=True, kw_only=True):
    """A shop's rule, and the pieces locked for it."""

    shop_id: ShopId
    mode: ShareMode = ShareMode.SHARED
    amount: int = 0
    buffer: int = 0
    locked: int = 0

    @property
    def pool(self) -> int:
        """The pieces that it wants for itself for good."""
        return self.amount if self.mode is ShareMode.EXCLUSIVE else 0


class Grant(Struct, frozen=True):
    """What a shop has got for itself."""

    locked: int
    pool: int


NOTHING: Final = Grant(0, 0)


def granted(available: int, claims: Sequence[Claim]) -> dict[ShopId, Grant]:
    """What each shop gets for itself; who comes first is served first."""
    locked, left = _served(available, [claim.locked for claim in claims])
    pools, _ = _served(left, [claim.pool for claim in claims])
    return {claim.shop_id: Grant(*got) for claim, *got in zip(claims, locked, pools, strict=True)}


def free(available: int, grants: Mapping[ShopId, Grant]) -> int:
    """The pieces that no shop has for itself."""
    return available - sum(grant.locked + grant.pool for grant in grants.values())


def _served(available: int, wanted: Sequence[int]) -> tuple[list[int], int]:
    got = []
    for want in wanted:
        got.append(min(want, available))
        available -= got[-1]
    return got, available


def count(pool: Pool, claims: Sequence[Claim], mine: Claim) -> list[FormulaStep]:
    """The formula of one shop's number, step by step; the last step's total is the number.

    `claims` are those of all shops that sell from the same pool, its own among them if it has one.
    """
    grants = granted(pool.available, claims)
    own = grants.get(mine.shop_id, NOTHING)
    unclaimed = free(pool.available, grants)
    others = pool.available - unclaimed - own.locked - own.pool
    steps = _Steps()
    steps.add("on_hand", pool.on_hand, "在库", "on hand")
    steps.add("held", -pool.held, "减：订单占用", "less held for orders")
    steps.add("safety", -pool.safety, "减：安全库存", "less safety stock")
    steps.add("virtual", pool.virtual, "加：虚拟库存", "plus virtual stock")
    steps.reach("none_below_zero", pool.available, "不足时按零计", "never below zero")
    steps.add("others", -others, "减：其他渠道的锁定和独占", "less locks and exclusive pools of other channels")
    steps.add("own", -own.locked - own.pool, "减：本渠道的锁定和独占（最后加回）", "less its own, added below")
    steps.reach("share", _share(mine, unclaimed), *_words(mine))
    steps.add("pool", own.pool, "加：本渠道独占", "plus this channel's exclusive pool")
    steps.add("lock", own.locked, "加：本渠道锁定", "plus pieces locked for this channel")
    steps.add("buffer", -min(mine.buffer, steps.total), "减：缓冲", "less the buffer")
    return steps.done


def _share(mine: Claim, unclaimed: int) -> int:
    """The pieces of those nobody has for himself that this shop may show."""
    match mine.mode:
        case ShareMode.SHARED:
            return unclaimed
        case ShareMode.PERCENT:
            return unclaimed * mine.amount // 100
        case ShareMode.FIXED:
            return min(mine.amount, unclaimed)
        case ShareMode.EXCLUSIVE:
            return 0


def _words(mine: Claim) -> tuple[str, str]:
    match mine.mode:
        case ShareMode.SHARED:
            return "共享：全部可见", "shared: all of that"
        case ShareMode.PERCENT:
            return f"比例：其中的 {mine.amount}%，向下取整", f"share: {mine.amount}% of that, rounded down"
        case ShareMode.FIXED:
            return f"固定：最多 {mine.amount} 件", f"fixed: {mine.amount} of that at most"
        case ShareMode.EXCLUSIVE:
            return "独占：不看共享部分", "exclusive: none of what is shared"


class _Steps:
    """The formula while it is being written."""

    def __init__(self) -> None:
        self.done: list[FormulaStep] = []
        self.total = 0

    def add(self, key: str, amount: int, zh: str, en: str) -> None:
        self.total += amount
        self.done.append(FormulaStep(key=key, amount=amount, total=self.total, zh=zh, en=en))

    def reach(self, key: str, total: int, zh: str, en: str) -> None:
        self.add(key, total - self.total, zh, en)


def sentences(steps: Sequence[FormulaStep]) -> tuple[str, str]:
    """Why the number is what it is, in Chinese and English: the steps that change something."""
    told = [step for step in steps if step.amount or step.key == "on_hand"]
    qty = steps[-1].total
    zh = "，".join(f"{step.zh} {abs(step.amount)} → {step.total}" for step in told)
    en = ", ".join(f"{step.en} {abs(step.amount)} → {step.total}" for step in told)
    return f"可售 {qty} 件：{zh}。", f"{qty} pieces: {en}."

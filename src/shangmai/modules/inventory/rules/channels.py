"""How many pieces a shop may show and sell: pure, in whole pieces, never below zero.

Locked pieces are held in the stock book, so nobody else can have them. Of what is available beside them, exclusive
pools are served from front to back; each gets what it asks for or what is left. So all that shops have for themselves
never comes to more than what is available.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct

from shangmai.kernel.books.contract import Most
from shangmai.modules.inventory.contract.channels import FormulaStep, ShareMode
from shangmai.modules.organization.contract import ShopId


class Pool(Struct, frozen=True, kw_only=True):
    """The pieces of a SKU where a shop sells from. On hand − held − safety + virtual are available.

    `held`: for orders; `locked`: for shops, which can be had by those alone.
    """

    on_hand: int = 0
    held: int = 0
    locked: int = 0
    safety: int = 0
    virtual: int = 0

    @property
    def available(self) -> int:
        """What may be promised still, locked pieces among it; never below zero."""
        return max(self.on_hand - self.held - self.safety + self.virtual, self.locked)

    @property
    def unlocked(self) -> int:
        """What may be promised still and is locked for nobody."""
        return self.available - self.locked


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


def pools(unlocked: int, claims: Sequence[Claim]) -> dict[ShopId, int]:
    """The pieces that each shop has for itself for good, of those that are not locked; who is first is served first."""
    got = {}
    for claim in claims:
        got[claim.shop_id] = min(claim.pool, unlocked)
        unlocked -= got[claim.shop_id]
    return got


def free(unlocked: int, claims: Sequence[Claim]) -> int:
    """The pieces that no shop has for itself, of those that are not locked."""
    return unlocked - sum(pools(unlocked, claims).values())


def most(claims: Sequence[Claim], mine: Claim) -> Most:
    """The number of pieces that a shop may sell, by what is unlocked and what is locked for it: its number, always."""

    def allowed(unlocked: int, kept: int) -> int:
        got = pools(unlocked, claims)
        unclaimed = unlocked - sum(got.values())
        return max(_share(mine, unclaimed) + got.get(mine.shop_id, 0) + kept - mine.buffer, 0)

    return allowed


def most_to_lock(claims: Sequence[Claim]) -> Most:
    """The number of pieces that can be locked for a shop, by what is unlocked: those that nobody has for himself."""
    return lambda unlocked, _: free(unlocked, claims)


def count(pool: Pool, claims: Sequence[Claim], mine: Claim) -> list[FormulaStep]:
    """The formula of one shop's number, step by step; the last step's total is the number.

    `claims` are those of all shops that sell from the same pool, its own among them if it has one.
    """
    own = pools(pool.unlocked, claims).get(mine.shop_id, 0)
    unclaimed = free(pool.unlocked, claims)
    others = pool.available - unclaimed - mine.locked - own
    steps = _Steps()
    steps.add("on_hand", pool.on_hand, "在库", "on hand")
    steps.add("held", -pool.held, "减：订单占用", "less held for orders")
    steps.add("safety", -pool.safety, "减：安全库存", "less safety stock")
    steps.add("virtual", pool.virtual, "加：虚拟库存", "plus virtual stock")
    steps.reach("none_below_zero", pool.available, "不足时按零计", "never below zero")
    steps.add("others", -others, "减：其他渠道的锁定和独占", "less locks and exclusive pools of other channels")
    steps.add("own", -mine.locked - own, "减：本渠道的锁定和独占（最后加回）", "less its own, added below")
    steps.reach("share", _share(mine, unclaimed), *_words(mine))
    steps.add("pool", own, "加：本渠道独占", "plus this channel's exclusive pool")
    steps.add("lock", mine.locked, "加：本渠道锁定", "plus pieces locked for this channel")
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

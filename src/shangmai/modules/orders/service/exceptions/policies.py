"""Which causes count in a company: the built-in ones as it wants them, and its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.actions.contract import action
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract.auditing import AUDIT
from shangmai.modules.orders.contract.causes import PART_SHORT, SHORT, Cause, Limit, LimitValue, grant_of
from shangmai.modules.orders.contract.causes.known import CAUSES
from shangmai.modules.orders.contract.exceptions import (
    CauseFixed,
    CauseSetting,
    CauseUnknown,
    DefineCause,
    ExceptionPolicy,
    ExceptionPolicySet,
    HoursEmpty,
    LimitUnknown,
    PolicySet,
    SetExceptionPolicy,
)
from shangmai.modules.orders.rules.exceptions import CHECKS, Need
from shangmai.modules.orders.service.seeing import NEEDS_OF
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import CompanyId, CompanyNotFound
from shangmai.modules.rules.contract import (
    STRING,
    CellInvalid,
    DecisionTable,
    Hit,
    NoRows,
    Outcome,
    OutcomeInvalid,
    Row,
    RowTwice,
    Subject,
)
from shangmai.modules.rules.service import Ruling

OWN_CAUSES: Final = Subject(
    name="orders.own_causes",
    zh="自定义异常",
    en="own causes",
    facts=AUDIT.facts,
    outcomes={"code": Outcome(kind=STRING, zh="编码", en="code", required=True)},
    hit=Hit.ALL,
)
"""No company's table: its rows are made of the causes that a company defines."""
MEMORY: Final = ("orders", "own causes")
MEMORY_MAX: Final = 200


class InForce(Struct, frozen=True):
    """What counts in a company: causes that are looked for, by code; those of its own that are put on by hand.

    `found`: asks for its own causes that have a test. `needs`: what must be gathered to look for all of them.
    """

    policy: ExceptionPolicy
    causes: Mapping[str, Cause]
    by_hand: Mapping[str, Cause]
    found: Ruling | None
    needs: frozenset[Need]

    @property
    def parts_percent(self) -> int | None:
        """From which share of an order's pieces what is in stock is sent before the rest; None: never."""
        cause = self.causes.get(PART_SHORT)
        value = cause.limits["percent"].value if cause is not None else None
        return value if isinstance(value, int) else None

    def cause(self, code: str) -> Cause | None:
        """A cause as it counts here."""
        return self.causes.get(code) or self.by_hand.get(code) or CAUSES.get(code)


async def in_force(tx: Tx, companies: Collection[CompanyId]) -> dict[CompanyId, InForce]:
    """What counts in these companies, as of this transaction, in one statement."""
    stored = await queries.policies_of(tx, companies) if companies else {}
    return {id_: _in_force(tx, policy or ExceptionPolicy(), own) for id_, (policy, own) in stored.items()}


async def that_wait(tx: Tx, companies: Collection[CompanyId]) -> set[CompanyId]:
    """Those of these companies whose orders wait until they were looked at: a cause chosen there may stop them."""
    stored = await queries.policies_of(tx, companies) if companies else {}
    return {id_ for id_, (policy, own) in stored.items() if _waits(policy or ExceptionPolicy(), own)}


def _waits(policy: ExceptionPolicy, own: Collection[DefineCause]) -> bool:
    chosen = (_set(CAUSES[setting.code], setting) for setting in policy.causes if setting.on)
    return any(each.on and each.blocks and each.when for each in own) or any(cause.blocks for cause in chosen)


def _in_force(tx: Tx, policy: ExceptionPolicy, own: Collection[DefineCause]) -> InForce:
    settings = {setting.code: setting for setting in policy.causes}
    built_in = [_set(CAUSES[code], settings.get(code)) for code in CHECKS]
    mine = [_own(each) for each in own if each.on]
    tested = [each for each in own if each.on and each.when]
    causes = {cause.code: cause for cause in built_in if cause.on}
    causes |= {each.code: _own(each) for each in tested}
    ruling = _ruling(tx, tested) if tested else None
    needs = frozenset().union(
        *(CHECKS[code][1] for code in causes if code in CHECKS),
        *(NEEDS_OF.get(field, frozenset()) for field in (ruling.fields if ruling else ())),
    )
    return InForce(policy, causes, {cause.code: cause for cause in mine if cause.code not in causes}, ruling, needs)


def _set(cause: Cause, setting: CauseSetting | None) -> Cause:
    """A built-in cause as a company wants it."""
    if setting is None:
        return cause
    limits = {name: Limit(value=value, zh=cause.limits[name].zh, en=cause.limits[name].en)
              for name, value in setting.limits.items()}  # fmt: skip
    owner = setting.owner or cause.owner
    return replace(
        cause,
        on=cause.on if setting.on is None else setting.on,
        blocks=cause.blocks if setting.blocks is None else setting.blocks,
        owner=owner,
        minutes=setting.minutes or cause.minutes,
        limits={**cause.limits, **limits},
        grant=cause.grant and grant_of(owner),
    )


def _own(own: DefineCause) -> Cause:
    return Cause(
        code=own.code,
        zh=own.zh,
        en=own.en,
        owner=own.owner,
        minutes=own.minutes,
        action="orders.accept_exception",
        blocks=own.blocks,
        detected=bool(own.when),
        on=own.on,
        grant=grant_of(own.owner),
    )


def _ruling(tx: Tx, tested: Collection[DefineCause]) -> Ruling:
    """The tests of own causes, compiled once for each wording of them."""
    key = tuple((each.code, tuple(sorted(each.when.items()))) for each in tested)
    known: dict[object, Ruling] = tx.memory.setdefault(MEMORY, {})
    made = known.get(key)
    if made is None:
        if len(known) >= MEMORY_MAX:
            known.clear()
        made = known[key] = Ruling(OWN_CAUSES, _table(tested))
    return made


def _table(tested: Collection[DefineCause]) -> DecisionTable:
    rows = (Row(id=_row(each.code), when=each.when, then={"code": each.code}) for each in tested)
    return DecisionTable(rows=tuple(rows))


def _row(code: str) -> str:
    return code.removeprefix("own.")


# --- actions -------------------------------------------------------------------------------------------------------


@action(
    "orders.set_exception_policy",
    grant="orders.set_exception_policy",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, CauseUnknown, CauseFixed, LimitUnknown, HoursEmpty],
)
async def set_exception_policy(tx: Tx, do: SetExceptionPolicy) -> PolicySet:
    """Say which causes count in a company; open orders are looked at again. Event orders.exception_policy_set.v1.

    Where a cause is switched on that stops orders, paid orders wait until they were looked at, as for an audit.
    Raises: CompanyNotFound, CauseUnknown, CauseFixed, LimitUnknown, HoursEmpty.
    """
    await _check_company(tx, do.company_id)
    _check_policy(do.policy)
    await queries.set_policy(tx, do.company_id, do.policy)
    tx.emit(ExceptionPolicySet(company_id=do.company_id))
    return PolicySet(company_id=do.company_id, policy=do.policy)


@action(
    "orders.define_cause",
    grant="orders.set_exception_policy",
    scope=lambda do: {"company": do.company_id},
    errors=[CompanyNotFound, CellInvalid, NoRows, OutcomeInvalid, RowTwice],
)
async def define_cause(tx: Tx, do: DefineCause) -> Cause:
    """Define or change a cause of the company's own; open orders are looked at again.

    Event orders.exception_policy_set.v1. Raises: CompanyNotFound, CellInvalid.
    """
    await _check_company(tx, do.company_id)
    if do.when:
        Ruling(OWN_CAUSES, _table([do]))
    await queries.set_own_cause(tx, do)
    tx.emit(ExceptionPolicySet(company_id=do.company_id))
    return _own(do)


async def policy_of(tx: Tx, company_id: CompanyId) -> PolicySet:
    """A company's policy; where it has set none, the built-in one."""
    policy, _ = (await queries.policies_of(tx, [company_id]))[company_id]
    return PolicySet(company_id=company_id, policy=policy or ExceptionPolicy())


async def causes_of(tx: Tx, company_id: CompanyId | None) -> list[Cause]:
    """Every cause as it counts in a company, its own among them; without one, as built in."""
    if company_id is None:
        return list(CAUSES.values())
    policy, own = (await queries.policies_of(tx, [company_id]))[company_id]
    settings = {setting.code: setting for setting in (policy or ExceptionPolicy()).causes}
    return [*(_set(cause, settings.get(code)) for code, cause in CAUSES.items()), *map(_own, own)]


async def _check_company(tx: Tx, company_id: CompanyId) -> None:
    if company_id not in await organization.get_companies(tx, [company_id]):
        raise CompanyNotFound(company_id=company_id)


def _check_policy(policy: ExceptionPolicy) -> None:
    for setting in policy.causes:
        code, cause = setting.code, CAUSES.get(setting.code)
        if cause is None or not cause.detected:
            raise CauseUnknown(code=code)
        if code == SHORT and not (setting.on in (None, True) and setting.blocks in (None, True)):
            raise CauseFixed(code=code)
        for name, value in setting.limits.items():
            if name not in cause.limits or not _is_like(value, cause.limits[name].value):
                raise LimitUnknown(code=code, limit=name, possible=", ".join(cause.limits) or "-")
    hours = policy.business_hours
    if hours is not None and hours.end <= hours.start:
        raise HoursEmpty()


def _is_like(value: LimitValue, built_in: LimitValue) -> bool:
    return isinstance(value, int) == isinstance(built_in, int)

"""What is to be done: by section, as the reader's grants have it."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from shangmai.kernel.actors import Actor
from shangmai.kernel.tx import Tx
from shangmai.modules.orders import queries
from shangmai.modules.orders.contract.causes import APPROVAL, FINANCE_AUDIT, LATE_PARCEL, PART_SHORT, SHORT, TO_AUDIT
from shangmai.modules.orders.contract.working import Section, WorkList
from shangmai.modules.orders.queries.working import Part
from shangmai.modules.warehouse import service as warehouse
from shangmai.modules.warehouse.contract.requests import RequestState

EXCEPTIONS: Final = "/api/v1/orders/exceptions"
REQUESTS: Final = "/api/v1/warehouse/requests"


class Shown(Struct, frozen=True):
    """A section: whose grant shows it, and which orders it is of, or what is so far on the floors."""

    code: str
    zh: str
    en: str
    grant: str
    part: Part | RequestState
    more: str


SECTIONS: Final = (
    Shown("to_audit", "待审核", "To audit", "orders.audit", Part(only=(TO_AUDIT,)), f"{EXCEPTIONS}?code={TO_AUDIT}"),
    Shown(
        "exceptions",
        "异常",
        "Exceptions",
        "orders.work_exceptions",
        Part(without=(TO_AUDIT, FINANCE_AUDIT, APPROVAL, SHORT, PART_SHORT, LATE_PARCEL)),
        EXCEPTIONS,
    ),
    Shown(
        "finance",
        "待财审",
        "Finance audit",
        "orders.pass_finance_audit",
        Part(only=(FINANCE_AUDIT,)),
        f"{EXCEPTIONS}?code={FINANCE_AUDIT}",
    ),
    Shown(
        "approvals", "待审批", "To approve", "orders.approve", Part(only=(APPROVAL,)), f"{EXCEPTIONS}?code={APPROVAL}"
    ),
    Shown("short", "缺货", "Short of stock", "orders.ship", Part(only=(SHORT, PART_SHORT)), "/api/v1/orders/shortages"),
    Shown("to_ship", "待发货", "To ship", "orders.ship", Part(is_ready=True), "/api/v1/orders?status=placed"),
    Shown("to_pick", "待拣货", "To pick", "warehouse.pick", RequestState.WAVED, f"{REQUESTS}?state=waved"),
    Shown("to_pack", "待打包", "To pack", "warehouse.pack", RequestState.PICKED, f"{REQUESTS}?state=picked"),
    Shown(
        "late_parcels",
        "超时未签收",
        "Late parcels",
        "orders.work_exceptions",
        Part(only=(LATE_PARCEL,)),
        f"{EXCEPTIONS}?code={LATE_PARCEL}",
    ),
)
"""In the order in which orders go through them."""


async def work_list(tx: Tx, actor: Actor, per: int) -> WorkList:
    """The sections that an actor's grants show, each with its count and the first `per` items, what is due first.

    Three statements a section at most. What rests is not counted until its time. On the floors, units are counted, and
    `more` is where the most urgent one is.
    """
    sections = []
    for shown in SECTIONS:
        more = shown.more
        if actor.may(shown.grant):
            if isinstance(shown.part, RequestState):
                floor = await warehouse.waiting_in(tx, shown.part, per)
                orders, overdue = floor.count, floor.overdue
                items = await queries.work_in_units(tx, floor.docs, per) if floor.docs else []
                more = shown.more if floor.warehouse_id is None else f"{shown.more}&warehouse={floor.warehouse_id}"
            else:
                orders, overdue = await queries.count_work(tx, shown.part, tx.now)
                items = await queries.first_work(tx, shown.part, tx.now, per) if orders else []
            sections.append(
                Section(
                    code=shown.code,
                    zh=shown.zh,
                    en=shown.en,
                    orders=orders,
                    overdue=overdue,
                    items=tuple(items),
                    more=more,
                )
            )
    return WorkList(sections=tuple(sections))

"""What tests and people do with the simulator: register, let time pass, push scans of every kind, let it fail."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any, Final

import httpx
from litestar import get, post
from litestar.datastructures import State
from litestar.exceptions import NotFoundException
from msgspec import Struct

from shangmai.apps.simulating.carriers.desk import Desk, Fate, Heard, Item, Misbehaving, Partner, Step, System
from shangmai.apps.simulating.carriers.systems import pushed


class Register(Struct, frozen=True, kw_only=True):
    system: System


class Advance(Struct, frozen=True, kw_only=True):
    """Let so many hours pass; what is scanned meanwhile is pushed to whoever subscribed."""

    hours: float


class PushAgain(Struct, frozen=True, kw_only=True):
    """Push all that was scanned, step by step, in a random order, several times over, or signed by somebody else."""

    times: int = 1
    shuffled: bool = False
    forged: bool = False
    url: str = ""


class Told(Struct, frozen=True, kw_only=True):
    """The answers to each push; 0 where nobody answered."""

    answers: list[tuple[int, str]]


class Shown(Struct, frozen=True, kw_only=True):
    waybill: str
    carrier: str
    order: str
    fate: Fate
    is_canceled: bool
    steps: list[str]


@post("/simulator/partners", status_code=200)
async def register(data: Register, state: State) -> Partner:
    desk: Desk = state.desk
    return desk.register(data.system)


@post("/simulator/partners/{system:str}/{partner:str}/push-url", status_code=200)
async def push_to(system: str, partner: str, data: dict[str, str], state: State) -> bool:
    """Say where this partner's parcels are pushed to, as SF's and 快递鸟's consoles do."""
    desk: Desk = state.desk
    found = next((each for key, each in desk.partners.items() if key == (system, partner)), None)
    if found is None:
        raise NotFoundException(f"no partner {partner}")
    found.push_url = data["url"]
    return True


@post("/simulator/misbehave", status_code=200)
async def misbehave(data: list[Misbehaving], state: State) -> int:
    """Let the next calls of each kind fail; an empty list lets everything be well again."""
    state.desk.misbehaving = data
    return len(data)


@post("/simulator/advance", status_code=200)
async def advance(data: Advance, state: State) -> Told:
    desk: Desk = state.desk
    desk.skipped += timedelta(hours=data.hours)
    answers = []
    for item in list(desk.items.values()):
        url = item.push_url or (desk.partners[item.system, item.partner].push_url if item.system == "sf" else "")
        steps = desk.steps(item)
        if url and len(steps) > item.pushed:
            answers.append(await _push(desk, item, url, steps, forged=False))
            item.pushed = len(steps)
    return Told(answers=answers)


@post("/simulator/parcels/{waybill:str}/fate", status_code=200)
async def set_fate(waybill: str, data: dict[str, Fate], state: State) -> Shown:
    item = _item(state.desk, waybill)
    item.fate = data["fate"]
    return _shown(state.desk, item)


@post("/simulator/parcels/{waybill:str}/push", status_code=200)
async def push(waybill: str, data: PushAgain, state: State) -> Told:
    desk: Desk = state.desk
    item = _item(desk, waybill)
    url = data.url or item.push_url or desk.partners[item.system, item.partner].push_url
    steps = desk.steps(item) * data.times
    if data.shuffled:
        random.Random(desk.seed).shuffle(steps)
    return Told(answers=[await _push(desk, item, url, [step], forged=data.forged) for step in steps])


@get("/simulator/parcels")
async def parcels(state: State) -> list[Shown]:
    desk: Desk = state.desk
    return [_shown(desk, item) for item in desk.items.values()]


@get("/simulator/heard")
async def heard(state: State) -> list[Heard]:
    return list(state.desk.heard)


async def _push(desk: Desk, item: Item, url: str, steps: list[Step], *, forged: bool) -> tuple[int, str]:
    form, body = pushed(desk, item, steps, forged=forged)
    given: dict[str, Any] = {"content": body, "headers": {"content-type": "application/json"}}
    try:
        async with httpx.AsyncClient(timeout=30, trust_env=False) as client:
            answer = await client.post(url, **(given if form is None else {"data": form}))
    except httpx.HTTPError as error:
        return 0, repr(error)
    return answer.status_code, answer.text


def _item(desk: Desk, waybill: str) -> Item:
    if waybill not in desk.items:
        raise NotFoundException(f"no parcel {waybill}")
    return desk.items[waybill]


def _shown(desk: Desk, item: Item) -> Shown:
    return Shown(
        waybill=item.waybill,
        carrier=item.carrier,
        order=item.order,
        fate=item.fate,
        is_canceled=item.is_canceled,
        steps=[step.kind for step in desk.steps(item)],
    )


routes: Final[list[Any]] = [register, push_to, misbehave, advance, set_fate, push, parcels, heard]

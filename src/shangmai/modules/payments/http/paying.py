"""Where a shopper pays: a pay link's page, the page of one payment, and what its script asks."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.response import Redirect
from msgspec import Struct

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.i18n import Lang
from shangmai.kernel.money import Money
from shangmai.modules.payments import rules, service
from shangmai.modules.payments.contract import (
    AskIntent,
    ChooseMethod,
    IntentId,
    IntentNotFound,
    IntentStatus,
    LinkNotFound,
    NothingDue,
    PaymentIntent,
    PaymentLink,
    PaymentLinkId,
    Scene,
    Shown,
    ShownBy,
    StartedPayment,
)
from shangmai.modules.payments.http import pages
from shangmai.modules.payments.http.pacing import SHOW, START, STATE, check_pace, may_ask
from shangmai.modules.payments.queries import intents, links
from shangmai.modules.payments.service.links import due_of

PUBLIC: Final = {"public": True}
FORM_BYTES_MAX: Final = 1024
WECHAT_BROWSER: Final = "micromessenger"
PHONES: Final = ("mobile", "android", "iphone")


class PaymentState(Struct, frozen=True, kw_only=True):
    """`open`, `paid`, `closed` or `expired`."""

    state: str


@get("/pay/{link_id:uuid}", opt=PUBLIC, include_in_schema=False)
async def show_link(link_id: UUID, request: Request[Any, Any, Any], db: Database, lang: Lang) -> Response[str]:
    """Show the ways to pay an order; whoever knows the link may. Raises: LinkNotFound, PayThrottled."""
    check_pace(request, db, link_id, SHOW)
    async with db.reading(SYSTEM) as tx:
        link = await links.find(tx, PaymentLinkId(link_id))
        if link is None:
            raise LinkNotFound()
        due_minor = await due_of(tx, link)
        methods = await service.methods_of(tx, link.company_id, link.shop_id)
    if not due_minor:
        return _html(pages.settled(link.subject, lang))
    agent = request.headers.get("user-agent", "").lower()
    ways = [(provider, scene_for(agent, scenes)) for provider, scenes in methods]
    return _html(pages.choice(link.subject, Money(due_minor, link.currency), ways, lang))


@post("/pay/{link_id:uuid}", opt=PUBLIC, include_in_schema=False, request_max_body_size=FORM_BYTES_MAX)
async def choose(link_id: UUID, request: Request[Any, Any, Any], db: Database, state: State) -> Redirect:
    """Start the payment that the shopper chose, and lead them to it.

    Raises: LinkNotFound, NoPaymentAccount, PayThrottled.
    """
    check_pace(request, db, link_id, START)
    provider, _, scene = str((await request.form()).get("way", "")).partition(":")
    if scene not in set(Scene):
        return Redirect(f"/pay/{link_id}", status_code=303)
    do = ChooseMethod(link_id=PaymentLinkId(link_id), provider=provider, scene=Scene(scene))
    answer = await state.runner.run(Call(action="payments.choose_method", input=do, actor=SYSTEM, door="page"))
    if isinstance(answer.error, NothingDue):
        return Redirect(f"/pay/{link_id}", status_code=303)
    started: StartedPayment = answer.unwrap()
    return Redirect(started.pay_url, status_code=303)


@get("/pay/payments/{intent_id:uuid}", opt=PUBLIC, include_in_schema=False)
async def show_payment(
    intent_id: UUID,
    request: Request[Any, Any, Any],
    db: Database,
    state: State,
    lang: Lang,
    payer: str = "",
) -> Response[str] | Redirect:
    """Show one payment: its QR code, the way to the provider, or what became of it.

    Raises: IntentNotFound, PayThrottled.
    """
    check_pace(request, db, intent_id, SHOW)
    intent, link = await _intent(db, intent_id)
    back = None if link is None else f"/pay/{link.id}"
    now_state = rules.payable_state(intent, db.clock.now())
    if now_state != IntentStatus.OPEN.value:
        return _html(pages.over(intent, now_state, lang, back=back))
    zone = ZoneInfo(state.settings.timezone)
    if intent.scene is Scene.JSAPI:
        middle = "" if payer else pages.note(pages.TEXTS[lang]["openid"], "bad")
        return _html(pages.payment(intent, middle, lang, zone, back=back, payer=payer))
    try:
        shown = await _present(state, intent, request)
    except AppError as refusal:
        told = f"{pages.TEXTS[lang]['failed']}: {refusal.message(lang)}"
        return _html(pages.payment(intent, pages.note(told, "bad"), lang, zone, back=back))
    if shown.by is ShownBy.QR:
        return _html(pages.payment(intent, pages.qr(shown.url, intent.provider, lang), lang, zone, back=back))
    if intent.asked_at is None:
        return Redirect(shown.url, status_code=303)  # the first time; who comes back sees whether it has come
    return _html(pages.payment(intent, pages.go_on(shown.url, intent.provider, lang), lang, zone, back=back))


@get("/pay/payments/{intent_id:uuid}/state", opt=PUBLIC, include_in_schema=False)
async def tell_state(
    intent_id: UUID, request: Request[Any, Any, Any], db: Database, state: State, ask: bool = False
) -> PaymentState:
    """Tell what became of a payment; `ask` has its provider asked now and then.

    Raises: IntentNotFound, PayThrottled.
    """
    check_pace(request, db, intent_id, STATE)
    intent, _ = await _intent(db, intent_id)
    now_state = rules.payable_state(intent, db.clock.now())
    if ask and now_state == IntentStatus.OPEN.value and may_ask(request, db, intent_id):
        do = AskIntent(intent_id=intent.id)
        (await state.runner.run(Call(action="payments.ask_intent", input=do, actor=SYSTEM, door="page"))).unwrap()
    return PaymentState(state=now_state)


@get("/pay/payments/{intent_id:uuid}/params", opt=PUBLIC, include_in_schema=False)
async def give_params(
    intent_id: UUID, request: Request[Any, Any, Any], db: Database, state: State, payer: str = ""
) -> Shown:
    """Give what a page within WeChat opens the payment with.

    Raises: IntentNotFound, PayerUnknown, ProviderAway, PayThrottled.
    """
    check_pace(request, db, intent_id, SHOW)
    intent, _ = await _intent(db, intent_id)
    return await _present(state, intent, request, payer)


async def _present(state: State, intent: PaymentIntent, request: Request[Any, Any, Any], payer: str = "") -> Shown:
    """Open the payment at its provider, which leads the payer back to its page."""
    client_ip = request.client.host if request.client is not None else "127.0.0.1"
    return_url = f"{service.public_url()}/pay/payments/{intent.id}"
    return await service.present(
        state.runner, intent.id, payer=payer or None, client_ip=client_ip, return_url=return_url
    )


async def _intent(db: Database, intent_id: UUID) -> tuple[PaymentIntent, PaymentLink | None]:
    async with db.reading(SYSTEM) as tx:
        intent = await intents.find_intent(tx, IntentId(intent_id))
        if intent is None:
            raise IntentNotFound(intent_id=intent_id)
        return intent, await links.find_of_order(tx, intent.order_id)


def scene_for(agent: str, scenes: list[Scene]) -> Scene:
    """The scene that suits the shopper's browser best, of those that the account takes."""
    if WECHAT_BROWSER in agent:
        wished = [Scene.JSAPI, Scene.H5, Scene.PAGE, Scene.NATIVE]
    elif any(name in agent for name in PHONES):
        wished = [Scene.H5, Scene.PAGE, Scene.NATIVE, Scene.JSAPI]
    else:
        wished = [Scene.NATIVE, Scene.PAGE, Scene.H5, Scene.JSAPI]
    return min(scenes, key=wished.index)


def _html(text: str) -> Response[str]:
    headers = {"content-security-policy": pages.POLICY, "vary": "accept-language", "referrer-policy": "no-referrer"}
    return Response(text, media_type="text/html; charset=utf-8", headers=headers)


routes: Final[list[Any]] = [show_link, choose, show_payment, tell_state, give_params]

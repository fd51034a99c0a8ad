"""The test gateway's own side: the page where a payer pays, and where merchants ask for refunds. Only in a demo."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, get, post
from litestar.datastructures import State
from litestar.response import Redirect

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.kernel.i18n import Lang
from shangmai.modules.payments import rules, service
from shangmai.modules.payments.contract import (
    IntentId,
    IntentNotFound,
    IntentNotPayable,
    IntentStatus,
    Outcome,
    PaymentIntent,
    PressOutcome,
    RefundSettled,
)
from shangmai.modules.payments.http.callbacks import signed
from shangmai.modules.payments.http.page import POLICY, render
from shangmai.modules.payments.providers.test.signing import SIGNED_HEADERS
from shangmai.modules.payments.queries import intents as queries
from shangmai.modules.payments.service import simulated

PUBLIC: Final = {"public": True}
FORM_BYTES_MAX: Final = 1024


@get("/pay/test/{intent_id:uuid}", opt=PUBLIC, include_in_schema=False)
async def show_payment(intent_id: UUID, db: Database, lang: Lang, told: Outcome | None = None) -> Response[str]:
    """Show a payer what to pay; whoever knows the intent's id may. Raises: ProviderOff, IntentNotFound."""
    intent = await _intent(db, intent_id)
    state = rules.payable_state(intent, db.clock.now())
    return Response(
        render(intent, state, told, lang),
        media_type="text/html; charset=utf-8",
        headers={"content-security-policy": POLICY, "vary": "accept-language"},
    )


@post(
    "/pay/test/{intent_id:uuid}", opt=PUBLIC, include_in_schema=False, request_max_body_size=FORM_BYTES_MAX
)  # a form of the page above
async def press_button(intent_id: UUID, request: Request[Any, Any, Any], db: Database, state: State) -> Redirect:
    """Let the payment succeed or fail, and show the page again. Raises: ProviderOff, IntentNotFound."""
    outcome = Outcome.SUCCESS if (await request.form()).get("outcome") == Outcome.SUCCESS.value else Outcome.FAILURE
    intent = await _intent(db, intent_id)
    address = f"/pay/test/{intent_id}"
    if rules.payable_state(intent, db.clock.now()) != IntentStatus.OPEN.value:
        return Redirect(address, status_code=303)
    do = PressOutcome(intent_id=intent.id, outcome=outcome)
    answer = await state.runner.run(Call(action="payments.simulate", input=do, actor=SYSTEM, door="gateway"))
    if answer.error is not None and not isinstance(answer.error, IntentNotPayable):
        raise answer.error
    return Redirect(f"{address}?told={outcome.value}", status_code=303)


@post("/pay/test/refunds", opt=PUBLIC, include_in_schema=False, status_code=200, request_max_body_size=FORM_BYTES_MAX)
async def refund(request: Request[Any, Any, Any], db: Database) -> RefundSettled:
    """Give money back for a merchant. Raises: ProviderOff, CallbackForged, RefundRefused."""
    service.find_provider(service.TestGateway.name)
    async with db.reading(SYSTEM) as tx:
        return await simulated.settle(tx, signed(request.headers, SIGNED_HEADERS), await request.body())


@post("/pay/test/trades", opt=PUBLIC, include_in_schema=False, status_code=200, request_max_body_size=FORM_BYTES_MAX)
async def tell(request: Request[Any, Any, Any], db: Database) -> Response[bytes]:
    """Tell a merchant what became of a payment, signed; 204 while nobody has paid. Raises: CallbackForged."""
    service.find_provider(service.TestGateway.name)
    async with db.reading(SYSTEM) as tx:
        told = await simulated.tell(tx, signed(request.headers, SIGNED_HEADERS), await request.body())
    if told is None:
        return Response(b"", status_code=204)
    headers, body = told
    return Response(body, headers=headers, media_type="application/json")


async def _intent(db: Database, intent_id: UUID) -> PaymentIntent:
    service.find_provider(service.TestGateway.name)
    async with db.reading(SYSTEM) as tx:
        intent = await queries.find_intent(tx, IntentId(intent_id))
    if intent is None or intent.provider != service.TestGateway.name:
        raise IntentNotFound(intent_id=intent_id)
    return intent


routes: Final[list[Any]] = [show_payment, press_button, refund, tell]

"""Where payment providers tell us what became of payments."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response, post
from litestar.datastructures import State

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.db.database import Database
from shangmai.modules.payments import rules, service
from shangmai.modules.payments.contract import (
    AcceptCallback,
    CallbackConflicting,
    CallbackForged,
    Judged,
    Verdict,
)

PUBLIC: Final = {"public": True}
BODY_BYTES_MAX: Final = 64 * 1024


@post("/api/v1/payments/callbacks/{provider:str}", opt=PUBLIC, status_code=200, request_max_body_size=BODY_BYTES_MAX)
async def receive_callback(provider: str, request: Request[Any, Any, Any], db: Database, state: State) -> Response[str]:
    """Take in a provider's callback; `success` once it is stored, whatever we made of it. 支付渠道回调。

    A forged one is refused before the database is asked, and leaves no row. Raises: GatewayOff, CallbackForged,
    CallbackConflicting.
    """
    do = AcceptCallback(provider=provider, headers=signed(request.headers), body=_text(await request.body()))
    notification = service.check_callback(do, db.clock.now())
    answer = await state.runner.run(Call(action="payments.accept", input=do, actor=SYSTEM, door="callback"))
    judged: Judged = answer.unwrap()
    if judged.verdict is Verdict.CONFLICTING:
        raise CallbackConflicting(notification=notification.id)
    return Response("success", media_type="text/plain")


def signed(headers: Mapping[str, str]) -> dict[str, str]:
    """The headers that a signature is made of, and no others: what is stored is what the provider vouched for."""
    return {name: headers[name][:200] for name in rules.SIGNED_HEADERS if name in headers}


def _text(body: bytes) -> str:
    """Raises: CallbackForged."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise CallbackForged(reason="the body is no UTF-8") from None


routes: Final = [receive_callback]

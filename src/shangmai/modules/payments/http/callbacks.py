"""Where payment providers tell us what became of payments and refunds."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, post
from litestar.datastructures import State

from shangmai.kernel.actions.contract import Call
from shangmai.kernel.actors import SYSTEM
from shangmai.kernel.errors import Reason
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import (
    AcceptCallback,
    CallbackConflicting,
    CallbackForged,
    Judged,
    PaymentAccountId,
    Verdict,
)

PUBLIC: Final = {"public": True}
BODY_BYTES_MAX: Final = 64 * 1024


@post("/api/v1/payments/callbacks/{provider:str}", opt=PUBLIC, status_code=200, request_max_body_size=BODY_BYTES_MAX)
async def receive_callback(provider: str, request: Request[Any, Any, Any], state: State) -> Response[str]:
    """Take in the callback of a provider that needs no account; `success` once it is stored. 支付渠道回调。

    A forged one is refused before anything is written, and leaves no row. Raises: ProviderOff, CallbackForged,
    CallbackConflicting.
    """
    return await _receive(provider, None, request, state)


@post(
    "/api/v1/payments/callbacks/{provider:str}/{account_id:uuid}",
    opt=PUBLIC,
    status_code=200,
    request_max_body_size=BODY_BYTES_MAX,
)
async def receive_callback_of_account(
    provider: str, account_id: UUID, request: Request[Any, Any, Any], state: State
) -> Response[str]:
    """Take in a provider's callback for one merchant account; `success` once it is stored. 支付渠道回调（按商户号）。

    Raises: ProviderOff, CallbackForged, CallbackConflicting, ProviderAway.
    """
    return await _receive(provider, PaymentAccountId(account_id), request, state)


async def _receive(
    provider: str, account_id: PaymentAccountId | None, request: Request[Any, Any, Any], state: State
) -> Response[str]:
    names = service.find_provider(provider).signed_headers
    do = AcceptCallback(
        provider=provider,
        account_id=account_id,
        headers=signed(request.headers, names),
        body=_text(await request.body()),
    )
    said = await service.check_callback(state.runner, do)
    answer = await state.runner.run(Call(action="payments.accept", input=do, actor=SYSTEM, door="callback"))
    judged: Judged = answer.unwrap()
    if judged.verdict is Verdict.CONFLICTING:
        raise CallbackConflicting(notification=said.id)
    return Response("success", media_type="text/plain")


def signed(headers: Mapping[str, str], names: tuple[str, ...]) -> dict[str, str]:
    """The headers that a signature is made of, and no others: what is stored is what the provider vouched for."""
    return {name: headers[name][:1000] for name in names if name in headers}


def _text(body: bytes) -> str:
    """Raises: CallbackForged."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise CallbackForged(reason=Reason("the body is no UTF-8", "报文不是 UTF-8")) from None


routes: Final = [receive_callback, receive_callback_of_account]

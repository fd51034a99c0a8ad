"""Where carriers and aggregators tell us what became of parcels."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from litestar import Request, Response, post
from litestar.datastructures import State

from shangmai.kernel.errors import Reason
from shangmai.modules.logistics import service
from shangmai.modules.logistics.contract import PushForged
from shangmai.modules.logistics.providers.port import Told

BODY_BYTES_MAX: Final = 1024 * 1024


@post(
    "/api/v1/logistics/callbacks/{account_id:uuid}/{token:str}",
    opt={"public": True},
    status_code=200,
    request_max_body_size=BODY_BYTES_MAX,
)
async def receive_push(account_id: UUID, token: str, request: Request[Any, Any, Any], state: State) -> Response[str]:
    """Take in what a carrier pushes for one account. 快递轨迹推送（按账号）。

    A forged one is refused and changes nothing. Raises: PushForged.
    """
    answer = await service.receive_push(state.runner, account_id, token, await _told(request))
    return Response(answer, media_type="application/json")


async def _told(request: Request[Any, Any, Any]) -> Told:
    """Raises: PushForged."""
    if request.content_type[0] == "application/x-www-form-urlencoded":
        form = await request.form()
        return Told({name: value for name, value in form.items() if isinstance(value, str)}, "")
    try:
        return Told({}, (await request.body()).decode())
    except UnicodeDecodeError:
        raise PushForged(reason=Reason("the body is no UTF-8", "报文不是 UTF-8")) from None


routes: Final = [receive_push]

"""Our side of the test gateway, and its way of telling merchants."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import ClassVar, Final

import httpx
import msgspec

from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.contract import (
    Notification,
    PaymentIntent,
    RefundCall,
    RefundRequest,
    RefundSettled,
    Scene,
    Shown,
    ShownBy,
)
from shangmai.modules.payments.providers.port import (
    Account,
    Asking,
    RefundState,
    RefundTold,
    Told,
    ToldBy,
    Trade,
    TradeState,
)
from shangmai.modules.payments.providers.test import signing
from shangmai.modules.payments.providers.test.messages import TradeRequest, read_notification

CALL_TIMEOUT_S: Final = 10.0
SUCCESS: Final = "success"


class TestGateway:
    """A merchant's key is derived from the master key, so both sides know it and nothing is stored."""

    __test__ = False  # pytest: not a test
    name: ClassVar[str] = "test"
    scenes: ClassVar[frozenset[Scene]] = frozenset({Scene.PAGE, Scene.H5})
    signed_headers: ClassVar[tuple[str, ...]] = signing.SIGNED_HEADERS
    currencies: ClassVar[frozenset[str] | None] = None
    urls: ClassVar[Mapping[str, str]] = {}

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url.rstrip("/")

    def builtin(self, company_id: CompanyId) -> Account | None:
        return Account(
            id=None,
            provider=self.name,
            company_id=company_id,
            merchant=signing.merchant_of(company_id),
            app_id=None,
            base_url=self._base_url,
            public_url=self._base_url,
            scenes=self.scenes,
        )

    def check(self, account: Account) -> None:
        """Its keys are derived, so nothing can be missing."""

    def pay_url(self, account: Account, intent: PaymentIntent) -> str:
        return f"{self._base_url}/pay/test/{intent.id}"

    def verify(self, account: Account | None, told: Told, now: datetime) -> Notification:
        """Check the signature before the body is read. Raises: Unheard."""
        merchant = told.headers.get(signing.MERCHANT, "")
        signing.check_signature(signing.keys_of(merchant), told.headers, told.body, now)
        return read_notification(merchant, told.body)

    async def create(self, account: Account, intent: PaymentIntent, asking: Asking, now: datetime) -> Shown:
        """The gateway knows every intent by itself."""
        return Shown(by=ShownBy.REDIRECT, url=self.pay_url(account, intent))

    async def query(self, account: Account, intent: PaymentIntent, now: datetime) -> Trade:
        asked = msgspec.json.encode(TradeRequest(merchant=intent.merchant, intent_id=intent.id))
        answer = await self._post("/pay/test/trades", intent.merchant, asked, now)
        if answer.status_code == httpx.codes.NO_CONTENT:
            return Trade(state=TradeState.OPEN)
        headers = {name: answer.headers.get(name, "") for name in signing.SIGNED_HEADERS}
        return Trade(state=TradeState.PAID, told=Told(by=ToldBy.ANSWER, headers=headers, body=answer.content))

    async def close(self, account: Account, intent: PaymentIntent, now: datetime) -> None:
        """The gateway's page asks us whether the payment is open, so nothing is to be told."""

    async def refund(self, account: Account, call: RefundCall, now: datetime) -> RefundTold:
        asked = RefundRequest(
            id=call.id,
            merchant=call.merchant,
            order_id=call.order_id,
            amount_minor=call.amount_minor,
            currency=call.currency,
        )
        answer = await self._post("/pay/test/refunds", call.merchant, msgspec.json.encode(asked), now)
        settled = msgspec.json.decode(answer.content, type=RefundSettled)
        return RefundTold(state=RefundState.DONE, number=settled.refund)

    async def query_refund(self, account: Account, call: RefundCall, now: datetime) -> RefundTold:
        """Asking again for the same refund has the same answer, so that is how it is asked."""
        return await self.refund(account, call, now)

    async def fetch_certificates(self, account: Account, now: datetime) -> dict[str, str]:
        return {}

    async def probe(self, account: Account, now: datetime) -> None:
        """It is part of this installation: where we run, it answers."""

    async def notify(self, notification: Notification, now: datetime) -> None:
        """Tell the merchant. Raises: httpx.HTTPError, also for any answer but `success`."""
        body = msgspec.json.encode(notification)
        answer = await self._post("/api/v1/payments/callbacks/test", notification.merchant, body, now)
        if answer.text.strip() != SUCCESS:
            raise httpx.DecodingError(f"the merchant answered {answer.text[:100]!r}", request=answer.request)

    async def _post(self, path: str, merchant: str, body: bytes, now: datetime) -> httpx.Response:
        timestamp = str(int(now.timestamp()))
        headers = signing.signed_headers(signing.key_of(merchant), merchant, timestamp, token_hex(16), body)
        async with httpx.AsyncClient(timeout=CALL_TIMEOUT_S, trust_env=False) as client:
            answer = await client.post(
                self._base_url + path, content=body, headers=headers | {"content-type": "application/json"}
            )
        return answer.raise_for_status()


def asker_of(headers: Mapping[str, str], body: bytes, now: datetime) -> str:
    """The gateway's side: which merchant signed this. Raises: Unheard."""
    merchant = headers.get(signing.MERCHANT, "")
    signing.check_signature(signing.keys_of(merchant), headers, body, now)
    return merchant

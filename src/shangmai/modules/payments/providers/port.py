"""The port to payment providers: what each of them must be able to do, and what is handed over.

Reading and checking what a provider says is pure; only the coroutines use the network, and they are called by jobs and
by pages, never within a transaction. What becomes of a call that got no answer is unknown: the caller asks with `query`
or `query_refund` before it decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Protocol

from msgspec import Struct

from shangmai.kernel.errors import Reason, Unusable
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.contract import (
    IntentId,
    Notification,
    PaymentAccountId,
    PaymentIntent,
    RefundCall,
    RefundCallId,
    Scene,
    Shown,
)


class Account(Struct, frozen=True, kw_only=True):
    """A merchant account with its secrets opened; it lives in memory only, and shows none of them."""

    id: PaymentAccountId | None
    provider: str
    company_id: CompanyId
    merchant: str
    app_id: str | None
    base_url: str
    public_url: str
    scenes: frozenset[Scene]
    certificate_serial: str = ""
    platform_key_id: str = ""
    platform_key: str = ""
    private_key: str = ""
    api_v3_key: str = ""
    certificates: Mapping[str, str] = {}
    min_minor: int = 0
    max_minor: int | None = None

    @property
    def notify_url(self) -> str:
        """Where the provider tells us what became of a payment or a refund."""
        return f"{self.public_url}/api/v1/payments/callbacks/{self.provider}/{self.id}"

    def __repr__(self) -> str:
        return f"Account({self.provider}, {self.merchant}, {self.id})"


class ToldBy(StrEnum):
    """Whether the provider called us, or answered a question of ours."""

    NOTICE = "notice"
    ANSWER = "answer"


class Told(Struct, frozen=True, kw_only=True):
    """What a provider said, as it came; names of headers in lower case."""

    by: ToldBy
    headers: Mapping[str, str]
    body: bytes


class RefundNotice(Struct, frozen=True, kw_only=True):
    """A provider says that something became of a refund; what, it is asked. `call_id` is our number of it."""

    id: str
    merchant: str
    intent_id: IntentId
    call_id: RefundCallId
    at: datetime


class TradeState(StrEnum):
    """Of a payment at the provider. `missing`: it knows none, so nobody can have paid."""

    OPEN = "open"
    PAID = "paid"
    CLOSED = "closed"
    MISSING = "missing"


class Trade(Struct, frozen=True, kw_only=True):
    """What a provider answers to `query`; `told` is what proves a payment, where there is one."""

    state: TradeState
    told: Told | None = None


class RefundState(StrEnum):
    """Of a refund at the provider. `missing`: it has not heard of it."""

    DONE = "done"
    PROCESSING = "processing"
    FAILED = "failed"
    MISSING = "missing"


class RefundTold(Struct, frozen=True, kw_only=True):
    """What a provider answers to a refund; `number` is its own for it."""

    state: RefundState
    number: str | None = None
    reason: Reason | None = None


class Asking(Struct, frozen=True, kw_only=True):
    """How a payer is to be asked. `payer` is their openid (JSAPI), `client_ip` theirs (H5)."""

    scene: Scene
    payer: str | None = None
    client_ip: str = "127.0.0.1"
    return_url: str = ""


class Unheard(Unusable):
    """What was told is not what its signature says, or says nothing we understand; the reason tells why."""


class KeyUnknown(Unheard):
    """It is signed by a platform certificate that we do not have."""

    def __init__(self, serial: str) -> None:
        super().__init__(f"the platform certificate {serial} is not known", f"未知的平台证书 {serial}")


class Provider(Protocol):
    """A payment provider."""

    name: ClassVar[str]
    scenes: ClassVar[frozenset[Scene]]
    signed_headers: ClassVar[tuple[str, ...]]
    urls: ClassVar[Mapping[str, str]]
    currencies: ClassVar[frozenset[str] | None]

    def builtin(self, company_id: CompanyId) -> Account | None:
        """Give the account that needs no setting; None where a merchant account must be set."""
        ...

    def check(self, account: Account) -> None:
        """Look whether everything is there to sign and verify. Raises: AccountIncomplete."""
        ...

    def pay_url(self, account: Account, intent: PaymentIntent) -> str:
        """Give the address where the payer pays or is shown how."""
        ...

    def verify(self, account: Account | None, told: Told, now: datetime) -> Notification | RefundNotice:
        """Read a notice, or the answer that proves a payment. Raises: Unheard, KeyUnknown."""
        ...

    async def create(self, account: Account, intent: PaymentIntent, asking: Asking, now: datetime) -> Shown:
        """Ask for a payment; the same intent asked for again is the same payment there."""
        ...

    async def query(self, account: Account, intent: PaymentIntent, now: datetime) -> Trade:
        """Ask what became of a payment."""
        ...

    async def close(self, account: Account, intent: PaymentIntent, now: datetime) -> None:
        """Let nobody pay it any more; closing what is closed or unknown is done. Raises: ProviderRefused if paid."""
        ...

    async def refund(self, account: Account, call: RefundCall, now: datetime) -> RefundTold:
        """Ask for a refund; the call's id lets the provider know a repeated request."""
        ...

    async def query_refund(self, account: Account, call: RefundCall, now: datetime) -> RefundTold:
        """Ask what became of a refund."""
        ...

    async def fetch_certificates(self, account: Account, now: datetime) -> dict[str, str]:
        """Fetch the platform certificates (PEM by serial); nothing where keys are set by hand."""
        ...

    async def probe(self, account: Account, now: datetime) -> None:
        """Ask something harmless, signed. Raises: ProviderRefused, ProviderAway, AccountIncomplete."""
        ...

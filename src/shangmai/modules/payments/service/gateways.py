"""The port to payment providers, and which of them this process knows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol
from uuid import UUID

from shangmai.kernel.settings import Settings
from shangmai.modules.payments.contract import GatewayOff, Notification, PaymentIntent, RefundCall


class Gateway(Protocol):
    """A payment provider."""

    @property
    def name(self) -> str:
        """What payments through it have as their method."""
        ...

    def merchant(self, company_id: UUID) -> str:
        """Give what the provider calls the company that sells."""
        ...

    def pay_url(self, intent: PaymentIntent) -> str:
        """Give the address where the payer pays."""
        ...

    def verify(self, headers: Mapping[str, str], raw_body: bytes, now: datetime) -> Notification:
        """Read a callback, names of headers in lower case. Raises: CallbackForged."""
        ...

    async def refund(self, call: RefundCall, now: datetime) -> str:
        """Ask for a refund over the network and give the provider's number; the same refund has the same number.

        Raises: httpx.HTTPError, whose 4xx answers are final.
        """
        ...


_gateways: dict[str, Gateway] = {}


def use_gateway(gateway: Gateway) -> None:
    """Make it known to this process, in place of another one of its name."""
    _gateways[gateway.name] = gateway


def find_gateway(name: str) -> Gateway:
    """Give the provider of this name. Raises: GatewayOff."""
    if name not in _gateways:
        _use_test_gateway_in_a_demo()
    if name not in _gateways:
        raise GatewayOff(provider=name)
    return _gateways[name]


def _use_test_gateway_in_a_demo() -> None:
    """Payments without money must not be had where real goods are sold, so only a demo has the test gateway."""
    from shangmai.modules.payments.service.simulated import TestGateway  # here: it needs this port itself

    settings = Settings.load()
    if settings.demo and TestGateway.name not in _gateways:
        use_gateway(TestGateway(settings.public_url or f"http://{settings.host}:{settings.port}"))

"""Which payment providers this process knows, and where the outside reaches us."""

from __future__ import annotations

from shangmai.kernel.settings import Settings
from shangmai.modules.payments.contract import ProviderOff
from shangmai.modules.payments.providers.alipay import Alipay
from shangmai.modules.payments.providers.port import Provider
from shangmai.modules.payments.providers.test.gateway import TestGateway
from shangmai.modules.payments.providers.wechat import WeChatPay

_providers: dict[str, Provider] = {WeChatPay.name: WeChatPay(), Alipay.name: Alipay()}
_public_url: str | None = None


def use_provider(provider: Provider) -> None:
    """Make it known to this process, in place of another one of its name."""
    _providers[provider.name] = provider


def use_public_url(url: str | None) -> None:
    """Set how the outside reaches this process, where that is not as the settings say."""
    global _public_url
    _public_url = url


def public_url() -> str:
    """How the outside reaches this installation, without a slash at its end."""
    if _public_url is not None:
        return _public_url.rstrip("/")
    settings = Settings.load()
    return (settings.public_url or f"http://{settings.host}:{settings.port}").rstrip("/")


def find_provider(name: str) -> Provider:
    """Give the provider of this name. Raises: ProviderOff."""
    if name not in _providers:
        _use_test_gateway_in_a_demo()
    if name not in _providers:
        raise ProviderOff(provider=name)
    return _providers[name]


def provider_names() -> list[str]:
    """The providers that there are, the test gateway in a demo only."""
    _use_test_gateway_in_a_demo()
    return sorted(_providers)


def _use_test_gateway_in_a_demo() -> None:
    """Payments without money must not be had where real goods are sold, so only a demo has the test gateway."""
    if TestGateway.name not in _providers and Settings.load().demo:
        use_provider(TestGateway(public_url()))

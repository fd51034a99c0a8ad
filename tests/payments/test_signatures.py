"""Signatures: fixed vectors, and everything that must not pass."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import msgspec
import pytest

from shangmai.kernel.crypto import Vault, current_vault, use_vault
from shangmai.modules.payments import service
from shangmai.modules.payments.contract import IntentStatus, PaymentIntent, ProviderOff, Scene
from shangmai.modules.payments.providers.port import Told, ToldBy, Unheard
from shangmai.modules.payments.providers.test import signing
from shangmai.modules.payments.providers.test.signing import key_of
from shangmai.modules.payments.service import providers
from tests.payments.telling import sealed, tells

KEY = bytes(range(32))
BODY = '{"id":"N1","备注":"测试"}'.encode()
NOW = datetime(2026, 1, 1, tzinfo=UTC)
INTENT = PaymentIntent(
    id=UUID(int=1),  # type: ignore[arg-type]
    provider="test",
    scene=Scene.PAGE,
    account_id=None,
    merchant="test-a",
    app_id=None,
    order_id=UUID(int=2),
    company_id=UUID(int=3),  # type: ignore[arg-type]
    shop_id=UUID(int=4),  # type: ignore[arg-type]
    customer_id=None,
    subject="SO1",
    amount_minor=100,
    currency="CNY",
    status=IntentStatus.OPEN,
    created_at=NOW,
    expires_at=NOW + timedelta(minutes=30),
    asked_at=None,
)


def told(headers: dict[str, str], body: str) -> Told:
    return Told(by=ToldBy.NOTICE, headers=headers, body=body.encode())


@pytest.mark.parametrize(
    ("timestamp", "nonce", "body", "signature"),
    [
        # printf '1767225600\n0123456789abcdef\n<body>\n' | openssl dgst -sha256 -mac HMAC -macopt hexkey:000102…1f
        ("1767225600", "0123456789abcdef", BODY, "857d15c965429fb17c52564b2d46d85fd5baae9ded0133d23853f35401a4e2fc"),
        ("1767225600", "0123456789abcdef", b"", "2ffc837cdb59c7e51cd5460a5e2cf8c4370a09a95dd35007a64f57d4999676d6"),
    ],
)
def test_vectors(timestamp: str, nonce: str, body: bytes, signature: str) -> None:
    assert signing.sign(KEY, timestamp, nonce, body) == signature


def test_a_merchants_key_follows_from_the_master_key() -> None:
    before = current_vault()
    try:
        use_vault(Vault([KEY]))
        gateway = service.TestGateway("http://shop")
        old = sealed(tells(INTENT), NOW)
        assert old.headers[signing.MERCHANT] == "test-a"
        use_vault(Vault([KEY, KEY[::-1]]))
        assert gateway.verify(None, told(old.headers, old.body), NOW).amount_minor == 100  # signed before the rotation
        use_vault(Vault([KEY[::-1]]))
        with pytest.raises(Unheard):
            gateway.verify(None, told(old.headers, old.body), NOW)
    finally:
        use_vault(before)


class TestForged:
    def refused(self, headers: dict[str, str], body: str, now: datetime = NOW) -> str:
        with pytest.raises(Unheard) as refusal:
            service.TestGateway("http://shop").verify(None, told(headers, body), now)
        return str(refusal.value)

    def test_a_changed_body(self) -> None:
        do = sealed(tells(INTENT), NOW)
        assert self.refused(do.headers, do.body.replace("100", "101")) == "bad signature"
        assert self.refused(do.headers, do.body + " ") == "bad signature"

    @pytest.mark.parametrize(
        ("header", "value", "reason"),
        [
            (signing.NONCE, "fedcba9876543210", "bad signature"),
            (signing.TIMESTAMP, "1767225601", "bad signature"),
            (signing.MERCHANT, "test-b", "bad signature"),
            (signing.SIGNATURE, "é" * 64, "bad signature"),
            (signing.SIGNATURE, "", "x-pay-signature missing"),
            (signing.TIMESTAMP, "١٧٦٧٢٢٥٦٠٠", "the timestamp is not in seconds since 1970"),
            (signing.NONCE, "short", "the nonce has no 8 to 64 characters"),
        ],
    )
    def test_a_changed_header(self, header: str, value: str, reason: str) -> None:
        do = sealed(tells(INTENT), NOW)
        assert self.refused(do.headers | {header: value}, do.body) == reason

    def test_five_minutes_either_way(self) -> None:
        do, gateway = sealed(tells(INTENT), NOW), service.TestGateway("http://shop")
        for off in (timedelta(minutes=5), -timedelta(minutes=5)):
            gateway.verify(None, told(do.headers, do.body), NOW + off)
        for off in (timedelta(seconds=301), -timedelta(seconds=301)):
            assert self.refused(do.headers, do.body, NOW + off) == "the timestamp is more than five minutes off"

    def test_another_merchants_good_signature(self) -> None:
        body = msgspec.json.encode(tells(INTENT))
        headers = signing.signed_headers(key_of("test-b"), "test-b", "1767225600", "0123456789abcdef", body)
        assert self.refused(headers, body.decode()) == "signed by another merchant"

    def test_a_signed_body_that_is_no_notification(self) -> None:
        headers = signing.signed_headers(key_of("a"), "a", "1767225600", "0123456789abcdef", b"[]")
        assert self.refused(headers, "[]") == "the body is no notification"


def test_only_a_demo_has_the_test_gateway(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(providers, "_providers", {})  # patch: a registry of this test's own
    monkeypatch.delenv("SHANGMAI_DEMO", raising=False)
    with pytest.raises(ProviderOff):
        service.find_provider("test")
    monkeypatch.setenv("SHANGMAI_DEMO", "true")
    monkeypatch.setenv("SHANGMAI_PORT", "8901")
    gateway = service.find_provider("test")
    account = gateway.builtin(INTENT.company_id)
    assert account is not None
    assert gateway.pay_url(account, INTENT) == f"http://127.0.0.1:8901/pay/test/{INTENT.id}"
    with pytest.raises(ProviderOff):
        service.find_provider("paypal")

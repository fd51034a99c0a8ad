"""Signatures of WeChat Pay and Alipay: published vectors, fixed strings, and what must not pass."""

from __future__ import annotations

import base64
import os
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shangmai.modules.payments.contract import AccountIncomplete, IntentId, Notification, Outcome, Scene
from shangmai.modules.payments.providers import signing as rsa
from shangmai.modules.payments.providers.alipay import Alipay
from shangmai.modules.payments.providers.alipay import messages as alipay_messages
from shangmai.modules.payments.providers.alipay import signing as alipay
from shangmai.modules.payments.providers.port import Account, KeyUnknown, RefundNotice, Told, ToldBy, Unheard
from shangmai.modules.payments.providers.wechat import WeChatPay
from shangmai.modules.payments.providers.wechat import signing as wechat

NOW = datetime(2026, 1, 1, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
V3_KEY = "0123456789abcdef0123456789abcdef"
OURS, THEIRS = generate_private_key(65537, 2048), generate_private_key(65537, 2048)
INTENT = IntentId(UUID(int=7))


def pem(key: RSAPrivateKey) -> str:
    pkcs8 = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, pkcs8, serialization.NoEncryption()).decode()


def public(key: RSAPrivateKey) -> str:
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return key.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


def account(**changes: Any) -> Account:
    given: dict[str, Any] = {
        "id": UUID(int=1),
        "provider": "wechat",
        "company_id": UUID(int=2),
        "merchant": "1900000001",
        "app_id": "wx1",
        "base_url": "http://x",
        "public_url": "http://shop",
        "scenes": frozenset(Scene),
        "certificate_serial": "5157F09EFDC096DE15EBE81A47057A72",
        "private_key": pem(OURS),
        "api_v3_key": V3_KEY,
        "platform_key": public(THEIRS),
        "platform_key_id": "PUB_KEY_ID_1",
    }
    return Account(**given | changes)


def wechat_told(body: bytes, changes: dict[str, str] | None = None, *, key: RSAPrivateKey = THEIRS) -> Told:
    """What WeChat Pay would send, with every header free to be wrong."""
    message = wechat.answer_message(STAMP, "nonce", body)
    headers = {
        wechat.TIMESTAMP: STAMP,
        wechat.NONCE: "nonce",
        wechat.SERIAL: "PUB_KEY_ID_1",
        wechat.SIGNATURE: rsa.sign(pem(key), message),
    }
    return Told(by=ToldBy.NOTICE, headers=headers | (changes or {}), body=body)


def wechat_notice(plain: dict[str, Any], *, event: str = "TRANSACTION.SUCCESS", key: str = V3_KEY) -> bytes:
    sealed = AESGCM(key.encode()).encrypt(b"123456789012", msgspec.json.encode(plain), b"transaction")
    resource = {
        "algorithm": "AEAD_AES_256_GCM",
        "nonce": "123456789012",
        "associated_data": "transaction",
        "ciphertext": base64.b64encode(sealed).decode(),
    }
    told = {"id": "N1", "event_type": event, "create_time": "2026-01-01T08:00:00+08:00", "resource": resource}
    return msgspec.json.encode(told)


PAID = {
    "mchid": "1900000001",
    "appid": "wx1",
    "out_trade_no": INTENT.hex,
    "transaction_id": "4200001",
    "trade_state": "SUCCESS",
    "success_time": "2026-01-01T08:00:00+08:00",
    "amount": {"total": 4000, "payer_total": 4000, "currency": "CNY", "payer_currency": "CNY"},
}


class TestWeChat:
    def test_the_published_vector_of_sealing(self) -> None:
        """Of wechatpay-go, utils/aes_test.go: a key of 16 bytes, so the length is not ours to force here."""
        plain = wechat.opened(
            "testAPIv3Key0000",
            "wCq51qZv4Yfg",
            "Dl56FrqWQJF1t9LtC3vEUsniZKvbqdR8",
            "FsdXzxryWfKwvLJKf8LG/ToRPTRh8RN9wROC",
        )
        assert plain == b"Hello World"

    def test_a_request_has_five_lines(self) -> None:
        """The example of WeChat Pay's manual (签名生成): an empty body is an empty line."""
        message = wechat.request_message(
            "GET", "/v3/certificates", "1554208460", "593BEC0C930BF1AFEB40B4A08C8FB242", b""
        )
        assert message == b"GET\n/v3/certificates\n1554208460\n593BEC0C930BF1AFEB40B4A08C8FB242\n\n"
        header = wechat.authorization(account(), "GET", "/v3/certificates", "1554208460", "N", b"")
        scheme, _, rest = header.partition(" ")
        fields = dict(part.split("=", 1) for part in rest.split(","))
        assert scheme == "WECHATPAY2-SHA256-RSA2048"
        assert (fields["mchid"], fields["nonce_str"], fields["timestamp"]) == ('"1900000001"', '"N"', '"1554208460"')
        assert fields["serial_no"] == '"5157F09EFDC096DE15EBE81A47057A72"'
        signed = wechat.request_message("GET", "/v3/certificates", "1554208460", "N", b"")
        assert rsa.is_signed(public(OURS), fields["signature"].strip('"'), signed)

    def test_a_payment_is_read(self) -> None:
        told = WeChatPay().verify(account(), wechat_told(wechat_notice(PAID)), NOW)
        assert told == Notification(
            id="N1",
            merchant="1900000001",
            app_id="wx1",
            intent_id=INTENT,
            transaction="4200001",
            outcome=Outcome.SUCCESS,
            amount_minor=4000,
            currency="CNY",
            at=NOW,
        )

    def test_news_of_a_refund_is_read(self) -> None:
        news = {"mchid": "1", "out_trade_no": INTENT.hex, "out_refund_no": UUID(int=9).hex, "refund_status": "SUCCESS"}
        told = WeChatPay().verify(account(), wechat_told(wechat_notice(news, event="REFUND.SUCCESS")), NOW)
        assert isinstance(told, RefundNotice)
        assert (told.call_id, told.intent_id) == (UUID(int=9), INTENT)

    @pytest.mark.parametrize(
        ("changes", "why"),
        [
            ({wechat.SIGNATURE: "WECHATPAY/SIGNTEST/" + "A" * 325}, "bad signature"),  # WeChat's own probe
            ({wechat.SIGNATURE: ""}, "wechatpay-signature missing"),
            ({wechat.NONCE: "other"}, "bad signature"),
            ({wechat.TIMESTAMP: str(int(STAMP) + 1)}, "bad signature"),
            ({wechat.TIMESTAMP: "soon"}, "seconds since 1970"),
            ({wechat.SERIAL: "PUB_KEY_ID_2"}, "not that of this account"),
        ],
    )
    def test_what_was_changed_is_refused(self, changes: dict[str, str], why: str) -> None:
        with pytest.raises(Unheard, match=why):
            WeChatPay().verify(account(), wechat_told(wechat_notice(PAID), changes), NOW)

    def test_old_forged_and_sealed_for_another(self) -> None:
        provider, told = WeChatPay(), wechat_told(wechat_notice(PAID))
        with pytest.raises(Unheard, match="five minutes"):
            provider.verify(account(), told, NOW + timedelta(seconds=301))
        with pytest.raises(Unheard, match="bad signature"):
            provider.verify(account(), wechat_told(wechat_notice(PAID), key=OURS), NOW)
        with pytest.raises(Unheard, match="APIv3"):
            provider.verify(account(), wechat_told(wechat_notice(PAID, key=V3_KEY[::-1])), NOW)
        with pytest.raises(Unheard, match="account"):
            provider.verify(None, told, NOW)

    def test_a_certificate_of_a_new_serial_is_named(self) -> None:
        with pytest.raises(KeyUnknown, match="7F"):
            WeChatPay().verify(account(), wechat_told(wechat_notice(PAID), {wechat.SERIAL: "7F"}), NOW)

    @pytest.mark.parametrize(
        ("changes", "field"),
        [
            ({"api_v3_key": "short"}, "api_v3_key"),
            ({"private_key": "x"}, "private_key"),
            ({"certificate_serial": ""}, "certificate_serial"),
            ({"platform_key": ""}, "platform_key"),
        ],
    )
    def test_an_incomplete_account_is_named(self, changes: dict[str, str], field: str) -> None:
        WeChatPay().check(account())
        with pytest.raises(AccountIncomplete) as refusal:
            WeChatPay().check(account(**changes))
        assert refusal.value.data["field"] == field

    def test_secrets_show_nowhere(self) -> None:
        assert V3_KEY not in repr(account())
        assert "PRIVATE" not in repr(account())


NOTICE = {
    "notify_id": "ac05099524730693a8b330c5ecf72da9786",
    "app_id": "2014072300007148",
    "seller_id": "2088101106499364",
    "out_trade_no": INTENT.hex,
    "trade_no": "2013112011001004330000121536",
    "trade_status": "TRADE_SUCCESS",
    "total_amount": "40.00",
    "notify_time": "2026-01-01 08:00:05",
    "gmt_payment": "2026-01-01 08:00:00",
    "subject": "SO 1&2=测试",
    "sign_type": "RSA2",
}


def alipay_account(**changes: Any) -> Account:
    return account(provider="alipay", app_id="2014072300007148", merchant="2088101106499364", **changes)


def alipay_told(params: dict[str, str], *, key: RSAPrivateKey = THEIRS) -> Told:
    from urllib.parse import urlencode

    signature = rsa.sign(pem(key), alipay.content(params, alipay.UNSIGNED_IN_NOTICE))
    return Told(by=ToldBy.NOTICE, headers={}, body=urlencode({**params, "sign": signature}).encode())


class TestAlipay:
    def test_the_string_that_is_signed(self) -> None:
        """Sorted by name, not URL-encoded, without what is empty; a request's holds sign_type, a notice's does not."""
        params = {"b": "2", "a": "1 &=测", "sign": "x", "sign_type": "RSA2", "c": ""}
        assert alipay.content(params, alipay.UNSIGNED_IN_REQUEST).decode() == "a=1 &=测&b=2&sign_type=RSA2"
        assert alipay.content(params, alipay.UNSIGNED_IN_NOTICE).decode() == "a=1 &=测&b=2"

    def test_a_payment_is_read(self) -> None:
        told = Alipay().verify(alipay_account(), alipay_told(NOTICE), NOW)
        assert (told.transaction, told.amount_minor, told.outcome) == (NOTICE["trade_no"], 4000, Outcome.SUCCESS)
        assert (told.merchant, told.app_id, told.at) == ("2088101106499364", "2014072300007148", NOW)

    @pytest.mark.parametrize(
        ("status", "outcome"),
        [
            ("TRADE_FINISHED", Outcome.SUCCESS),
            ("WAIT_BUYER_PAY", Outcome.FAILURE),
            ("TRADE_CLOSED", Outcome.FAILURE),
        ],
    )
    def test_which_states_are_payments(self, status: str, outcome: Outcome) -> None:
        told = Alipay().verify(alipay_account(), alipay_told(NOTICE | {"trade_status": status}), NOW)
        assert told.outcome is outcome

    def test_forged_changed_or_doubled(self) -> None:
        with pytest.raises(Unheard, match="bad signature"):
            Alipay().verify(alipay_account(), alipay_told(NOTICE, key=OURS), NOW)
        told = alipay_told(NOTICE)
        for body in (told.body.replace(b"40.00", b"41.00"), told.body + b"&total_amount=0.01", b"\xff"):
            with pytest.raises(Unheard):
                Alipay().verify(alipay_account(), Told(by=ToldBy.NOTICE, headers={}, body=body), NOW)

    def test_an_answer_is_checked_byte_for_byte(self) -> None:
        said = b'{"code":"10000", "trade_no":"2013","note":"\\u6d4b"}'
        signature = rsa.sign(pem(THEIRS), said)
        body = b'{"alipay_trade_query_response":' + said + b',"sign":"' + signature.encode() + b'"}'
        assert alipay.checked_answer(alipay_account(), "alipay_trade_query_response", body) == said
        with pytest.raises(Unheard):
            alipay.checked_answer(alipay_account(), "alipay_trade_query_response", body.replace(b', "t', b',"t'))

    @pytest.mark.parametrize(("text", "fen"), [("0.01", 1), ("40", 4000), ("40.5", 4050), ("99999999.99", 9999999999)])
    def test_yuan_and_fen(self, text: str, fen: int) -> None:
        assert alipay_messages.minor(text) == fen
        assert alipay_messages.minor(alipay_messages.yuan(fen)) == fen

    @pytest.mark.parametrize("text", ["0.001", "-1", "NaN", "Infinity", "1e400", "", "四十"])
    def test_what_is_no_amount(self, text: str) -> None:
        with pytest.raises(Unheard):
            alipay_messages.minor(text)


def test_keys_in_every_spelling() -> None:
    """PEM, and the base64 alone that Alipay's tool shows; random bytes are none."""
    bare = "".join(line for line in pem(OURS).splitlines() if "-" not in line)
    bare_public = "".join(line for line in public(OURS).splitlines() if "-" not in line)
    signature = rsa.sign(bare, b"x")
    assert rsa.is_signed(bare_public, signature, b"x")
    assert not rsa.is_signed(bare_public, signature, b"y")
    with pytest.raises(rsa.BadKey, match="no public key"):
        rsa.read_public_key(base64.b64encode(os.urandom(300)).decode())

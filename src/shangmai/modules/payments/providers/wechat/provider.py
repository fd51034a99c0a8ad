"""WeChat Pay behind the port."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any, ClassVar, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

from shangmai.kernel.errors import Reason
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.contract import (
    AccountIncomplete,
    Notification,
    PayerUnknown,
    PaymentIntent,
    ProviderRefused,
    RefundCall,
    Scene,
    Shown,
    ShownBy,
)
from shangmai.modules.payments.providers import signing as rsa
from shangmai.modules.payments.providers.port import (
    Account,
    Asking,
    RefundNotice,
    RefundState,
    RefundTold,
    Told,
    ToldBy,
    Trade,
    TradeState,
    Unheard,
)
from shangmai.modules.payments.providers.wechat import messages, signing
from shangmai.modules.payments.providers.wechat.client import NAME, call

BEIJING: Final = ZoneInfo("Asia/Shanghai")
PATHS: Final = {Scene.JSAPI: "jsapi", Scene.H5: "h5", Scene.NATIVE: "native"}
UNKNOWN_ORDER: Final = frozenset({"ORDER_NOT_EXIST", "ORDERNOTEXIST"})
UNKNOWN_REFUND: Final = frozenset({"RESOURCE_NOT_EXISTS"})
CLOSED_ALREADY: Final = frozenset({"ORDER_CLOSED", "ORDERCLOSED"}) | UNKNOWN_ORDER


class WeChatPay:
    """An intent's id in hexadecimal is its 商户订单号 (out_trade_no), that of a refund call its 商户退款单号."""

    name: ClassVar[str] = NAME
    scenes: ClassVar[frozenset[Scene]] = frozenset(PATHS)
    signed_headers: ClassVar[tuple[str, ...]] = signing.SIGNED_HEADERS
    currencies: ClassVar[frozenset[str] | None] = frozenset({"CNY"})
    urls: ClassVar[Mapping[str, str]] = {"live": "https://api.mch.weixin.qq.com"}

    def builtin(self, company_id: CompanyId) -> Account | None:
        return None

    def check(self, account: Account) -> None:
        needed = {
            "app_id": account.app_id or "",
            "base_url": account.base_url,
            "certificate_serial": account.certificate_serial,
            "private_key": account.private_key,
            "api_v3_key": account.api_v3_key,
        }
        for field, given in needed.items():
            if not given:
                raise _incomplete(field, "it is empty", "未填写")
        if len(account.api_v3_key.encode()) != 32:
            raise _incomplete("api_v3_key", "it has 32 characters", "应为 32 个字符")
        if bool(account.platform_key_id) != bool(account.platform_key):
            raise _incomplete("platform_key", "it goes with platform_key_id", "须与 platform_key_id 一起填写")
        _check_key("private_key", account.private_key)
        if account.platform_key:
            _check_key("platform_key", account.platform_key)

    def pay_url(self, account: Account, intent: PaymentIntent) -> str:
        return f"{account.public_url}/pay/payments/{intent.id}"

    def verify(self, account: Account | None, told: Told, now: datetime) -> Notification | RefundNotice:
        if account is None:
            raise Unheard("there is no such account", "没有这个商户号")
        signing.check(account, told.headers, told.body, now)
        if told.by is ToldBy.NOTICE:
            return messages.notice(account, told.body)
        trade = messages.read(told.body, messages.Transaction)
        return messages.notification(f"query:{trade.transaction_id}", trade, now)

    async def create(self, account: Account, intent: PaymentIntent, asking: Asking, now: datetime) -> Shown:
        if asking.scene is Scene.JSAPI and not asking.payer:
            raise PayerUnknown()
        path = f"/v3/pay/transactions/{PATHS[asking.scene]}"
        answer = await call(account, "POST", path, _order(account, intent, asking), now)
        prepay = messages.read(answer.body, messages.Prepay)
        if asking.scene is Scene.NATIVE:
            return Shown(by=ShownBy.QR, url=prepay.code_url)
        if asking.scene is Scene.H5:
            back = f"&redirect_url={quote(asking.return_url, safe='')}" if asking.return_url else ""
            return Shown(by=ShownBy.REDIRECT, url=prepay.h5_url + back)
        return Shown(by=ShownBy.PARAMS, params=client_params(account, prepay.prepay_id, now))

    async def query(self, account: Account, intent: PaymentIntent, now: datetime) -> Trade:
        path = f"/v3/pay/transactions/out-trade-no/{intent.id.hex}?mchid={account.merchant}"
        try:
            answer = await call(account, "GET", path, None, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] in UNKNOWN_ORDER:
                return Trade(state=TradeState.MISSING)
            raise
        trade = messages.read(answer.body, messages.Transaction)
        state = messages.TRADE_STATES.get(trade.trade_state, TradeState.OPEN)
        told = Told(by=ToldBy.ANSWER, headers=answer.headers, body=answer.body)
        return Trade(state=state, told=told if state is TradeState.PAID else None)

    async def close(self, account: Account, intent: PaymentIntent, now: datetime) -> None:
        path = f"/v3/pay/transactions/out-trade-no/{intent.id.hex}/close"
        try:
            await call(account, "POST", path, {"mchid": account.merchant}, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] not in CLOSED_ALREADY:
                raise

    async def refund(self, account: Account, call_: RefundCall, now: datetime) -> RefundTold:
        body = {
            "transaction_id": call_.transaction,
            "out_refund_no": call_.id.hex,
            "notify_url": account.notify_url,
            "amount": {"refund": call_.amount_minor, "total": call_.paid_minor, "currency": call_.currency},
        }
        answer = await call(account, "POST", "/v3/refund/domestic/refunds", body, now)
        return messages.refund_told(messages.read(answer.body, messages.Refund))

    async def query_refund(self, account: Account, call_: RefundCall, now: datetime) -> RefundTold:
        try:
            answer = await call(account, "GET", f"/v3/refund/domestic/refunds/{call_.id.hex}", None, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] in UNKNOWN_REFUND:
                return RefundTold(state=RefundState.MISSING)
            raise
        return messages.refund_told(messages.read(answer.body, messages.Refund))

    async def fetch_certificates(self, account: Account, now: datetime) -> dict[str, str]:
        """The certificates are sealed with the APIv3 key, which vouches for them; one of them signs the answer."""
        answer = await call(account, "GET", "/v3/certificates", None, now, is_checked=False)
        found = {}
        for each in messages.read(answer.body, messages.Certificates).data:
            sealed = each.encrypt_certificate
            plain = signing.opened(account.api_v3_key, sealed.nonce, sealed.associated_data, sealed.ciphertext)
            found[each.serial_no] = plain.decode("ascii", "replace")
            _read_key(found[each.serial_no])
        return found

    async def probe(self, account: Account, now: datetime) -> None:
        """Ask for an order that can't exist: that needs our signature, and its answer the platform's."""
        path = f"/v3/pay/transactions/out-trade-no/probe{token_hex(8)}?mchid={account.merchant}"
        try:
            await call(account, "GET", path, None, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] not in UNKNOWN_ORDER:
                raise


def client_params(account: Account, prepay_id: str, now: datetime) -> dict[str, str]:
    """What a page within WeChat hands to WeixinJSBridge or wx.chooseWXPay."""
    timestamp, nonce, package = str(int(now.timestamp())), token_hex(16), f"prepay_id={prepay_id}"
    message = signing.client_message(account.app_id or "", timestamp, nonce, package)
    return {
        "appId": account.app_id or "",
        "timeStamp": timestamp,
        "nonceStr": nonce,
        "package": package,
        "signType": "RSA",
        "paySign": rsa.sign(account.private_key, message),
    }


def _order(account: Account, intent: PaymentIntent, asking: Asking) -> dict[str, Any]:
    """The body of an order; the same intent always makes the same one, for WeChat compares them."""
    order: dict[str, Any] = {
        "appid": account.app_id,
        "mchid": account.merchant,
        "description": intent.subject,
        "out_trade_no": intent.id.hex,
        "time_expire": intent.expires_at.astimezone(BEIJING).isoformat(timespec="seconds"),
        "notify_url": account.notify_url,
        "amount": {"total": intent.amount_minor, "currency": intent.currency},
    }
    if asking.scene is Scene.JSAPI:
        order["payer"] = {"openid": asking.payer or ""}
    if asking.scene is Scene.H5:
        order["scene_info"] = {"payer_client_ip": asking.client_ip, "h5_info": {"type": "Wap"}}
    return order


def _incomplete(field: str, en: str, zh: str) -> AccountIncomplete:
    return AccountIncomplete(provider=NAME, field=field, why=Reason(en, zh))


def _check_key(field: str, key: str) -> None:
    """Raises: AccountIncomplete."""
    try:
        rsa.read_private_key(key) if field == "private_key" else rsa.read_public_key(key)
    except rsa.BadKey as why:
        raise AccountIncomplete(provider=NAME, field=field, why=why.reason) from None


def _read_key(certificate: str) -> None:
    """Raises: Unheard."""
    try:
        rsa.read_public_key(certificate)
    except rsa.BadKey as why:
        raise Unheard(f"a platform certificate: {why.reason.en}", f"平台证书{why.reason.zh}") from None

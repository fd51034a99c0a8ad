"""Alipay behind the port."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from secrets import token_hex
from typing import Any, ClassVar, Final

from shangmai.kernel.errors import Reason
from shangmai.modules.organization.contract import CompanyId
from shangmai.modules.payments.contract import (
    AccountIncomplete,
    Notification,
    PaymentIntent,
    ProviderRefused,
    RefundCall,
    Scene,
    Shown,
    ShownBy,
)
from shangmai.modules.payments.providers import signing as rsa
from shangmai.modules.payments.providers.alipay import messages, signing
from shangmai.modules.payments.providers.alipay.client import NAME, call, page_url
from shangmai.modules.payments.providers.port import (
    Account,
    Asking,
    RefundState,
    RefundTold,
    Told,
    ToldBy,
    Trade,
    TradeState,
    Unheard,
)

PAGES: Final = {
    Scene.H5: ("alipay.trade.wap.pay", "QUICK_WAP_WAY"),
    Scene.PAGE: ("alipay.trade.page.pay", "FAST_INSTANT_TRADE_PAY"),
}
PRECREATE: Final = "alipay.trade.precreate"
QUERY: Final = "alipay.trade.query"
CLOSE: Final = "alipay.trade.close"
REFUND: Final = "alipay.trade.refund"
REFUND_QUERY: Final = "alipay.trade.fastpay.refund.query"
UNKNOWN_TRADE: Final = "ACQ.TRADE_NOT_EXIST"


class Alipay:
    """An intent's id in hexadecimal is its out_trade_no, that of a refund call its out_request_no."""

    name: ClassVar[str] = NAME
    scenes: ClassVar[frozenset[Scene]] = frozenset({Scene.H5, Scene.PAGE, Scene.NATIVE})
    signed_headers: ClassVar[tuple[str, ...]] = ()
    currencies: ClassVar[frozenset[str] | None] = frozenset({messages.CURRENCY})
    urls: ClassVar[Mapping[str, str]] = {
        "live": "https://openapi.alipay.com",
        "sandbox": "https://openapi-sandbox.dl.alipaydev.com",
    }

    def builtin(self, company_id: CompanyId) -> Account | None:
        return None

    def check(self, account: Account) -> None:
        needed = {
            "app_id": account.app_id or "",
            "base_url": account.base_url,
            "private_key": account.private_key,
            "platform_key": account.platform_key,
        }
        for field, given in needed.items():
            if not given:
                raise AccountIncomplete(provider=NAME, field=field, why=Reason("it is empty", "未填写"))
        for field, read in (("private_key", rsa.read_private_key), ("platform_key", rsa.read_public_key)):
            try:
                read(needed[field])
            except rsa.BadKey as why:
                raise AccountIncomplete(provider=NAME, field=field, why=why.reason) from None

    def pay_url(self, account: Account, intent: PaymentIntent) -> str:
        return f"{account.public_url}/pay/payments/{intent.id}"

    def verify(self, account: Account | None, told: Told, now: datetime) -> Notification:
        if account is None:
            raise Unheard("there is no such account", "没有这个商户号")
        if told.by is ToldBy.ANSWER:
            said = signing.checked_answer(account, QUERY.replace(".", "_") + "_response", told.body)
            return messages.answered(account, messages.read(said, messages.Trade), now)
        params = messages.params_of(told.body)
        signing.check_notice(account, params)
        return messages.notice(params)

    async def create(self, account: Account, intent: PaymentIntent, asking: Asking, now: datetime) -> Shown:
        order: dict[str, Any] = {
            "out_trade_no": intent.id.hex,
            "total_amount": messages.yuan(intent.amount_minor),
            "subject": intent.subject,
            "time_expire": messages.beijing(intent.expires_at),
        }
        if asking.scene is Scene.NATIVE:
            answer = await call(account, PRECREATE, order, now, notify=True)
            return Shown(by=ShownBy.QR, url=messages.read(answer.said, messages.Precreated).qr_code)
        method, product = PAGES[asking.scene]
        order |= {"product_code": product}
        return Shown(by=ShownBy.REDIRECT, url=page_url(account, method, order, now, asking.return_url))

    async def query(self, account: Account, intent: PaymentIntent, now: datetime) -> Trade:
        try:
            answer = await call(account, QUERY, {"out_trade_no": intent.id.hex}, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] == UNKNOWN_TRADE:
                return Trade(state=TradeState.MISSING)
            raise
        trade = messages.read(answer.said, messages.Trade)
        state = messages.TRADE_STATES.get(trade.trade_status, TradeState.OPEN)
        told = Told(by=ToldBy.ANSWER, headers={}, body=answer.body)
        return Trade(state=state, told=told if state is TradeState.PAID else None)

    async def close(self, account: Account, intent: PaymentIntent, now: datetime) -> None:
        try:
            await call(account, CLOSE, {"out_trade_no": intent.id.hex}, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] != UNKNOWN_TRADE:
                raise

    async def refund(self, account: Account, call_: RefundCall, now: datetime) -> RefundTold:
        """`fund_change` N says no more than that no money moved by this request: an earlier one may have moved it."""
        content = {
            "trade_no": call_.transaction,
            "out_request_no": call_.id.hex,
            "refund_amount": messages.yuan(call_.amount_minor),
        }
        answer = await call(account, REFUND, content, now)
        if messages.read(answer.said, messages.Refunded).fund_change == "Y":
            return RefundTold(state=RefundState.DONE, number=call_.id.hex)
        told = await self.query_refund(account, call_, now)
        return RefundTold(state=RefundState.PROCESSING) if told.state is RefundState.MISSING else told

    async def query_refund(self, account: Account, call_: RefundCall, now: datetime) -> RefundTold:
        content = {"trade_no": call_.transaction, "out_request_no": call_.id.hex}
        try:
            answer = await call(account, REFUND_QUERY, content, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] == UNKNOWN_TRADE:
                return RefundTold(state=RefundState.MISSING)
            raise
        told = messages.read(answer.said, messages.RefundTrade)
        if told.refund_status == "REFUND_SUCCESS":
            return RefundTold(state=RefundState.DONE, number=call_.id.hex)
        return RefundTold(state=RefundState.MISSING)

    async def fetch_certificates(self, account: Account, now: datetime) -> dict[str, str]:
        """Alipay's key is set by hand."""
        return {}

    async def probe(self, account: Account, now: datetime) -> None:
        """Ask for a payment that can't exist: that needs our signature, and its answer Alipay's."""
        try:
            await call(account, QUERY, {"out_trade_no": f"probe{token_hex(8)}"}, now)
        except ProviderRefused as refusal:
            if refusal.data["code"] != UNKNOWN_TRADE:
                raise

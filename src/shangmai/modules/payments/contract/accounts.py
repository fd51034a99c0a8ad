"""Merchant accounts at payment providers: which shop takes money through which of them, and with what keys."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final, NewType
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Conflict, Invalid, NotFound, Unavailable, words
from shangmai.modules.organization.contract import CompanyId, ShopId

PaymentAccountId = NewType("PaymentAccountId", UUID)

ProviderName = Annotated[str, Meta(pattern="^[a-z_]{1,20}$", description="Payment provider. 支付渠道。")]
Secret = Annotated[str, Personal, Meta(max_length=8192)]
Pem = Annotated[str, Meta(max_length=8192)]
Code = Annotated[str, Meta(pattern="^[A-Za-z0-9_-]*$", max_length=64)]
Address = Annotated[str, Meta(pattern="^https?://[^\\s?#]+$", max_length=200)]
Limit = Annotated[int, Meta(ge=0, le=10**13)]


class Scene(StrEnum):
    """Where the payer stands. `jsapi`: within WeChat; `h5`: a phone's browser; `page`: a desk; `native`: a QR code."""

    JSAPI = "jsapi"
    H5 = "h5"
    PAGE = "page"
    NATIVE = "native"


class Environment(StrEnum):
    """The provider's own service; its sandbox; or the simulator that comes with Shangmai."""

    LIVE = "live"
    SANDBOX = "sandbox"
    SIMULATOR = "simulator"


class PaymentAccount(Struct, frozen=True, kw_only=True):
    """A merchant account, without its secrets. One with a shop stands before its company's for that shop.

    `problem`: what was wrong when it was last checked with the provider (`checked_at`), nothing if all was well.
    """

    id: PaymentAccountId
    company_id: CompanyId
    shop_id: ShopId | None
    provider: str
    merchant: str
    app_id: str
    environment: Environment
    base_url: str
    scenes: list[Scene]
    min_minor: int
    max_minor: int | None
    is_enabled: bool
    certificate_serial: str
    platform_key_id: str
    has_private_key: bool
    has_api_v3_key: bool
    has_platform_key: bool
    certificates: list[str]
    updated_at: datetime
    checked_at: datetime | None
    problem: str | None
    problem_zh: str | None


class SetPaymentAccount(Struct, frozen=True, kw_only=True):
    """Set a merchant account at a provider; secrets that are not given stay as they are. 设置商户号与密钥。

    WeChat Pay: `merchant` mchid 商户号, `app_id` appid, `certificate_serial` serial_no 商户 API 证书序列号,
    `private_key` apiclient_key.pem, `api_v3_key` APIv3 密钥, and in public-key mode `platform_key_id` PUB_KEY_ID_… with
    `platform_key` pub_key.pem. Alipay: `merchant` seller_id (2088…), `app_id`, `private_key` 应用私钥, `platform_key`
    支付宝公钥. `base_url` takes the place of the provider's own address, for a sandbox or the simulator.
    """

    company_id: CompanyId
    provider: ProviderName
    merchant: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
    shop_id: ShopId | None = None
    app_id: Code = ""
    environment: Environment = Environment.LIVE
    base_url: Address | None = None
    scenes: Annotated[list[Scene], Meta(max_length=4)] = []
    min_minor: Limit = 0
    max_minor: Limit | None = None
    is_enabled: bool = True
    certificate_serial: Code = ""
    platform_key_id: Code = ""
    platform_key: Pem | UnsetType = UNSET
    private_key: Secret | UnsetType = UNSET
    api_v3_key: Secret | UnsetType = UNSET


class StoreCertificates(Struct, frozen=True, kw_only=True):
    """Note the platform certificates that a provider has handed out, by serial. 更新平台证书。"""

    account_id: PaymentAccountId
    certificates: dict[Code, Pem]


class CertificatesStored(Struct, frozen=True, kw_only=True):
    account_id: PaymentAccountId
    serials: list[str]


class CheckPaymentAccount(Struct, frozen=True, kw_only=True):
    """Ask the provider something harmless with this account's keys; what is wrong is noted. 检查商户号。"""

    account_id: PaymentAccountId


class NoteAccountCheck(Struct, frozen=True, kw_only=True):
    """Note what a check of an account came to: what is wrong, or nothing. 登记商户号检查结果。"""

    account_id: PaymentAccountId
    problem: Annotated[str, Meta(max_length=1000)] | None = None
    problem_zh: Annotated[str, Meta(max_length=1000)] | None = None


PROVIDERS_ZH: Final = {"test": "测试网关", "wechat": "微信支付", "alipay": "支付宝"}
SCENES_ZH: Final = {"jsapi": "微信内", "h5": "手机网页", "page": "电脑网页", "native": "扫码"}


class ProviderOff(Conflict):
    """There is no payment provider {provider} here; the test gateway runs in a demo only (SHANGMAI_DEMO=true)."""

    zh = "此系统没有支付渠道 {provider}；测试网关仅在演示模式可用（SHANGMAI_DEMO=true）。"


class NoPaymentAccount(Conflict):
    """This shop has no enabled account at {provider}; set one with payments.set_account."""

    zh = "该店铺没有启用的{provider}商户号，请先用 payments.set_account 设置。"
    zh_words = words(provider=PROVIDERS_ZH)


class PaymentAccountNotFound(NotFound):
    """There is no payment account {account_id}; GET /api/v1/payments/accounts lists them."""

    zh = "没有支付账户 {account_id}，可在 GET /api/v1/payments/accounts 查看。"


class AccountIncomplete(Invalid):
    """The account at {provider} lacks a usable {field}: {why}. Set it again with payments.set_account."""

    zh = "{provider}商户号的 {field} 不可用：{why}。请用 payments.set_account 重新设置。"
    zh_words = words(provider=PROVIDERS_ZH)


class SceneOff(Conflict):
    """The account at {provider} takes no payment by {scene}; choose another way to pay or enable the scene."""

    zh = "{provider}商户号未开通{scene}支付，请换一种方式或开通该场景。"
    zh_words = words(provider=PROVIDERS_ZH, scene=SCENES_ZH)


class PayerUnknown(Invalid):
    """A payment within WeChat needs the payer's openid; give it as `payer`, or pay by QR code."""

    zh = "微信内支付需要付款人的 openid，请传入 payer，或改用扫码支付。"


class CurrencyOff(Conflict):
    """{provider} takes no {currency}; choose another way to pay."""

    zh = "{provider}不支持币种 {currency}，请换一种支付方式。"
    zh_words = words(provider=PROVIDERS_ZH)


class OutsideLimits(Conflict):
    """The account at {provider} takes {limits} at a time, not {amount}; choose another way to pay."""

    zh = "{provider}单笔限额为{limits}，本次为 {amount}，请换一种支付方式。"
    zh_words = words(provider=PROVIDERS_ZH)


class ProviderRefused(Conflict):
    """{provider} refused: {code} {reason}. Mend what it names, then try again."""

    zh = "{provider}拒绝了请求：{code} {reason}。请按提示修正后重试。"
    zh_words = words(provider=PROVIDERS_ZH)


class ProviderAway(Unavailable):
    """{provider} gave no usable answer ({reason}); what became of it is asked again by itself."""

    zh = "{provider}没有给出可用的应答（{reason}），系统会自动查询结果。"
    zh_words = words(provider=PROVIDERS_ZH)

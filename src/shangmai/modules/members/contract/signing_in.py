"""Customers who are signed in: who they are, what they send, what is refused."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Final, NewType, Protocol
from uuid import UUID

from msgspec import UNSET, Meta, Struct, UnsetType

from shangmai.kernel.actions.contract import Personal
from shangmai.kernel.errors import Denied, NotFound, TooMany, Unauthenticated, Unavailable
from shangmai.modules.members.contract import Address, AddressId, CustomerId, Email, PersonName, Phone
from shangmai.modules.organization.contract import ShopId

CustomerSessionId = NewType("CustomerSessionId", UUID)

CUSTOMER: Final = "customer"
"""The kind of an actor who is a signed-in customer; its id is the customer's."""
OWN: Final = "*.own"
"""What every signed-in customer holds: of each module what it lets customers do for themselves, as `members.own`."""
SESSION_PREFIX: Final = "sm_customer"
CHALLENGE_PREFIX: Final = "sm_code"

Password = Annotated[str, Personal, Meta(min_length=8, max_length=200, description="Password. 密码。")]
GivenPassword = Annotated[str, Personal, Meta(max_length=200, description="Present password. 当前密码。")]
Mall = Annotated[str, Meta(max_length=64, description="Code of the mall; not needed if there is one. 商城编码。")]
Challenge = Annotated[str, Personal, Meta(max_length=100, description="What asking for the code answered. 验证凭证。")]
Code = Annotated[str, Personal, Meta(max_length=20, description="The code that the phone was sent. 短信验证码。")]


class AskCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Ask for a code to sign in with, sent to a phone."""

    phone: Phone
    mall: Mall | None = None


class CodeSent(Struct, frozen=True, kw_only=True):
    """A code is on its way. Only together with `challenge`, which whoever asked has alone, does it sign in."""

    challenge: Challenge
    expires_at: datetime


class SignInByCode(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign in with a code; a phone that the shop does not know becomes a customer."""

    challenge: Challenge
    code: Code
    as_token: bool = False


class SignInByPassword(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Sign in with phone or e-mail and password."""

    login: Annotated[str, Personal, Meta(max_length=254, description="Phone or e-mail. 手机号或邮箱。")]
    password: GivenPassword
    mall: Mall | None = None
    as_token: bool = False


class SignedIn(Struct, frozen=True, kw_only=True):
    """Who is signed in. `csrf_token` goes into X-CSRF-Token of what changes; `token` only where it was asked for."""

    customer_id: CustomerId
    shop_id: ShopId
    csrf_token: str | None = None
    token: Annotated[str | None, Personal] = None


class NewCustomerSession(Struct, frozen=True, kw_only=True):
    """A session just opened; `token` is a secret that is stored only as a hash."""

    customer_id: CustomerId
    shop_id: ShopId
    token: str
    csrf_token: str


class SetOwnPassword(Struct, frozen=True, kw_only=True):
    """Set the password you sign in with. Where there is one: with it, or with a code sent to your phone."""

    password: Password
    current_password: GivenPassword | None = None
    challenge: Challenge | None = None
    code: Code | None = None


class EraseOwn(Struct, frozen=True, kw_only=True):
    """Delete one's account: with the password, or a code sent to one's phone. 注销账号。"""

    current_password: GivenPassword | None = None
    challenge: Challenge | None = None
    code: Code | None = None


class OwnErased(Struct, frozen=True, kw_only=True):
    """The account is gone; orders stay with the shop, without a name."""

    customer_id: CustomerId


class UpdateOwn(Struct, frozen=True, kw_only=True):
    """Change your name or e-mail. What is not given stays, null takes it away. `version` as for UpdateCustomer."""

    version: int | None = None

    name: PersonName | UnsetType | None = UNSET
    email: Email | UnsetType | None = UNSET


class AddOwnAddress(Address, frozen=True, kw_only=True):
    """Where parcels for you go, and to whom."""

    make_default: bool = False


class OwnAddress(Struct, frozen=True, kw_only=True):
    """One of your addresses."""

    address_id: AddressId


class PasswordIsSet(Struct, frozen=True, kw_only=True):
    """The password was set, and every other session of the customer is over."""

    customer_id: CustomerId


class CodeSender(Protocol):
    """Sends codes to phones; the port to a provider of short messages."""

    async def send_code(self, phone: str, code: str, *, minutes: int) -> None:
        """Send the code, good for so many minutes. Raises: CodeNotSent."""
        ...


class CustomerNeeded(Denied):
    """Only a customer who is signed in does this for themselves; sign in at the mall."""

    zh = "此操作只能由已登录的顾客本人进行，请先在商城登录。"


class NoSuchMall(NotFound):
    """Say with `mall` which mall this is about: {codes}."""

    zh = "请用 `mall` 指明商城编码：{codes}。"


class CodeWrong(Unauthenticated):
    """This code is wrong, was used, or is too old; check it, or ask for a new one."""

    zh = "验证码不正确、已使用或已过期；请核对，或重新获取。"


class CodeThrottled(TooMany):
    """Too many codes were asked for; ask again in {retry_after_s} seconds."""

    zh = "获取验证码过于频繁，请在 {retry_after_s} 秒后重试。"


class NoCodeSender(Unavailable):
    """Nothing here sends short messages. Sign in with your password, or ask the shop to set a sender up."""

    zh = "本系统尚未接入短信服务；请用密码登录，或联系商家接入。"
    hint = "Set a sender with members.use_code_sender (docs/modules/members.md); in development, SHANGMAI_CODES=log."
    zh_hint = "请用 members.use_code_sender 接入短信，见 docs/modules/members.md；开发环境可设 SHANGMAI_CODES=log。"


class CodeNotSent(Unavailable):
    """The code could not be sent; try again in a minute, or sign in with your password."""

    zh = "验证码发送失败；请稍后重试，或用密码登录。"

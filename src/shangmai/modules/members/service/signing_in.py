"""Customers sign in and out: by a code sent to the phone, or by password. No action, for there is no actor yet.

As with users, an attempt is counted in a short transaction of its own before it is tried, and hashing and sending
happen between transactions.
"""

from __future__ import annotations

import structlog

from shangmai.kernel.crypto import NotAnEmail, NotAPhone, new_token, normalize_email, normalize_phone
from shangmai.kernel.db.database import Database
from shangmai.kernel.errors import AppError
from shangmai.kernel.events import store
from shangmai.kernel.tx import Tx
from shangmai.modules.identity import service as identity
from shangmai.modules.identity.contract import EndReason, Source
from shangmai.modules.identity.contract.errors import SignInBusy, SignInFailed, SignInThrottled
from shangmai.modules.members.contract import CustomerId, RegisterCustomer, Registered
from shangmai.modules.members.contract.signing_in import (
    CHALLENGE_PREFIX,
    SESSION_PREFIX,
    AskCode,
    CodeSent,
    CodeThrottled,
    CodeWrong,
    NewCustomerSession,
    NoSuchMall,
    SignInByCode,
    SignInByPassword,
)
from shangmai.modules.members.queries import customers
from shangmai.modules.members.queries import signing_in as queries
from shangmai.modules.members.rules import signing_in as rules
from shangmai.modules.members.service.customers import register
from shangmai.modules.members.service.sending import code_sender
from shangmai.modules.organization import service as organization
from shangmai.modules.organization.contract import ShopFacts, ShopId, ShopKind

log = structlog.get_logger(__name__)


async def ask_code(db: Database, do: AskCode, *, source: Source) -> CodeSent:
    """Send a code to a phone, whoever's it is: whether the shop knows it is not told.

    Raises: NoSuchMall, NotAPhone, CodeThrottled, NoCodeSender, CodeNotSent.
    """
    sender, phone = code_sender(), normalize_phone(do.phone)
    counted = rules.sending_buckets(phone, source.address)
    challenge, code = new_token(CHALLENGE_PREFIX), rules.new_code()
    async with db.transaction(door="login") as tx:
        mall = await find_mall(tx, do.mall)
        if wait := await identity.count_attempt(tx, counted):
            raise CodeThrottled(retry_after_s=wait)
        expires_at = await queries.insert_code(tx, mall.id, phone, challenge, code)
    await sender.send_code(phone, code, minutes=rules.CODE_MINUTES)
    return CodeSent(challenge=challenge, expires_at=expires_at)


async def sign_in_by_code(db: Database, do: SignInByCode, *, source: Source) -> NewCustomerSession:
    """Sign in whoever has the phone; who is new is registered. Raises: CodeWrong."""

    async def attempt() -> NewCustomerSession | AppError:
        async with db.transaction(door="login") as tx:
            phone = await proven_phone(tx, do.challenge, do.code)
            if phone is None:
                return CodeWrong()  # returned, so that the try stays counted
            shop_id, number = phone
            (known,) = await register(tx, [RegisterCustomer(shop_id=shop_id, phone=number)])
            assert isinstance(known, Registered), "a phone alone is refused by nothing"
            await identity.forgive(tx, rules.sending_buckets(number, source.address)[:1])
            opened = await _open(tx, known.customer_id, shop_id, source)
            await store.append(tx)
            return opened

    return _given(await db.run(attempt))


async def sign_in_by_password(db: Database, do: SignInByPassword, *, source: Source) -> NewCustomerSession:
    """Sign in with phone or e-mail and password. Raises: NoSuchMall, SignInFailed, SignInThrottled, SignInBusy."""
    async with db.transaction(door="login", durable=False) as tx:
        mall = await find_mall(tx, do.mall)
        counted = rules.password_buckets(mall.id, do.login.strip().casefold(), source.address)
        wait = await identity.count_attempt(tx, counted)
        customer_id = None if wait else await _find(tx, mall.id, do.login)
        stored = None if customer_id is None else await queries.find_password(tx, customer_id)
    if wait:
        raise SignInThrottled(retry_after_s=wait)
    try:
        is_right, renewed = await identity.verify_password(do.password, stored, identity.PUBLIC)
    except SignInBusy:
        async with db.transaction(door="login", durable=False) as tx:
            await identity.take_back(tx, counted)
        raise
    if customer_id is None or not is_right:
        log.info("a customer's sign-in failed", source=source.address, customer_id=customer_id)
        raise SignInFailed()
    async with db.transaction(door="login") as tx:
        if await queries.lock_password(tx, customer_id) != stored:
            raise SignInFailed()  # it was changed while it was checked
        if renewed is not None:
            await queries.set_password(tx, customer_id, mall.id, renewed)
        await identity.forgive(tx, counted[:1])
        await identity.take_back(tx, counted[1:])
        return await _open(tx, customer_id, mall.id, source)


async def sign_out(tx: Tx, token: str) -> None:
    """End the session of this token; one that is over stays as it is."""
    held = await queries.find_session(tx, token)
    if held is not None:
        await queries.end_session(tx, held.id, EndReason.LOGOUT)
        await identity.forget_access(tx, held.customer_id)


async def proven_phone(tx: Tx, challenge: str, code: str) -> tuple[ShopId, str] | None:
    """Give the shop and the phone that a right code proves, once. The try is counted with the commit."""
    asked = await queries.try_code(tx, challenge, code.strip())
    if asked is None or asked.tries > rules.TRIES_MAX or not asked.is_right:
        return None
    await queries.use_code(tx, asked.id)
    return asked.shop_id, asked.phone


async def find_mall(tx: Tx, code: str | None) -> ShopFacts:
    """Give the mall that is meant; the only one without a code. Raises: NoSuchMall."""
    malls = {mall.code: mall for mall in await organization.shops_of_kind(tx, ShopKind.MALL)}
    if code is None and len(malls) == 1:
        return next(iter(malls.values()))
    if code not in malls:
        raise NoSuchMall(codes=", ".join(malls) or "–")
    return malls[code]


async def prune(tx: Tx) -> None:
    """Delete what is long over: codes, ended sessions. For a nightly job."""
    await queries.delete_old(tx)


async def _find(tx: Tx, shop_id: ShopId, login: str) -> CustomerId | None:
    try:
        phone = None if "@" in login else normalize_phone(login)
        email = normalize_email(login) if "@" in login else None
    except (NotAPhone, NotAnEmail):
        return None
    found = await customers.search(tx, phone=phone, email=email, ref=None, shop_id=shop_id, before=None, limit=1)
    return found[0].id if found else None


async def _open(tx: Tx, customer_id: CustomerId, shop_id: ShopId, source: Source) -> NewCustomerSession:
    token = new_token(SESSION_PREFIX)
    await queries.insert_session(tx, customer_id, shop_id, token, source)
    csrf_token = identity.csrf_token(token)
    return NewCustomerSession(customer_id=customer_id, shop_id=shop_id, token=token, csrf_token=csrf_token)


def _given(outcome: NewCustomerSession | AppError) -> NewCustomerSession:
    if isinstance(outcome, AppError):
        raise outcome
    return outcome

"""Checking out: one call from a cart or a few goods to a placed order, for a batch of buyers in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

from msgspec import Struct

from shangmai.kernel.actions.contract import action
from shangmai.kernel.crypto import NotAPhone, normalize_phone
from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item, Tx
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import Sku, SkuId
from shangmai.modules.checkout.contract.carts import CartChanged, CartOfNobody, CartTokenInvalid, NotYourCart
from shangmai.modules.checkout.contract.placing import (
    AT_ONCE,
    LATER,
    ON_ACCOUNT,
    ON_DELIVERY,
    CheckoutPriceChanged,
    InvoiceKind,
    InvoicesOff,
    InvoiceWish,
    LinesOrCart,
    MethodOff,
    NoteTooLong,
    NothingSelected,
    PickupPointNotFound,
    PlaceCheckout,
    Placed,
    ReceiverNeeded,
    SignInToOrder,
    SkuNotOnOffer,
    TaxNumberWrong,
)
from shangmai.modules.checkout.queries import orders as queries
from shangmai.modules.checkout.queries import settings as openings
from shangmai.modules.checkout.queries.carts import Owner
from shangmai.modules.checkout.queries.orders import NewCheckout
from shangmai.modules.checkout.rules import carts, invoices
from shangmai.modules.checkout.rules.carts import KeptCart
from shangmai.modules.checkout.service import wishes
from shangmai.modules.checkout.service.paying import ToPay, check_provider, steps_for
from shangmai.modules.checkout.service.sealing import phone_hash, seal_invoice
from shangmai.modules.checkout.service.wishes import Asker, Wish
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import FreightBill, FreightOf, Load, NotDelivered, RegionUnknown
from shangmai.modules.members import service as members
from shangmai.modules.members.contract import CustomerNotFound
from shangmai.modules.orders import service as orders
from shangmai.modules.orders.contract import OfferedOrder, Order, PaidWith, PriceChanged, Terms
from shangmai.modules.payments.contract import (
    CreditExceeded,
    CurrencyOff,
    CustomerNeeded,
    NoPaymentAccount,
    OutsideLimits,
    ProviderOff,
    SceneOff,
)
from shangmai.modules.pricing import service as pricing
from shangmai.modules.pricing.contract import Offer, PromotionId
from shangmai.modules.pricing.contract.coupons import CodesNotPreviewed, CouponCodesThrottled

ERRORS: Final = (
    CartTokenInvalid, CartOfNobody, NotYourCart, CartChanged, CustomerNotFound, SignInToOrder, NothingSelected,
    LinesOrCart, SkuNotOnOffer, ReceiverNeeded, RegionUnknown, NotDelivered, PickupPointNotFound, MethodOff,
    TaxNumberWrong, InvoicesOff, NoteTooLong, CheckoutPriceChanged, NotAPhone, ProviderOff,
    NoPaymentAccount, SceneOff, CurrencyOff, OutsideLimits, CustomerNeeded, CreditExceeded,
    CouponCodesThrottled, CodesNotPreviewed,
)  # fmt: skip


class Bills:
    """A freight that remembers what it came to, so that the order's row can say how."""

    def __init__(self, freight: FreightOf) -> None:
        self._freight = freight
        self.last: FreightBill | None = None

    def __call__(self, loads: Sequence[Load]) -> FreightBill:
        self.last = self._freight(loads)
        return self.last


class Wanted(Struct, frozen=True):
    """A checkout, who asks for it, and the promotion whose price every line of it must have, if one."""

    do: PlaceCheckout
    item: Item
    promotion: PromotionId | None = None


class Ready(Struct, frozen=True):
    """A wish that can be placed: as `orders` is asked for it, and how it will be paid."""

    wish: Wish
    order: OfferedOrder
    bills: Bills | None
    phone: bytes | None
    expires_at: datetime | None

    @property
    def do(self) -> PlaceCheckout:
        assert isinstance(self.wish.do, PlaceCheckout)
        return self.wish.do


@action(
    "checkout.place",
    grant="checkout.place",
    many=True,
    public=True,
    scope=lambda do: {"shop": do.shop_id},
    inverse="orders.cancel",
    errors=[*ERRORS, *orders.OFFER_ERRORS],
    presumes=True,
)
async def place(tx: Tx, do: Sequence[PlaceCheckout]) -> list[Placed | AppError]:
    """Order the selected lines of a cart, or some goods, in one call: priced, held, written, and asked to be paid.

    Guests too, where the shop lets them. Prices, stock, limits, coupons and freight are those of this transaction; a
    total other than the expected one is refused with what changed. What was ordered leaves the cart, whose version
    must be the one that was looked at: of two tabs one places it. Event orders.placed.v1.
    """
    return await place_wanted(tx, [Wanted(each, item) for each, item in zip(do, tx.items, strict=True)])


async def place_wanted(tx: Tx, wanted: Sequence[Wanted]) -> list[Placed | AppError]:
    """Place checkouts as `place` does; where a promotion is named, each line must have its price: OfferNotUsable else.

    No door leads here.
    """
    ready: dict[int, Ready] = {}
    outcomes: dict[int, Placed | AppError] = {}
    prepared, skus = await _prepare(tx, wanted)
    for n, each in prepared.items():
        if isinstance(each, Ready):
            ready[n] = each
        else:
            outcomes[n] = each
    placed = await orders.place_offered(tx, [each.order for each in ready.values()], skus) if ready else []
    made: dict[int, Order] = {}
    for n, order in zip(ready, placed, strict=True):
        if isinstance(order, Order):
            made[n] = order
        else:
            outcomes[n] = _told(order, ready[n])
    if made:
        await queries.insert(tx, [_row(ready[n], order) for n, order in made.items()])
        outcomes |= await _answers(tx, ready, made)
    return [outcomes[n] for n in range(len(wanted))]


# --- before ----------------------------------------------------------------------------------------------------


async def _prepare(tx: Tx, wanted: Sequence[Wanted]) -> tuple[dict[int, Ready | AppError], dict[SkuId, Sku]]:
    """What of the batch can be placed, and its SKUs, found in few statements; the carts are held from here on."""
    do = [each.do for each in wanted]
    prepared: dict[int, Ready | AppError] = {}
    askers: dict[int, Asker] = {}
    for n, each in enumerate(wanted):
        asker = wishes.asker_of(each.do, each.item, uses_cart=wishes.uses_cart(each.do))
        if isinstance(asker, AppError):
            prepared[n] = asker
        else:
            askers[n] = asker
    prepared |= await _refuse_strangers(tx, wanted, askers)
    prepared |= await pricing.guard_codes(
        tx, {n: wishes.guess_of(do[n], asker, wanted[n].item) for n, asker in askers.items() if n not in prepared}
    )
    live = {n: asker for n, asker in askers.items() if n not in prepared}
    opened = await openings.opening(
        tx,
        {do[n].shop_id for n in live},
        sorted({asker.owner for asker in live.values() if asker.owner is not None}),
        {point for n in live if (point := do[n].delivery.point_id) is not None},
        lock=True,
    )
    tariffs = await logistics.tariffs_of(tx, opened.freight)
    wished: dict[int, Wish] = {}
    for n, asker in live.items():
        wish = wishes.wish_of(do[n], asker, opened, tariffs, wanted[n].item)
        if isinstance(wish, AppError):
            prepared[n] = wish
        else:
            wished[n] = wish
    goods = await catalog.offered(tx, {line.sku_id for wish in wished.values() for line in wish.lines})
    offers = {id_: each.offer for id_, each in goods.items()}
    taken: set[Owner] = set()
    for n, wish in wished.items():
        refusal = _check(wish, taken) or wishes.check_offers(wish, offers)
        prepared[n] = refusal or _ready(wish, wanted[n].promotion)
        if refusal is None and wish.asker.owner is not None:
            taken.add(wish.asker.owner)
    return dict(sorted(prepared.items())), {id_: each.sku for id_, each in goods.items()}


async def _refuse_strangers(
    tx: Tx, wanted: Sequence[Wanted], askers: Mapping[int, Asker]
) -> dict[int, Ready | AppError]:
    """Refuse customers of other shops whom staff name; a customer who is signed in is known to be the shop's."""
    named = {
        n: asker.buyer
        for n, asker in askers.items()
        if asker.buyer is not None and members.find_customer_of(wanted[n].item.actor) is None
    }
    shops = await members.shops_of(tx, set(named.values())) if named else {}
    return {
        n: CustomerNotFound(customer_id=buyer) for n, buyer in named.items() if shops.get(buyer) != wanted[n].do.shop_id
    }


def _check(wish: Wish, taken: set[Owner]) -> AppError | None:
    do = wish.do
    assert isinstance(do, PlaceCheckout)
    if wish.asker.owner in taken:  # an earlier one of this batch orders it
        assert wish.cart is not None
        return CartChanged(current=wish.cart.version + 1, version=wish.cart.version)
    if len(do.note) > wish.settings.note_max:
        return NoteTooLong([("note", "is too long")], most=wish.settings.note_max)
    return wishes.check_receiver(wish) or _check_method(wish, do.method) or _check_invoice(wish, do.invoice)


def _check_method(wish: Wish, method: str) -> AppError | None:
    """Refuse paying on delivery where the shop does not, on account where nobody is known to owe it."""
    if method == ON_DELIVERY and not wish.settings.on_delivery:
        return MethodOff(method=method, methods=LATER)
    if method == ON_ACCOUNT and wish.asker.buyer is None:
        return CustomerNeeded()
    return check_provider(method)


def _check_invoice(wish: Wish, invoice: InvoiceWish | None) -> AppError | None:
    if invoice is None:
        return None
    if not wish.settings.invoices:
        return InvoicesOff()
    code = invoices.clean_credit_code(invoice.tax_no)
    if invoice.kind is InvoiceKind.COMPANY and not invoices.is_credit_code(code):
        return TaxNumberWrong([("invoice.tax_no", "is wrong")], tax_no=invoice.tax_no)
    return None


def _ready(wish: Wish, promotion: PromotionId | None) -> Ready | AppError:
    do = wish.do
    assert isinstance(do, PlaceCheckout)
    assert wish.receiver is not None
    try:
        phone = phone_hash(normalize_phone(wish.receiver.phone))
    except NotAPhone as refusal:
        return refusal
    waits = do.method not in (ON_DELIVERY, ON_ACCOUNT)
    minutes = wish.settings.payment_minutes if waits and do.method != AT_ONCE else None
    order = wishes.order_of(wish, terms=Terms.PREPAID if waits else Terms.ON_ACCOUNT, hold_minutes=minutes)
    bills = None if order.freight is None else Bills(order.freight)
    offer = None if promotion is None else Offer(promotion_id=promotion)
    offers = {} if offer is None else dict.fromkeys(range(1, len(wish.lines) + 1), offer)
    paid = PaidWith(AT_ONCE) if do.method == AT_ONCE else None
    order = OfferedOrder(do=order.do, item=order.item, offers=offers, freight=bills, paid=paid)
    expires_at = None if minutes is None else wish.item.now + timedelta(minutes=minutes)
    return Ready(wish, order, bills, phone, expires_at)


# --- after -----------------------------------------------------------------------------------------------------


def _told(refusal: AppError, ready: Ready) -> AppError:
    """The refusal as a shopper is told: a changed total with what each line comes to, and was when it was put in."""
    if not isinstance(refusal, PriceChanged):
        return refusal
    lines = refusal.data.get("lines", [])
    assert isinstance(lines, list)
    added = {} if ready.wish.cart is None else {line.sku_id: line.price_minor for line in ready.wish.cart.lines}
    told = [line | {"unit_when_added_minor": added.get(line["sku_id"])} for line in lines]
    return CheckoutPriceChanged(
        total_minor=refusal.data["total_minor"], expected_minor=refusal.data["expected_minor"], lines=told
    )


def _row(ready: Ready, order: Order) -> NewCheckout:
    do = ready.do
    return NewCheckout(
        order_id=order.id,
        shop_id=order.shop_id,
        customer_id=order.customer_id,
        used=_used(ready),
        phone_hash=ready.phone,
        delivery=do.delivery,
        method=do.method,
        freight=None if ready.bills is None else ready.bills.last,
        invoice=None if do.invoice is None else seal_invoice(do.invoice, order.id),
        expires_at=ready.expires_at,
        item=ready.wish.item,
    )


def _used(ready: Ready) -> KeptCart | None:
    cart = ready.wish.cart
    return None if cart is None else carts.without(cart, {line.sku_id for line in ready.wish.lines})


async def _answers(tx: Tx, ready: Mapping[int, Ready], made: Mapping[int, Order]) -> dict[int, Placed | AppError]:
    steps = await steps_for(
        tx,
        {n: ToPay(order, ready[n].do.method, ready[n].do.scene, ready[n].wish.item) for n, order in made.items()},
    )
    return {
        n: Placed(
            order_id=order.id,
            number=order.number,
            total_minor=order.total_minor,
            currency=order.currency,
            expires_at=ready[n].expires_at if order.total_minor else None,
            payment=steps[n],
            link=orders.order_link(order.id),
        )
        for n, order in made.items()
    }

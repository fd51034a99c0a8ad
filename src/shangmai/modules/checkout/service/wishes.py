"""From what a shopper asks to what `orders` is asked: lines, whereto, freight, warehouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from msgspec import Struct
from msgspec.structs import replace

from shangmai.kernel.errors import AppError
from shangmai.kernel.tx import Item
from shangmai.modules.catalog import service as catalog
from shangmai.modules.catalog.contract import SkuId, SkuOffer
from shangmai.modules.checkout.contract.carts import CartChanged
from shangmai.modules.checkout.contract.placing import (
    AskCheckout,
    CheckoutSettings,
    DeliveryKind,
    LinesOrCart,
    NothingSelected,
    PickupPoint,
    PickupPointNotFound,
    PlaceCheckout,
    ReceiverNeeded,
    SignInToOrder,
    SkuNotOnOffer,
    WantedLine,
)
from shangmai.modules.checkout.queries.carts import Owner
from shangmai.modules.checkout.queries.settings import Opening
from shangmai.modules.checkout.rules.carts import KeptCart
from shangmai.modules.checkout.service.owners import buyer_of, owner_of
from shangmai.modules.logistics import service as logistics
from shangmai.modules.logistics.contract import FreightBill, FreightOf, Load, Tariff
from shangmai.modules.members.contract import CustomerId
from shangmai.modules.orders.contract import OfferedOrder, PlaceLine, PlaceOrder, Receiver, Terms
from shangmai.modules.organization.contract import ShopId
from shangmai.modules.pricing.service import Guess


class Asker(Struct, frozen=True):
    """Who asks: the buyer, if known, and the owner of the cart that is ordered from, if one is."""

    buyer: CustomerId | None
    owner: Owner | None


class Wish(Struct, frozen=True, kw_only=True):
    """What is to be ordered, all found and checked but for prices, stock and limits."""

    do: AskCheckout
    asker: Asker
    cart: KeptCart | None
    lines: tuple[WantedLine, ...]
    settings: CheckoutSettings
    receiver: Receiver | None
    region: str | None
    point: PickupPoint | None
    tariff: Tariff | None
    item: Item

    @property
    def freight(self) -> FreightOf | None:
        """What works out the freight; None where none is asked: fetched, nowhere to yet, or no templates."""
        if self.point is not None or self.region is None or self.tariff is None:
            return None
        return partial(_bill, self.tariff, self.region)


def _bill(tariff: Tariff, region: str, loads: Sequence[Load]) -> FreightBill:
    return logistics.freight(tariff, region, loads)


def asker_of(do: AskCheckout, item: Item, *, uses_cart: bool) -> Asker | AppError:
    """Who asks, told from who calls and the token they hold."""
    buyer = buyer_of(item.actor, do.customer_id)
    if isinstance(buyer, AppError):
        return buyer
    if not uses_cart:
        return Asker(buyer, None)
    owner = owner_of(item.actor, do.cart_token, do.customer_id)
    return owner if isinstance(owner, AppError) else Asker(buyer, (do.shop_id, owner[0]))


def guess_of(do: AskCheckout, asker: Asker, item: Item) -> Guess:
    """The coupon codes that are typed in."""
    return Guess(tuple(wish.code for wish in do.coupons if wish.code is not None), asker.buyer, item)


def uses_cart(do: AskCheckout) -> bool:
    """Whether a cart is ordered from: where no lines are given."""
    return not do.lines


def wish_of(
    do: AskCheckout, asker: Asker, opened: Opening, tariffs: Mapping[ShopId, Tariff], item: Item
) -> Wish | AppError:
    """Find what is asked for. The version of a cart is looked at where one is to be placed."""
    settings = opened.settings_of(do.shop_id)
    if asker.buyer is None and not settings.guests:
        return SignInToOrder()
    cart = opened.carts.get(asker.owner) if asker.owner is not None else None
    lines = do.lines or _selected(cart)
    refusal = _check_cart(do, cart) or (None if lines else NothingSelected([("lines", "are missing")]))
    if refusal is not None:
        return refusal
    point = _point(do, opened)
    if isinstance(point, AppError):
        return point
    try:
        region, receiver = _whereto(do, point)
    except AppError as unknown:
        return unknown
    return Wish(
        do=do,
        asker=asker,
        cart=cart,
        lines=lines,
        settings=settings,
        receiver=receiver,
        region=region,
        point=point,
        tariff=tariffs.get(do.shop_id),
        item=item,
    )


def _selected(cart: KeptCart | None) -> tuple[WantedLine, ...]:
    chosen = () if cart is None else (line for line in cart.lines if line.selected)
    return tuple(WantedLine(sku_id=line.sku_id, qty=line.qty) for line in chosen)


def _check_cart(do: AskCheckout, cart: KeptCart | None) -> AppError | None:
    if not isinstance(do, PlaceCheckout):
        return None
    if do.lines:
        return None if do.cart_version is None else LinesOrCart([("lines", "together with cart_version")])
    current = 0 if cart is None else cart.version
    if do.cart_version != current:
        return CartChanged(current=current, version=do.cart_version if do.cart_version is not None else "–")
    return None


def _point(do: AskCheckout, opened: Opening) -> PickupPoint | AppError | None:
    if do.delivery.kind is not DeliveryKind.PICKUP:
        return None
    point = opened.points.get(do.delivery.point_id) if do.delivery.point_id is not None else None
    if point is None or point.shop_id != do.shop_id or not point.active:
        return PickupPointNotFound(point_id=do.delivery.point_id)
    return point


def _whereto(do: AskCheckout, point: PickupPoint | None) -> tuple[str | None, Receiver | None]:
    """The region and the receiver, with the names of regions in full. Raises: RegionUnknown."""
    if point is not None:
        place = logistics.region_of(point.region)
        receiver = do.receiver and replace(
            do.receiver,
            province=place.province,
            city=place.city,
            district=place.district,
            street=f"{point.street} {point.name}".strip(),
        )
        return point.region, receiver
    if do.region is None and (do.receiver is None or not do.receiver.province):
        return None, do.receiver
    named = do.receiver
    if do.region is not None:
        place = logistics.region_of(do.region)
    else:
        assert named is not None
        place = logistics.resolve_region(named.province, named.city, named.district)
    if named is None and not isinstance(do, PlaceCheckout):
        named = Receiver(name="–", phone="00000")  # nobody yet, but promotions ask whereto
    if named is not None:
        district = place.district or named.district
        named = replace(named, province=place.province, city=place.city or named.city, district=district)
    return place.code, named


def check_receiver(wish: Wish) -> AppError | None:
    """The refusal where nobody could deliver: a pick-up needs a name and a phone, a parcel a whole address."""
    receiver = wish.receiver
    if receiver is None:
        return ReceiverNeeded([("receiver", "is missing")])
    if wish.point is None and (wish.region is None or not receiver.street.strip()):
        return ReceiverNeeded([("receiver.street" if wish.region else "receiver.province", "is missing")])
    return None


def check_offers(wish: Wish, offers: Mapping[SkuId, SkuOffer]) -> AppError | None:
    """The refusal where a shopper may not buy a line: its product is not listed, or its order limits forbid."""
    for line in wish.lines:
        offer = offers.get(line.sku_id)
        if offer is None:
            return SkuNotOnOffer(name=str(line.sku_id), reason="–", sku_id=line.sku_id)
        try:
            catalog.check_sellable(offer, line.qty)
        except AppError as refusal:
            return SkuNotOnOffer(name=offer.code, reason=refusal, sku_id=line.sku_id, why=refusal.code)
    return None


def order_of(wish: Wish, *, terms: Terms = Terms.PREPAID, hold_minutes: int | None = None) -> OfferedOrder:
    """What `orders` is asked for; no price is in it but the total that the buyer expects."""
    do = wish.do
    place = PlaceOrder(
        shop_id=do.shop_id,
        lines=[PlaceLine(sku_id=line.sku_id, qty=line.qty, add_on_of=line.add_on_of) for line in wish.lines],
        customer_id=wish.asker.buyer,
        warehouse_id=None if wish.point is None else wish.point.warehouse_id,
        terms=terms,
        receiver=wish.receiver,
        note=do.note if isinstance(do, PlaceCheckout) else "",
        expected_total_minor=do.expected_total_minor if isinstance(do, PlaceCheckout) else None,
        hold_minutes=hold_minutes,
        coupons=do.coupons,
        best_coupons=do.best_coupons and wish.asker.buyer is not None,
        gifts=do.gifts,
        points=do.points if wish.asker.buyer is not None else 0,
    )
    return OfferedOrder(do=place, item=wish.item, freight=wish.freight)

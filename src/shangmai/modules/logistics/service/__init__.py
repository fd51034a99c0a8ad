"""The actions of logistics, and what other modules ask of it."""

from shangmai.modules.logistics.rules.parsing import parse as parse_address
from shangmai.modules.logistics.rules.price_cards import rate_of
from shangmai.modules.logistics.rules.promising import said as promise_text
from shangmai.modules.logistics.rules.regions import region_of
from shangmai.modules.logistics.rules.regions import resolve as resolve_region
from shangmai.modules.logistics.service.asking import (
    begin_booking,
    fail_booking,
    note_waybill,
    receive_push,
    retry_booking,
)
from shangmai.modules.logistics.service.billing import record_bill_line
from shangmai.modules.logistics.service.carriers import (
    add_waybills,
    carriers_called,
    list_carriers,
    save_carrier,
    senders_of,
    set_carrier_account,
    set_sender,
)
from shangmai.modules.logistics.service.choosing import choose_couriers
from shangmai.modules.logistics.service.freight import (
    assign_freight,
    current_tariffs,
    freight,
    save_freight_template,
    set_freight_combining,
    tariffs_of,
)
from shangmai.modules.logistics.service.outside import push_address
from shangmai.modules.logistics.service.parcels import (
    book,
    book_another,
    book_parcel,
    cancel,
    cancel_numbers,
    cancel_parcel,
    forget_receivers,
    note_handed,
    note_packed,
    note_weights,
    parcels_of,
    receivers_of,
    weigh_parcel,
)
from shangmai.modules.logistics.service.price_cards import carrier_cards_of, save_carrier_card
from shangmai.modules.logistics.service.promising import (
    companies_that_promise,
    note_promises,
    promises,
    set_cutoff,
    settle_promises,
)
from shangmai.modules.logistics.service.tracking import follow, follow_parcel, record_scans, signed_of, tracks_of
from shangmai.modules.logistics.service.watching import (
    close_anomaly,
    companies_that_sign,
    note_received,
    report_not_received,
    set_watch_policy,
    troubled,
    watch_parcels,
)

__all__ = [
    "add_waybills",
    "assign_freight",
    "begin_booking",
    "book",
    "book_another",
    "book_parcel",
    "cancel",
    "cancel_numbers",
    "cancel_parcel",
    "carrier_cards_of",
    "carriers_called",
    "choose_couriers",
    "close_anomaly",
    "companies_that_promise",
    "companies_that_sign",
    "current_tariffs",
    "fail_booking",
    "follow",
    "follow_parcel",
    "forget_receivers",
    "freight",
    "list_carriers",
    "note_handed",
    "note_packed",
    "note_promises",
    "note_received",
    "note_waybill",
    "note_weights",
    "parcels_of",
    "parse_address",
    "promise_text",
    "promises",
    "push_address",
    "rate_of",
    "receive_push",
    "receivers_of",
    "record_bill_line",
    "record_scans",
    "region_of",
    "report_not_received",
    "resolve_region",
    "retry_booking",
    "save_carrier",
    "save_carrier_card",
    "save_freight_template",
    "senders_of",
    "set_carrier_account",
    "set_cutoff",
    "set_freight_combining",
    "set_sender",
    "set_watch_policy",
    "settle_promises",
    "signed_of",
    "tariffs_of",
    "tracks_of",
    "troubled",
    "watch_parcels",
    "weigh_parcel",
]

"""Logistics: where parcels go, who carries them, and what it costs to send them there.

Tables owned: freight_templates, freight_items, freight_settings, all under the scope of their shop; carrier_cards,
carrier_accounts (secrets encrypted), carrier_lanes, carrier_watch_policies, carrier_bill_lines, warehouse_cutoffs,
delivery_promises and waybills under that of their company; carrier_senders, parcels, parcel_scans and
parcel_anomalies under that of their company and warehouse; carriers, for all. The regions of China are no table but a
file of the release, `regions.txt`, with its source and licence in its head.

Invariants:
- a region's code has six digits (GB/T 2260); its first two, four and six name province, city and district;
- freight is worked out in whole minor units, from whole units of weight, pieces or volume: more goods never cost less,
  and no rounding makes two parcels cheaper than one;
- a waybill number is on one parcel at a time: two transactions that take numbers of a pool at once never get the same;
- a number of a doc (a fulfilment unit) has one parcel that is not canceled, however often and by whomever it is booked;
- what a parcel is follows from its scans alone, by the carrier's clock: the order in which they arrive cannot matter;
- a number that a carrier bills is owed once, in whatever bills and lines it stands;
- before an outside system is asked for a waybill it is noted that it may know of the parcel; what it may know of is
  asked about, and asked for again only if it does not;
- a push whose signature or address is not right changes nothing;
- whom a parcel goes to is kept encrypted, and removed 90 days after the parcel's end;
- a shop's freight has a version that grows with every change of its templates, in the transaction that changes them,
  so what is remembered for a version never changes.

Events out: logistics.freight_changed.v1, logistics.carrier_card_saved.v1, logistics.carrier_account_set.v1,
logistics.waybills_low.v1, logistics.parcel_booked.v1, logistics.booking_failed.v1, logistics.parcel_canceled.v1,
logistics.parcel_picked_up.v1, logistics.parcel_in_transit.v1, logistics.parcel_out_for_delivery.v1,
logistics.parcel_signed.v1, logistics.parcel_returning.v1, logistics.parcel_returned.v1, logistics.parcel_lost.v1,
logistics.anomaly_found.v1, logistics.anomaly_ended.v1, logistics.bill_line_checked.v1. Events in: none.
"""

"""Logistics: where parcels go, and what it costs to send them there.

Tables owned: freight_templates, freight_items, freight_settings, all under the scope of their shop, and
carrier_cards under that of their company. The regions of
China are no table but a file of the release, `regions.txt`, with its source and licence in its head.

Invariants:
- a region's code has six digits (GB/T 2260); its first two, four and six name province, city and district;
- freight is worked out in whole minor units, from whole units of weight, pieces or volume: more goods never cost less,
  and no rounding makes two parcels cheaper than one;
- a shop's freight has a version that grows with every change of its templates, in the transaction that changes them,
  so what is remembered for a version never changes.

Events out: logistics.freight_changed.v1, logistics.carrier_card_saved.v1. Events in: none.
"""

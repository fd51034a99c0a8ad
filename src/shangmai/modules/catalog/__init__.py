"""Catalog: what is sold. Products, their SKUs (the things that are stocked, priced and ordered), kits, and the words,
pictures and reviews that stand between a product and its shoppers.

Tables owned: categories, brands, attributes, attribute_options, products, product_descriptions, product_media,
product_relations, product_reviews (append-only), product_titles (append-only), skus, sku_barcodes, kit_components,
sku_handling, sku_prices (append-only), sku_other_prices, sku_titles (append-only), catalog_policy.

Invariants:
- a product code, a SKU code and a barcode each name one thing; a barcode is compared as a 14-digit GTIN, so that the
  12, 13 and 14 digit spellings of one number are one barcode; a brand is known by its name, whatever the case;
- a kit has at least one component, and no component is a kit; a SKU never changes its kind, nor its own currency;
- the price of a SKU in a currency is the newest row of its price history in that currency, and every row names the
  action that set it;
- of two SKUs of a product with axes no two have the same values, and each has a value of every axis;
- a product is in review exactly while it has a time of submission, approved exactly while it has a time to be listed;
- where approval is required, a product is listed only if it was approved as it is, or by somebody who may approve.

Whether a shopper may buy a SKU is told by `service.get_offers` and `service.check_sellable`, and asked by the shop's
own door alone: orders of staff, of marketplaces and imports of history take any SKU that exists.

Events out: catalog.product_created.v1, catalog.product_changed.v1, catalog.product_listed.v1,
catalog.product_delisted.v1, catalog.product_reviewed.v1, catalog.sku_updated.v1, catalog.kit_defined.v1,
catalog.price_changed.v1, catalog.handling_set.v1, catalog.brand_changed.v1, catalog.category_changed.v1,
catalog.attribute_changed.v1.
Events in: none.
"""

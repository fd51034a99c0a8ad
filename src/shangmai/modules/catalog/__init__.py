"""Catalog: what is sold. Products, their SKUs (the things that are stocked, priced and ordered), kits, categories.

Tables owned: categories, products, skus, sku_barcodes, kit_components, sku_prices (append-only).

Invariants:
- a product code, a SKU code and a barcode each name one thing; a barcode is compared as a 14-digit GTIN, so that the
  12, 13 and 14 digit spellings of one number are one barcode;
- a kit has at least one component, and no component is a kit; a SKU never changes its kind;
- the price of a SKU is the newest row of its price history, and every row names the action that set it.

Events out: catalog.product_created.v1, catalog.product_listed.v1, catalog.product_delisted.v1, catalog.sku_updated.v1,
catalog.kit_defined.v1, catalog.price_changed.v1. Events in: none.
"""

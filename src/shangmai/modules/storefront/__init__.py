"""Storefront: what a mall shows to shoppers. A read model of its own, searched, listed and kept current by events.

Tables owned: storefront_products (a row for each product that a mall shows), storefront_shops (its version and size),
storefront_terms (what values to filter by are called), storefront_words, storefront_spellings, storefront_dictionary,
storefront_sales, storefront_reviews, storefront_questions, storefront_answers, storefront_turned,
storefront_favourites (what members keep for later), storefront_behaviour (how often shoppers did what, by day),
storefront_pages, storefront_page_versions (pages made of blocks: which version is the newest, and which is shown).

Invariants:
- a row is what catalog, prices, stock, orders and reviews say of the product now, and equals the row that a rebuild
  makes; only what is listed and has a price in the mall's currency has one;
- a mall's version grows with every change of its rows, in the transaction that changes them; an answer from memory is
  given only for the version that it was made from;
- a count that is not exact says so;
- a saved version of a page never changes; shoppers see the one that is published, and only one that was the newest
  when it was;
- an order line has one review at most, by the customer it was shipped to; whoever reviews, asks or answers as a buyer
  does so as the customer who is signed in.

Events out: storefront.listings_changed.v1, storefront.review_changed.v1, storefront.question_changed.v1,
storefront.words_taught.v1, storefront.page_changed.v1.
Events in: catalog.product_changed.v1, .brand_changed.v1, .category_changed.v1, .attribute_changed.v1;
inventory.received.v1, .adjusted.v1, .moved.v1, .safety_set.v1, .warehouse_assigned.v1; orders.placed.v1, .canceled.v1,
.returned.v1; pricing.list_price_changed.v1, .list_closed.v1, .promotion_published.v1,
.promotion_paused.v1, .promotion_ended.v1; organization.shop_created.v1; members.erased.v1; its own reviews and words.
"""

"""Promotions with all their versions, coupons, and the book of what may be used."""

from shangmai.kernel.books.schema import book_ddl_v1
from shangmai.kernel.db.migrate import run_sql

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

QUOTA = {"kind": "text", "of_id": "uuid", "buyer_id": "uuid"}

# Seen by who sees one of its shops; a promotion or batch that names none belongs to all.
SHOPS_POLICY = """
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
ALTER TABLE {table} FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON {table} USING (shop_ids = '{{}}'
  OR (SELECT current_setting('app.shop', true)) = '*'
  OR shop_ids && ((SELECT NULLIF(NULLIF(current_setting('app.shop', true), '*'), '')::uuid[])::uuid[]));
"""


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE promotions (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL,
  name_en text NOT NULL,
  layer text NOT NULL,
  kind text NOT NULL,
  needs_coupon boolean NOT NULL,
  shop_ids uuid[] NOT NULL,
  status text NOT NULL CHECK (status IN ('draft', 'published', 'paused', 'ended')),
  latest integer NOT NULL CHECK (latest >= 1),
  published integer CHECK (published BETWEEN 1 AND latest),
  valid_from timestamptz,
  valid_to timestamptz CHECK (valid_to > valid_from),
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT published_says_what CHECK ((published IS NULL) = (valid_from IS NULL)),
  CONSTRAINT draft_was_never_published CHECK ((status = 'draft') = (published IS NULL))
);
CREATE INDEX promotions_live ON promotions (valid_to) WHERE status = 'published';
GRANT SELECT, INSERT ON promotions TO shangmai_app;
GRANT UPDATE (name, name_en, layer, kind, needs_coupon, shop_ids, status, latest, published, valid_from, valid_to)
  ON promotions TO shangmai_app;

CREATE TABLE promotion_versions (
  promotion_id uuid NOT NULL REFERENCES promotions (id),
  version integer NOT NULL CHECK (version >= 1),
  body jsonb NOT NULL,
  note text NOT NULL,
  made_at timestamptz NOT NULL,
  made_by uuid NOT NULL,
  PRIMARY KEY (promotion_id, version)
);
GRANT SELECT, INSERT ON promotion_versions TO shangmai_app;

CREATE TABLE promotion_changes (
  seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  promotion_id uuid NOT NULL REFERENCES promotions (id),
  status text NOT NULL,
  version integer NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  FOREIGN KEY (promotion_id, version) REFERENCES promotion_versions (promotion_id, version)
);
CREATE INDEX promotion_changes_promotion ON promotion_changes (promotion_id, seq);
GRANT SELECT, INSERT ON promotion_changes TO shangmai_app;

CREATE TABLE coupon_batches (
  id uuid PRIMARY KEY,
  code text NOT NULL UNIQUE,
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL,
  promotion_id uuid NOT NULL REFERENCES promotions (id),
  kind text NOT NULL CHECK (kind IN ('wallet', 'codes', 'shared')),
  shared_key text UNIQUE CHECK ((shared_key IS NOT NULL) = (kind = 'shared')),
  shop_ids uuid[] NOT NULL,
  stock bigint CHECK (stock > 0),
  per_buyer bigint CHECK (per_buyer > 0),
  open_from timestamptz,
  open_to timestamptz CHECK (open_to > open_from),
  valid_from timestamptz,
  valid_to timestamptz CHECK (valid_to > valid_from),
  valid_days integer CHECK (valid_days > 0),
  closed_at timestamptz,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  CONSTRAINT one_validity CHECK (valid_days IS NULL OR (valid_from IS NULL AND valid_to IS NULL))
);
CREATE INDEX coupon_batches_promotion ON coupon_batches (promotion_id);
GRANT SELECT, INSERT, UPDATE (name, name_en, stock, closed_at) ON coupon_batches TO shangmai_app;

CREATE TABLE coupons (
  id uuid PRIMARY KEY,
  batch_id uuid NOT NULL REFERENCES coupon_batches (id),
  promotion_id uuid NOT NULL,
  customer_id uuid,
  code_hash bytea UNIQUE CHECK (length(code_hash) = 32),
  code_tail text CHECK ((code_tail IS NULL) = (code_hash IS NULL)),
  valid_from timestamptz NOT NULL,
  valid_to timestamptz CHECK (valid_to > valid_from),
  made_at timestamptz NOT NULL,
  claimed_at timestamptz CHECK ((claimed_at IS NULL) = (customer_id IS NULL)),
  voided_at timestamptz,
  cause uuid NOT NULL,
  CONSTRAINT coupon_can_be_found CHECK (customer_id IS NOT NULL OR code_hash IS NOT NULL)
) WITH (fillfactor = 90);
CREATE INDEX coupons_customer ON coupons (customer_id, id) WHERE customer_id IS NOT NULL;
CREATE INDEX coupons_batch ON coupons (batch_id, id);
GRANT SELECT, INSERT, UPDATE (customer_id, claimed_at, valid_from, valid_to, voided_at) ON coupons TO shangmai_app;
""")
    for table in ("promotions", "coupon_batches"):
        run_sql(SHOPS_POLICY.format(table=table))
    run_sql(book_ddl_v1("quota", QUOTA))

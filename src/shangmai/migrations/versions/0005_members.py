"""Members: customers and their addresses, encrypted."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE customers (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL REFERENCES shops (id),
  ref text CHECK (ref <> ''),
  name bytea,
  phone bytea,
  phone_hash bytea CHECK (length(phone_hash) = 32),
  email bytea,
  email_hash bytea CHECK (length(email_hash) = 32),
  default_address_id uuid,
  version integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL,
  erased_at timestamptz,
  cause uuid NOT NULL,
  CHECK ((phone IS NULL) = (phone_hash IS NULL)),
  CHECK ((email IS NULL) = (email_hash IS NULL)),
  CONSTRAINT customer_is_known_by_something CHECK (num_nonnulls(ref, phone, email) > 0 OR erased_at IS NOT NULL),
  CONSTRAINT erased_customer_is_blank CHECK (erased_at IS NULL OR num_nonnulls(name, phone, email) = 0),
  UNIQUE (id, shop_id)
);
CREATE UNIQUE INDEX customers_ref ON customers (shop_id, ref) WHERE ref IS NOT NULL;
CREATE UNIQUE INDEX customers_phone ON customers (phone_hash, shop_id) WHERE phone_hash IS NOT NULL;
CREATE UNIQUE INDEX customers_email ON customers (email_hash, shop_id) WHERE email_hash IS NOT NULL;
CREATE INDEX customers_created ON customers (created_at, id);
GRANT SELECT, INSERT ON customers TO shangmai_app;
GRANT UPDATE (ref, name, phone, phone_hash, email, email_hash, default_address_id, version, erased_at) ON customers
  TO shangmai_app;

CREATE TABLE customer_addresses (
  id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  sealed bytea NOT NULL,
  created_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (customer_id, id),
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
);
GRANT SELECT, INSERT, DELETE ON customer_addresses TO shangmai_app;
ALTER TABLE customers ADD CONSTRAINT default_address_is_an_own_one
  FOREIGN KEY (id, default_address_id) REFERENCES customer_addresses (customer_id, id);
""")
    run_sql(scope_policy("customers", shop="shop_id"))
    run_sql(scope_policy("customer_addresses", shop="shop_id"))

"""Customers who sign in: sessions, passwords, codes; and a customer sees no other customer's rows."""

from shangmai.kernel.db.migrate import member_policy, run_sql, scope_policy

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE customer_sessions (
  id uuid PRIMARY KEY,
  customer_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  source text NOT NULL,
  user_agent text NOT NULL,
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('logout', 'password', 'expired', 'erased')),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL)),
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
) WITH (fillfactor = 80);
CREATE INDEX customer_sessions_customer ON customer_sessions (customer_id) WHERE ended_at IS NULL;
CREATE INDEX customer_sessions_expires ON customer_sessions (expires_at);
CREATE INDEX customer_sessions_ended ON customer_sessions (ended_at) WHERE ended_at IS NOT NULL;
GRANT SELECT, INSERT, DELETE, UPDATE (last_seen_at, ended_at, end_reason) ON customer_sessions TO shangmai_app;

CREATE TABLE customer_passwords (
  customer_id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  password_hash text NOT NULL CHECK (password_hash <> ''),
  set_at timestamptz NOT NULL,
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
);
GRANT SELECT, INSERT, DELETE, UPDATE (password_hash, set_at) ON customer_passwords TO shangmai_app;

CREATE TABLE customer_codes (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL REFERENCES shops (id),
  challenge_hash bytea NOT NULL UNIQUE CHECK (length(challenge_hash) = 32),
  phone bytea NOT NULL,
  code_hash bytea NOT NULL,
  expires_at timestamptz NOT NULL,
  tries integer NOT NULL DEFAULT 0 CHECK (tries >= 0),
  used_at timestamptz
);
CREATE INDEX customer_codes_expires ON customer_codes (expires_at);
GRANT SELECT, INSERT, DELETE, UPDATE (tries, used_at) ON customer_codes TO shangmai_app;
""")
    for table in ("customer_sessions", "customer_passwords", "customer_codes"):
        run_sql(scope_policy(table, shop="shop_id"))
    run_sql(member_policy("customers", "id"))
    for table in ("customer_addresses", "customer_levels", "customer_sessions", "customer_passwords"):
        run_sql(member_policy(table, "customer_id"))

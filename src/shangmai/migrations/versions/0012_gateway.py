"""Payment providers: payers that were asked, what providers told, refunds asked of providers."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE payment_intents (
  id uuid PRIMARY KEY,
  provider text NOT NULL,
  merchant text NOT NULL,
  order_id uuid NOT NULL,
  company_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  customer_id uuid,
  subject text NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  status text NOT NULL CHECK (status IN ('open', 'paid', 'closed')),
  created_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  cause uuid NOT NULL
) WITH (fillfactor = 80);
CREATE UNIQUE INDEX payment_intents_open ON payment_intents (order_id) WHERE status = 'open';
CREATE INDEX payment_intents_order ON payment_intents (order_id);
GRANT SELECT, INSERT, UPDATE (status) ON payment_intents TO shangmai_app;

CREATE TABLE payment_callbacks (
  id uuid PRIMARY KEY,
  provider text NOT NULL,
  notification_id text NOT NULL,
  intent_id uuid NOT NULL,
  shop_id uuid,
  order_id uuid,
  verdict text NOT NULL CHECK (verdict IN ('accepted', 'late', 'not_paid', 'recorded_already', 'unknown_intent',
    'wrong_merchant', 'wrong_currency', 'wrong_amount', 'expired', 'conflicting')),
  headers json NOT NULL,
  body text NOT NULL,
  body_hash bytea NOT NULL CHECK (length(body_hash) = 32),
  received_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
CREATE UNIQUE INDEX payment_callbacks_once ON payment_callbacks (provider, notification_id)
  WHERE verdict <> 'conflicting';
CREATE UNIQUE INDEX payment_callbacks_conflicting ON payment_callbacks (provider, notification_id, body_hash);
CREATE INDEX payment_callbacks_list ON payment_callbacks (received_at, id);
GRANT SELECT, INSERT ON payment_callbacks TO shangmai_app;

CREATE TABLE refund_calls (
  refund_id uuid PRIMARY KEY,
  provider text NOT NULL,
  merchant text NOT NULL,
  order_id uuid NOT NULL,
  shop_id uuid NOT NULL,
  amount_minor bigint NOT NULL CHECK (amount_minor > 0),
  currency char(3) NOT NULL,
  status text NOT NULL DEFAULT 'requested' CHECK (status IN ('requested', 'done', 'failed')),
  attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
  answer text CHECK ((answer IS NOT NULL) = (status = 'done')),
  reason text,
  requested_at timestamptz NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX refund_calls_list ON refund_calls (requested_at, refund_id);
GRANT SELECT, INSERT, UPDATE (status, attempts, answer, reason) ON refund_calls TO shangmai_app;
""")
    for table in ("payment_intents", "payment_callbacks", "refund_calls"):
        run_sql(scope_policy(table, shop="shop_id"))

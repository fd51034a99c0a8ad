"""Merchant accounts at payment providers, trades that providers know of, and refunds by the payment they give back."""

from shangmai.kernel.db.migrate import run_sql

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

# Who sees a shop of the company sees what the shop takes money with: the subselect reads shops under the same scope.
_ACCOUNTS_POLICY = """
ALTER TABLE payment_accounts ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_accounts FORCE ROW LEVEL SECURITY;
CREATE POLICY scope ON payment_accounts USING (
  (SELECT current_setting('app.company', true)) = '*'
  OR company_id = ANY ((SELECT NULLIF(NULLIF(current_setting('app.company', true), '*'), '')::uuid[])::uuid[])
  OR EXISTS (SELECT FROM shops WHERE shops.company_id = payment_accounts.company_id)
) WITH CHECK (
  (SELECT current_setting('app.company', true)) = '*'
  OR company_id = ANY ((SELECT NULLIF(NULLIF(current_setting('app.company', true), '*'), '')::uuid[])::uuid[])
);
"""


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE payment_accounts (
  id uuid PRIMARY KEY,
  company_id uuid NOT NULL,
  shop_id uuid,
  provider text NOT NULL,
  merchant text NOT NULL CHECK (merchant <> ''),
  app_id text NOT NULL,
  environment text NOT NULL CHECK (environment IN ('live', 'sandbox', 'simulator')),
  base_url text NOT NULL,
  scenes text[] NOT NULL,
  min_minor bigint NOT NULL CHECK (min_minor >= 0),
  max_minor bigint CHECK (max_minor >= min_minor),
  is_enabled boolean NOT NULL,
  certificate_serial text NOT NULL,
  platform_key_id text NOT NULL,
  platform_key text NOT NULL,
  private_key bytea,
  api_v3_key bytea,
  certificates jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(certificates) = 'object'),
  certificates_at timestamptz,
  updated_at timestamptz NOT NULL,
  checked_at timestamptz,
  problem text,
  problem_zh text,
  CONSTRAINT payment_accounts_one UNIQUE NULLS NOT DISTINCT (company_id, provider, shop_id)
);
GRANT SELECT, INSERT, UPDATE ON payment_accounts TO shangmai_app;
""")
    run_sql(_ACCOUNTS_POLICY)
    run_sql("""
ALTER TABLE payment_intents ADD account_id uuid;
ALTER TABLE payment_intents ADD app_id text;
ALTER TABLE payment_intents ADD scene text NOT NULL DEFAULT 'page' CHECK (scene IN ('jsapi', 'h5', 'page', 'native'));
ALTER TABLE payment_intents ADD asked_at timestamptz;
ALTER TABLE payment_intents ADD looked_at timestamptz;
ALTER TABLE payment_intents ADD over_at timestamptz;
ALTER TABLE payment_intents ALTER scene DROP DEFAULT;
CREATE INDEX payment_intents_asked ON payment_intents (asked_at) WHERE status = 'open' AND asked_at IS NOT NULL;
CREATE INDEX payment_intents_ending ON payment_intents (expires_at) WHERE status = 'open';
GRANT UPDATE (asked_at, looked_at, over_at) ON payment_intents TO shangmai_app;

ALTER TABLE payments ADD intent_id uuid;
CREATE INDEX payments_intent ON payments (intent_id) WHERE intent_id IS NOT NULL;

ALTER TABLE payment_callbacks ADD account_id uuid;
ALTER TABLE payment_callbacks DROP CONSTRAINT payment_callbacks_verdict_check;
ALTER TABLE payment_callbacks ADD CONSTRAINT payment_callbacks_verdict_check CHECK (verdict IN ('accepted', 'late',
  'not_paid', 'recorded_already', 'unknown_intent', 'wrong_merchant', 'wrong_app', 'wrong_currency', 'wrong_amount',
  'expired', 'refund', 'conflicting')) NOT VALID;

ALTER TABLE refund_calls ADD id uuid;
ALTER TABLE refund_calls ADD company_id uuid;
ALTER TABLE refund_calls ADD payment_id uuid;
ALTER TABLE refund_calls ADD intent_id uuid;
ALTER TABLE refund_calls ADD account_id uuid;
ALTER TABLE refund_calls ADD transaction text;
ALTER TABLE refund_calls ADD paid_minor bigint;
ALTER TABLE refund_calls ADD sent_at timestamptz;
ALTER TABLE refund_calls DISABLE ROW LEVEL SECURITY;
ALTER TABLE payments DISABLE ROW LEVEL SECURITY;
ALTER TABLE payment_intents DISABLE ROW LEVEL SECURITY;
UPDATE payments p SET intent_id = i.id FROM payment_intents i WHERE p.kind = 'payment' AND i.order_id = p.order_id
  AND i.provider = p.method AND p.reference = 'T' || replace(i.id::text, '-', '');
UPDATE refund_calls c SET id = refund_id, company_id = p.company_id, payment_id = p.id, transaction = p.reference,
  paid_minor = p.amount_minor, sent_at = requested_at,
  intent_id = coalesce((SELECT i.id FROM payment_intents i WHERE i.order_id = c.order_id AND i.provider = c.provider
    AND i.status = 'paid' ORDER BY i.created_at LIMIT 1), p.id)
  FROM (SELECT DISTINCT ON (order_id, method) id, company_id, order_id, method, reference, amount_minor FROM payments
    WHERE kind = 'payment' ORDER BY order_id, method, amount_minor DESC) p
  WHERE p.order_id = c.order_id AND p.method = c.provider;
ALTER TABLE refund_calls ENABLE ROW LEVEL SECURITY;
ALTER TABLE payments ENABLE ROW LEVEL SECURITY;
ALTER TABLE payment_intents ENABLE ROW LEVEL SECURITY;
ALTER TABLE refund_calls ALTER company_id SET NOT NULL;
ALTER TABLE refund_calls ALTER payment_id SET NOT NULL;
ALTER TABLE refund_calls ALTER intent_id SET NOT NULL;
ALTER TABLE refund_calls ALTER transaction SET NOT NULL;
ALTER TABLE refund_calls ALTER paid_minor SET NOT NULL;
ALTER TABLE refund_calls DROP CONSTRAINT refund_calls_pkey;
ALTER TABLE refund_calls ADD PRIMARY KEY (id);
ALTER TABLE refund_calls ADD CONSTRAINT refund_calls_part UNIQUE (refund_id, payment_id);
ALTER TABLE refund_calls ADD CONSTRAINT refund_calls_within CHECK (amount_minor <= paid_minor) NOT VALID;
CREATE INDEX refund_calls_payment ON refund_calls (payment_id);
CREATE INDEX refund_calls_under_way ON refund_calls (requested_at) WHERE status IN ('requested', 'processing');
ALTER TABLE refund_calls DROP CONSTRAINT refund_calls_status_check;
ALTER TABLE refund_calls ADD CONSTRAINT refund_calls_status_check
  CHECK (status IN ('requested', 'processing', 'done', 'failed'));
ALTER TABLE refund_calls DROP CONSTRAINT refund_calls_check;
ALTER TABLE refund_calls ADD CONSTRAINT refund_calls_answer CHECK (status <> 'done' OR answer IS NOT NULL);
GRANT UPDATE (sent_at) ON refund_calls TO shangmai_app;
""")

"""Member levels by what members spend in a period."""

from shangmai.kernel.db.migrate import member_policy, run_sql, scope_policy

revision = "0054"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE customer_spendings (
  doc uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  customer_id uuid NOT NULL,
  spent_minor bigint NOT NULL CHECK (spent_minor >= 0),
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
) WITH (fillfactor = 80);
CREATE INDEX customer_spendings_customer ON customer_spendings (customer_id, at);
GRANT SELECT, INSERT, UPDATE (spent_minor) ON customer_spendings TO shangmai_app;
CREATE TABLE level_rules (
  shop_id uuid PRIMARY KEY REFERENCES shops (id),
  rule json NOT NULL,
  since timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE (rule, since, cause) ON level_rules TO shangmai_app;
CREATE TABLE level_reviews (
  customer_id uuid PRIMARY KEY,
  shop_id uuid NOT NULL,
  due_at timestamptz NOT NULL,
  FOREIGN KEY (customer_id, shop_id) REFERENCES customers (id, shop_id)
) WITH (fillfactor = 80);
CREATE INDEX level_reviews_due ON level_reviews (due_at, customer_id);
GRANT SELECT, INSERT, DELETE, UPDATE (due_at) ON level_reviews TO shangmai_app;
INSERT INTO customer_spendings (doc, shop_id, customer_id, spent_minor, at, cause)
  SELECT o.id, o.shop_id, o.customer_id, sum(l.amount_minor - l.canceled_minor - l.returned_minor), o.placed_at, o.id
  FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.kind = 'goods' JOIN customers c ON c.id = o.customer_id
    AND c.shop_id = o.shop_id JOIN shops s ON s.id = o.shop_id AND s.currency = o.currency
  WHERE o.status = 'signed' AND o.payment_status = 'paid' GROUP BY o.id;
UPDATE roles SET grants = grants || ARRAY['members.set_level_rule'] WHERE code = 'merchandiser'
  AND NOT grants @> ARRAY['members.set_level_rule'];
""")
    for table in ("customer_spendings", "level_rules", "level_reviews"):
        run_sql(scope_policy(table, shop="shop_id"))
    for table in ("customer_spendings", "level_reviews"):
        run_sql(member_policy(table, "customer_id"))

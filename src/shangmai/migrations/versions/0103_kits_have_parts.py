"""No kit is without components, so no order waits for them: policies do not speak of that cause any more."""

from shangmai.kernel.db.migrate import run_sql

revision = "0103"
down_revision = "0102"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
SET LOCAL app.company = '*';
UPDATE order_exception_policies SET policy = jsonb_set(policy, '{causes}',
  (SELECT coalesce(jsonb_agg(c ORDER BY n), '[]')
   FROM jsonb_array_elements(policy -> 'causes') WITH ORDINALITY AS t (c, n) WHERE c ->> 'code' <> 'orders.kit_empty'))
WHERE policy @> '{"causes": [{"code": "orders.kit_empty"}]}';
""")

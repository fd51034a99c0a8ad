"""Logistics: freight templates, how products are sent, and each shop's version of both."""

from shangmai.kernel.db.migrate import run_sql, scope_policy

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None


def upgrade() -> None:
    run_sql("""
CREATE TABLE freight_settings (
  shop_id uuid PRIMARY KEY REFERENCES shops (id),
  combining text NOT NULL CHECK (combining IN ('sum', 'max', 'first')),
  version integer NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON freight_settings TO shangmai_app;
CREATE VIEW freight_versions_v1 WITH (security_invoker = true) AS SELECT shop_id, version FROM freight_settings;
GRANT SELECT ON freight_versions_v1 TO shangmai_app;
CREATE TABLE freight_templates (
  id uuid PRIMARY KEY,
  shop_id uuid NOT NULL REFERENCES shops (id),
  code text NOT NULL,
  name text NOT NULL,
  name_en text NOT NULL,
  basis text NOT NULL CHECK (basis IN ('weight', 'pieces', 'volume', 'fixed')),
  zones json NOT NULL,
  not_to text[] NOT NULL,
  is_default boolean NOT NULL,
  active boolean NOT NULL,
  changed_at timestamptz NOT NULL,
  cause uuid NOT NULL,
  UNIQUE (shop_id, code),
  UNIQUE (id, shop_id)
);
CREATE UNIQUE INDEX freight_templates_default ON freight_templates (shop_id) WHERE is_default;
GRANT SELECT, INSERT, UPDATE ON freight_templates TO shangmai_app;
CREATE TABLE freight_items (
  shop_id uuid NOT NULL REFERENCES shops (id),
  product_id uuid NOT NULL,
  template_id uuid,
  volume_cm3 integer NOT NULL CHECK (volume_cm3 >= 0),
  cause uuid NOT NULL,
  PRIMARY KEY (shop_id, product_id),
  FOREIGN KEY (template_id, shop_id) REFERENCES freight_templates (id, shop_id)
);
GRANT SELECT, INSERT, UPDATE ON freight_items TO shangmai_app;
UPDATE roles SET grants = grants || ARRAY['logistics.*']
  WHERE code = 'merchandiser' AND NOT grants @> ARRAY['logistics.*'];
""")
    for table in ("freight_settings", "freight_templates", "freight_items"):
        run_sql(scope_policy(table, shop="shop_id"))

"""Identity: users, roles, sessions, API keys, second factors, and what slows guessing down."""

from shangmai.kernel.db.migrate import run_sql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
CREATE TABLE users (
  id uuid PRIMARY KEY,
  login text NOT NULL CONSTRAINT users_login UNIQUE CHECK (login <> ''),
  display_name text NOT NULL CHECK (display_name <> ''),
  password_hash text,
  is_active boolean NOT NULL DEFAULT true,
  scopes jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(scopes) = 'object'),
  created_at timestamptz NOT NULL
);
GRANT SELECT, INSERT, UPDATE (display_name, password_hash, is_active, scopes) ON users TO shangmai_app;

CREATE TABLE roles (
  code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_-]{0,31}$'),
  name text NOT NULL CHECK (name <> ''),
  name_en text NOT NULL CHECK (name_en <> ''),
  grants text[] NOT NULL,
  is_builtin boolean NOT NULL DEFAULT false
);
GRANT SELECT, INSERT, UPDATE (name, name_en, grants) ON roles TO shangmai_app;

CREATE TABLE user_roles (
  user_id uuid NOT NULL REFERENCES users (id),
  role_code text NOT NULL REFERENCES roles (code),
  PRIMARY KEY (user_id, role_code)
);
CREATE INDEX user_roles_role ON user_roles (role_code);
GRANT SELECT, INSERT, DELETE ON user_roles TO shangmai_app;

CREATE TABLE sessions (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  token_hash bytea NOT NULL UNIQUE CHECK (length(token_hash) = 32),
  created_at timestamptz NOT NULL,
  last_seen_at timestamptz NOT NULL,
  expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
  source text NOT NULL,
  user_agent text NOT NULL,
  ended_at timestamptz,
  end_reason text CHECK (end_reason IN ('logout', 'revoked', 'password', 'disabled', 'expired')),
  CHECK ((ended_at IS NULL) = (end_reason IS NULL))
) WITH (fillfactor = 80);
CREATE INDEX sessions_user ON sessions (user_id, id);
CREATE INDEX sessions_ended ON sessions (ended_at) WHERE ended_at IS NOT NULL;
GRANT SELECT, INSERT, DELETE, UPDATE (last_seen_at, ended_at, end_reason) ON sessions TO shangmai_app;

CREATE TABLE api_keys (
  id uuid PRIMARY KEY,
  user_id uuid NOT NULL REFERENCES users (id),
  name text NOT NULL CHECK (name <> ''),
  hint text NOT NULL,
  key_hash bytea NOT NULL UNIQUE CHECK (length(key_hash) = 32),
  grants text[] NOT NULL CHECK (cardinality(grants) > 0),
  scopes jsonb CHECK (jsonb_typeof(scopes) = 'object'),
  created_at timestamptz NOT NULL,
  expires_at timestamptz CHECK (expires_at > created_at),
  last_used_on date,
  revoked_at timestamptz
);
CREATE INDEX api_keys_user ON api_keys (user_id, id);
GRANT SELECT, INSERT, UPDATE (last_used_on, revoked_at) ON api_keys TO shangmai_app;

CREATE TABLE totp_secrets (
  user_id uuid PRIMARY KEY REFERENCES users (id),
  secret bytea NOT NULL,
  is_confirmed boolean NOT NULL DEFAULT false,
  used_steps bigint[] NOT NULL DEFAULT '{}'
);
GRANT SELECT, INSERT, DELETE, UPDATE (secret, is_confirmed, used_steps) ON totp_secrets TO shangmai_app;

CREATE TABLE recovery_codes (
  user_id uuid NOT NULL REFERENCES users (id),
  code_hash bytea NOT NULL CHECK (length(code_hash) = 32),
  PRIMARY KEY (user_id, code_hash)
);
GRANT SELECT, INSERT, DELETE ON recovery_codes TO shangmai_app;

CREATE TABLE known_devices (
  token_hash bytea NOT NULL CHECK (length(token_hash) = 32),
  user_id uuid NOT NULL REFERENCES users (id),
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (token_hash, user_id)
);
GRANT SELECT, INSERT, DELETE, UPDATE (expires_at) ON known_devices TO shangmai_app;

CREATE TABLE login_throttles (
  key bytea PRIMARY KEY CHECK (length(key) = 32),
  failures integer NOT NULL CHECK (failures >= 0),
  last_at timestamptz NOT NULL
) WITH (fillfactor = 50);
CREATE INDEX login_throttles_last_at ON login_throttles (last_at);
GRANT SELECT, INSERT, DELETE, UPDATE (failures, last_at) ON login_throttles TO shangmai_app;

INSERT INTO roles (code, name, name_en, is_builtin, grants) VALUES
  ('owner', '老板', 'Owner', true, ARRAY['*']),
  ('clerk', '客服', 'Customer service', true, ARRAY[
    'orders.place', 'orders.cancel', 'orders.return', 'orders.read', 'aftersales.*', 'members.register',
    'members.update', 'members.add_address', 'members.remove_address', 'members.set_default_address', 'members.unmask',
    'members.read', 'organization.read', 'catalog.read', 'inventory.read', 'payments.read', 'logistics.read',
    'messaging.read']),
  ('picker', '仓管', 'Warehouse', true, ARRAY[
    'inventory.*', 'warehouse.*', 'logistics.*', 'orders.ship', 'orders.read', 'organization.read', 'catalog.read']),
  ('accountant', '财务', 'Accountant', true, ARRAY['ledger.*', 'payments.*', 'finance.*', 'orders.pay', '*.read']),
  ('auditor', '只读', 'Read only', true, ARRAY['*.read']),
  ('developer', '开发', 'Developer', true, ARRAY[
    'openapi.*', 'automation.*', 'channels.*', 'migration.*', 'events.*', 'jobs.*', 'identity.keys', '*.read']);
""")

"""The kernel: the application role, the action log and its chain, the event log, counters, monthly partitions."""

from shangmai.kernel.db.migrate import run_sql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:  # long: a script of SQL, one statement after the other
    run_sql("""
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'shangmai_app') THEN
    CREATE ROLE shangmai_app NOLOGIN NOSUPERUSER NOBYPASSRLS;
  END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
  NULL;  -- another database of this server was migrated at the same moment
END $$;
DO $$ BEGIN
  EXECUTE format('GRANT shangmai_app TO %I', current_user);
END $$;
GRANT USAGE ON SCHEMA public TO shangmai_app;
GRANT SELECT ON alembic_version TO shangmai_app;

CREATE TABLE monthly_tables (name text PRIMARY KEY, column_name text NOT NULL);
CREATE FUNCTION ensure_month(y integer, m integer) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  t record;
  part text;
  since timestamptz := make_timestamptz(y, m, 1, 0, 0, 0, 'UTC');
BEGIN
  PERFORM pg_advisory_xact_lock(hashtext('ensure_month'));
  FOR t IN SELECT name FROM monthly_tables ORDER BY name LOOP
    part := format('%s_%s%s', t.name, y, lpad(m::text, 2, '0'));
    IF to_regclass(part) IS NULL THEN
      EXECUTE format('CREATE TABLE %I (LIKE %I INCLUDING DEFAULTS INCLUDING CONSTRAINTS)', part, t.name);
      EXECUTE format('ALTER TABLE %I ATTACH PARTITION %I FOR VALUES FROM (%L) TO (%L)',
                     t.name, part, since, since + interval '1 month');
    END IF;
  END LOOP;
END $$;
REVOKE ALL ON FUNCTION ensure_month(integer, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION ensure_month(integer, integer) TO shangmai_app;

CREATE TABLE action_log (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  recorded_at timestamptz NOT NULL DEFAULT now(),
  id uuid NOT NULL,
  at timestamptz NOT NULL,
  action text NOT NULL,
  door text NOT NULL,
  actor_id uuid NOT NULL,
  actor_kind text NOT NULL,
  actor_name text NOT NULL,
  key text,
  origin text,
  input json NOT NULL,
  ok boolean NOT NULL,
  error_code text CHECK (ok = (error_code IS NULL)),
  output json,
  duration_us bigint NOT NULL,
  PRIMARY KEY (seq, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX action_log_id ON action_log (id);
CREATE INDEX action_log_xid ON action_log (xid, seq);
GRANT SELECT, INSERT ON action_log TO shangmai_app;
INSERT INTO monthly_tables VALUES ('action_log', 'recorded_at');

CREATE TABLE action_claims (
  actor_id uuid NOT NULL,
  key text NOT NULL,
  log_id uuid NOT NULL,
  input_hash bytea NOT NULL,
  PRIMARY KEY (actor_id, key)
);
GRANT SELECT, INSERT ON action_claims TO shangmai_app;

CREATE TABLE action_chain (
  seq bigint PRIMARY KEY,
  log_id uuid NOT NULL UNIQUE,
  hash bytea NOT NULL CHECK (length(hash) = 32)
);
GRANT SELECT, INSERT ON action_chain TO shangmai_app;

CREATE TABLE events (
  seq bigint GENERATED ALWAYS AS IDENTITY,
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  recorded_at timestamptz NOT NULL DEFAULT now(),
  id uuid NOT NULL,
  name text NOT NULL,
  key text NOT NULL,
  lane_hash smallint NOT NULL,
  at timestamptz NOT NULL,
  cause uuid NOT NULL,
  payload json NOT NULL,
  PRIMARY KEY (seq, recorded_at)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX events_id ON events (id);
CREATE INDEX events_xid ON events (xid, seq);
CREATE INDEX events_key ON events (key, seq);
GRANT SELECT, INSERT ON events TO shangmai_app;
INSERT INTO monthly_tables VALUES ('events', 'recorded_at');

CREATE TABLE event_cursors (
  consumer text NOT NULL,
  lane integer NOT NULL,
  done text NOT NULL,
  open_window text,
  seq bigint NOT NULL,
  PRIMARY KEY (consumer, lane)
) WITH (fillfactor = 20);
GRANT SELECT, INSERT, UPDATE ON event_cursors TO shangmai_app;

CREATE TABLE event_parked (
  consumer text NOT NULL,
  seq bigint NOT NULL,
  event_id uuid NOT NULL,
  key text NOT NULL,
  reason text NOT NULL,
  attempts integer NOT NULL,
  parked_at timestamptz NOT NULL,
  PRIMARY KEY (consumer, seq)
);
CREATE INDEX event_parked_key ON event_parked (consumer, key);
GRANT SELECT, INSERT, UPDATE, DELETE ON event_parked TO shangmai_app;

CREATE TABLE document_numbers (
  prefix text NOT NULL,
  day date NOT NULL,
  last bigint NOT NULL,
  PRIMARY KEY (prefix, day)
) WITH (fillfactor = 20);
GRANT SELECT, INSERT, UPDATE ON document_numbers TO shangmai_app;
""")

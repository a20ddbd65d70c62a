-- The log, as it was: one row for each record, never changed.
--
-- `log` tells incarnations of the log apart: one made anew counts from 1 again, and its rows stand beside the old ones.
-- The sequence in it is the key, so nothing is stored twice; the highest is where the next reading begins, so nothing
-- is left out. A jump between two sequences is right where quotes, bars, ticks or refusals had aged out of the log
-- before they could be read; that nothing else is missing is guarded by the reader's own count.

CREATE TABLE audit.logs (
    log      integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    identity text NOT NULL UNIQUE,
    begun    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE audit.records (
    log      integer NOT NULL REFERENCES audit.logs,
    sequence bigint NOT NULL CHECK (sequence > 0),
    at       timestamptz NOT NULL,
    subject  text NOT NULL,
    kind     text NOT NULL,
    account  text NOT NULL,
    refs     text[] NOT NULL,
    cause    bigint NOT NULL,
    trace    text NOT NULL,
    number   bigint NOT NULL,
    body     jsonb,
    data     bytea NOT NULL,
    PRIMARY KEY (log, sequence)
);

COMMENT ON COLUMN audit.records.at IS 'when the log''s server stored it';
COMMENT ON COLUMN audit.records.kind IS 'name of the message, empty where the bytes could not be decoded';
COMMENT ON COLUMN audit.records.refs IS 'every id that the message names: what shares one belongs to one story';
COMMENT ON COLUMN audit.records.cause IS 'sequence of the record that led to it, 0 for the outside world';
COMMENT ON COLUMN audit.records.body IS 'for questions; the bytes in `data` are what counts';
COMMENT ON COLUMN audit.records.data IS 'the bytes that the log holds';

CREATE INDEX records_by_kind ON audit.records (log, kind, sequence);
-- Without fastupdate, or every question reads through what is not yet in order.
CREATE INDEX records_by_ref ON audit.records USING gin (refs) WITH (fastupdate = off) WHERE cardinality(refs) > 0;

-- Privileges keep the writer from changing anything, these keep everybody: also a superuser, also in a session that
-- passes over ordinary triggers. What is left is dropping the table, which cannot be done by mistake.
CREATE FUNCTION audit.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'audit.% is append-only: % is refused', TG_TABLE_NAME, lower(TG_OP)
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.logs
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.records
    FOR EACH STATEMENT EXECUTE FUNCTION audit.refuse();
ALTER TABLE audit.logs ENABLE ALWAYS TRIGGER append_only;
ALTER TABLE audit.records ENABLE ALWAYS TRIGGER append_only;

GRANT USAGE ON SCHEMA audit TO audit_writers;
GRANT SELECT, INSERT ON audit.logs, audit.records TO audit_writers;

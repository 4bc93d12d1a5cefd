-- The rollout: its state, its log, who leads it; and sums of what arms did. Times are UTC milliseconds.

-- The time of day by the database's clock, which all machines share.
CREATE VIEW database_clock AS SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER) AS now_ms;

-- One row an experiment. Every write names the version it knows and makes the next.
CREATE TABLE rollout_state (
    experiment TEXT PRIMARY KEY,
    version BIGINT NOT NULL,
    state TEXT NOT NULL
);

-- Every change with who, why, before and after, and every decision with its figures. Nothing is ever changed here: the
-- last `after` of an experiment is its state.
CREATE TABLE rollout_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    experiment TEXT NOT NULL,
    version BIGINT NOT NULL,
    logged_at BIGINT NOT NULL,
    who TEXT NOT NULL,
    why TEXT NOT NULL,
    action TEXT NOT NULL,
    before TEXT,
    after TEXT,
    decision TEXT
);
CREATE INDEX rollout_log_experiment ON rollout_log (experiment, id);

-- Who does what only one machine may do; the epoch grows with each new holder, and fences off the ones before.
CREATE TABLE leases (
    name TEXT PRIMARY KEY,
    holder TEXT NOT NULL,
    epoch BIGINT NOT NULL,
    expires_at BIGINT NOT NULL
);

-- Sums over analyses by assigned arm: `scope` is 'minute' or 'hour' with `slot` their beginning, or 'step:KEY' of an
-- experiment with `slot` the step's number.
CREATE TABLE tallies (
    scope TEXT NOT NULL,
    slot BIGINT NOT NULL,
    arm TEXT NOT NULL,
    model TEXT NOT NULL,
    measure TEXT NOT NULL,
    n BIGINT NOT NULL,
    PRIMARY KEY (scope, slot, arm, model, measure)
);

-- What a unit did in its step, each counted once.
ALTER TABLE step_units ADD COLUMN arm TEXT;
ALTER TABLE step_units ADD COLUMN failed BIGINT NOT NULL DEFAULT 0;
ALTER TABLE step_units ADD COLUMN unusable BIGINT NOT NULL DEFAULT 0;
ALTER TABLE step_units ADD COLUMN slow BIGINT NOT NULL DEFAULT 0;
ALTER TABLE step_units ADD COLUMN crossed BIGINT NOT NULL DEFAULT 0;

CREATE TRIGGER rollout_log_kept BEFORE UPDATE ON rollout_log BEGIN SELECT RAISE(ABORT, 'the log is only appended to'); END;
CREATE TRIGGER rollout_log_whole BEFORE DELETE ON rollout_log BEGIN SELECT RAISE(ABORT, 'the log is only appended to'); END;

-- Analyses, every attempt at a provider, history, usage, feedback. Times are UTC milliseconds, money is nano-USD.

-- One finished analysis. `result` is all of it as JSON; the other columns are what statistics select by.
CREATE TABLE analyses (
    id TEXT COLLATE "C" PRIMARY KEY,
    created_at BIGINT NOT NULL,
    user_hash TEXT,
    kind TEXT NOT NULL,
    status TEXT NOT NULL,
    legibility TEXT NOT NULL,
    assigned_arm TEXT NOT NULL,
    serving_arm TEXT NOT NULL,
    model TEXT NOT NULL,
    degraded BIGINT NOT NULL,
    total_ms BIGINT NOT NULL,
    language TEXT NOT NULL,
    result TEXT NOT NULL
);
CREATE INDEX analyses_created_at ON analyses (created_at);
CREATE INDEX analyses_user_hash ON analyses (user_hash);

-- One row per attempt. No foreign key: an analysis that came to nothing leaves its attempts here and no other row.
CREATE TABLE provider_calls (
    analysis_id TEXT COLLATE "C" NOT NULL,
    attempt BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    experiment TEXT,
    step BIGINT,
    unit_hash TEXT NOT NULL,
    assigned_arm TEXT NOT NULL,
    serving_arm TEXT NOT NULL,
    role TEXT NOT NULL,
    outcome TEXT NOT NULL,
    requested_model TEXT NOT NULL,
    served_model TEXT,
    prompt_hash TEXT,
    provider_ms BIGINT NOT NULL,
    input_tokens BIGINT NOT NULL,
    cached_tokens BIGINT NOT NULL,
    output_tokens BIGINT NOT NULL,
    thinking_tokens BIGINT NOT NULL,
    cost_nano_usd BIGINT NOT NULL,
    PRIMARY KEY (analysis_id, attempt)
);
CREATE INDEX provider_calls_started_at ON provider_calls (started_at);
CREATE INDEX provider_calls_unit_hash ON provider_calls (unit_hash);

-- Who was exposed in which step of an experiment.
CREATE TABLE step_units (
    experiment TEXT NOT NULL,
    step BIGINT NOT NULL,
    unit TEXT NOT NULL,
    first_at BIGINT NOT NULL,
    PRIMARY KEY (experiment, step, unit)
);
CREATE INDEX step_units_unit ON step_units (unit);
CREATE INDEX step_units_first_at ON step_units (first_at);

-- A user's history: the only table that holds a raw user id. Ids sort by time, byte by byte.
CREATE TABLE user_analyses (
    user_id TEXT NOT NULL,
    analysis_id TEXT COLLATE "C" NOT NULL REFERENCES analyses (id) ON DELETE CASCADE,
    PRIMARY KEY (user_id, analysis_id)
);
CREATE INDEX user_analyses_analysis_id ON user_analyses (analysis_id);

-- Counted analyses of a user in a calendar month (UTC), the month as yyyymm.
CREATE TABLE usage (
    user_hash TEXT NOT NULL,
    month BIGINT NOT NULL,
    used BIGINT NOT NULL,
    PRIMARY KEY (user_hash, month)
);

CREATE TABLE feedback (
    analysis_id TEXT COLLATE "C" PRIMARY KEY REFERENCES analyses (id) ON DELETE CASCADE,
    created_at BIGINT NOT NULL,
    verdict_correct BIGINT NOT NULL,
    correct_status TEXT,
    ingredient TEXT,
    comment TEXT
);

-- Until when a user is forgotten: what was analysed before and is stored after (in flight, spooled) stays anonymous.
CREATE TABLE forgotten (
    user_hash TEXT PRIMARY KEY,
    forgotten_at BIGINT NOT NULL
);

-- Keys made by the service itself and shared by all its machines.
CREATE TABLE service_keys (
    name TEXT PRIMARY KEY,
    secret TEXT NOT NULL
);

-- What the app counts by itself, of a user in a calendar month (UTC, as yyyymm): apart from usage, which it never adds to.
CREATE TABLE counters (
    user_hash TEXT NOT NULL,
    name TEXT NOT NULL,
    month BIGINT NOT NULL,
    value BIGINT NOT NULL,
    PRIMARY KEY (user_hash, name, month)
);

-- What users say about single ingredients; `said_at` is their own clock's word.
CREATE TABLE reports (
    id TEXT PRIMARY KEY,
    created_at BIGINT NOT NULL,
    user_hash TEXT,
    ingredient TEXT NOT NULL,
    feedback TEXT NOT NULL,
    product_id TEXT,
    is_vegan BIGINT,
    said_at TEXT
);
CREATE INDEX reports_created_at ON reports (created_at);
CREATE INDEX reports_user_hash ON reports (user_hash);

-- Requests that carried a key of their own. `answer` is null while one is in flight; who has not answered by
-- `lease_until` never will.
CREATE TABLE request_keys (
    key_hash TEXT PRIMARY KEY,
    body_hash TEXT NOT NULL,
    analysis_id TEXT NOT NULL,
    user_hash TEXT,
    lease_until BIGINT NOT NULL,
    expires_at BIGINT NOT NULL,
    answer TEXT
);
CREATE INDEX request_keys_expires_at ON request_keys (expires_at);
CREATE INDEX request_keys_user_hash ON request_keys (user_hash);

-- Analyses that are fetched later stand among the requests' keys: how far the work has come (`stage`, `percent` of the
-- whole), and why it failed, as JSON. A key whose request failed is free.
ALTER TABLE request_keys ADD COLUMN stage TEXT;
ALTER TABLE request_keys ADD COLUMN percent BIGINT;
ALTER TABLE request_keys ADD COLUMN failure TEXT;
CREATE INDEX request_keys_analysis_id ON request_keys (analysis_id);

-- Who may call while AUTH=keys: SHA-256 of the key, hex. The key itself is shown once and kept nowhere.
CREATE TABLE api_keys (
    name TEXT PRIMARY KEY,
    key_hash TEXT NOT NULL UNIQUE,
    per_minute BIGINT NOT NULL,
    created_at BIGINT NOT NULL,
    revoked_at BIGINT
);

-- Users without a monthly limit, set by an admin.
CREATE TABLE premium_users (
    user_hash TEXT PRIMARY KEY,
    since BIGINT NOT NULL
);

-- What all machines together have leased of the budget of a period, nano-USD. A lease counts as spent until it is given
-- back.
CREATE TABLE budgets (
    period TEXT PRIMARY KEY,
    ends_at BIGINT NOT NULL,
    leased BIGINT NOT NULL
);

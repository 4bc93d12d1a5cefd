//! The rollout on live traffic: instances on one PostgreSQL, vendors whose failures and slowness change, a database that
//! goes away, figures against the rows they are made of.

mod arms;
mod commands;
mod figures;
mod traffic;

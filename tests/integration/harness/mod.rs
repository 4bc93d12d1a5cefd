//! What the tests need around the service.

pub mod postgres;

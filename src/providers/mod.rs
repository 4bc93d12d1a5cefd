//! Pictures to a Reading by remote models.

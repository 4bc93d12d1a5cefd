//! Builds every room in dependency order and stops them in order.

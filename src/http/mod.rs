//! Routes, JSON, limits and errors.

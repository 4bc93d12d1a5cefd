//! The path of one analysis, one line a step.

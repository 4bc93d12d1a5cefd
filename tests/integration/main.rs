//! Tests of the whole program, as a caller meets it.

mod media;

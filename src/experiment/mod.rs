//! Which arm answers a request, and why. Pure: state, clock and randomness come in.

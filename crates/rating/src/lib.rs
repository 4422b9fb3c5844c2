//! What things cost: tariffs, shares of a month, rounding. Pure.

"""The gate: one verdict per signal and account."""

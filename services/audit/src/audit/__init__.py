"""The log in PostgreSQL, append-only."""

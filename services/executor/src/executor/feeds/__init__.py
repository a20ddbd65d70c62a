"""Market data and market time on their way into the log."""

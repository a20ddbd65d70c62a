"""Takes signals in."""

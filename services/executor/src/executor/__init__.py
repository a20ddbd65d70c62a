"""The only holder of broker keys: orders out, facts in."""

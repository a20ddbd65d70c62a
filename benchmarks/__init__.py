"""Measurements of the running system; they assert nothing and are no tests."""

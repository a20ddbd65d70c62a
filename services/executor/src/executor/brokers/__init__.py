"""Adapters to brokers; `broker` is what they have in common."""

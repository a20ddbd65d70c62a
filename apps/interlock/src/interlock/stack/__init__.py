"""The embedded stack: real servers and every service as supervised processes of one command."""

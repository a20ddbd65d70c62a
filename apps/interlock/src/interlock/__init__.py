"""The command: up, down, status, signal, orders, why."""

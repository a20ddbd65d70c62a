"""The executor: approvals and exits become broker orders, what the broker does becomes facts."""

"""What people and `make` run beside the product."""

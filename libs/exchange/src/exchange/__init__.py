"""A pure matching core: accounts, orders, groups, fills."""

"""The Tradier adapter: REST by hand, account events as a reason to look at the orders."""

"""A broker that plays the orders itself, at real prices: nothing is sent."""

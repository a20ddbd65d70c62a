"""What is held, and the orders that sell it: shares, orders of ours and of others, and how facts change them."""

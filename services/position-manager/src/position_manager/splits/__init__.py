"""What a split makes of shares, prices and orders."""

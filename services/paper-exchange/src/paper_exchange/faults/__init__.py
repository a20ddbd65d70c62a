"""What goes wrong on request: by rate and seed, or struck once by hand."""

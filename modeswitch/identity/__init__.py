"""Which stick is meant, and what it is: family, product, mode."""

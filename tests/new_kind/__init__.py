"""A kind that the product does not have, and what adding it takes."""

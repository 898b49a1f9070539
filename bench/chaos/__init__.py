"""Films are requested over and over while everything that can break is broken, and the books are compared after it."""

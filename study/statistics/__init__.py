"""What do numbers say: estimands, intervals and tests; arrays in, numbers out."""

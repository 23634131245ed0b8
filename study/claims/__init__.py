"""Are the textbook's sentences true: claims, the mechanisms that measure them, and the ledger that judges them."""

"""Are the textbook's sentences, and those published since, true: claims, the mechanisms that measure them, and the ledger that judges them."""

"""Are the textbook's sentences true, and those published since: claims, the mechanisms that measure them, and the
ledgers that judge them."""

"""The claims ledger: every sentence of the textbook put to the test."""

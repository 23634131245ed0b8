"""The claims by topic: what each sentence of the textbook must show, and by which mechanism."""

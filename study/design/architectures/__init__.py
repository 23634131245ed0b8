"""Which networks can be trained: those built in, and a user's own."""

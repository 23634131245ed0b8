"""Code of a user's own: how is it found by name, what is its source, and is it a factor?"""

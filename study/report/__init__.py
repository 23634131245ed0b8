"""How does a study become pages: notebooks executed, pages written and rendered."""

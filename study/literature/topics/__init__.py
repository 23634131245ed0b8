"""The comparisons by topic."""

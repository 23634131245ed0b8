"""What shall run: factors, settings, arms, seeds, cells and their keys, read from a study file."""

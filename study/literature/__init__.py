"""Do published numbers agree with this study's."""

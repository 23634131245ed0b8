"""Published numbers beside this study's own: what was measured before, what is measured here, who agrees."""

"""What sweeps show: one setting varied, dropout placed, and every choice that a study could have made otherwise."""

"""What follows from the records: lattices, effects, sweeps, with intervals."""

"""What follows from the estimates for who has to decide: which arm to use, and how many seeds to run."""

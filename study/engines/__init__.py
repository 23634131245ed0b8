"""Who trains what, where: processes or a Ray cluster, fed by one schedule."""

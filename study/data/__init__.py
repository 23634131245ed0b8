"""Which examples does a seed see: data sets read, drawn and checked."""

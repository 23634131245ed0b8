"""How is one network trained: the rooms that hold Keras."""

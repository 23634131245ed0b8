"""What regularizes? A factorial ablation of five regularizers of Keras models."""

__version__ = "0.1.0"

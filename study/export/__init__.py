"""What other tools read: tables, event files for TensorBoard, and the digest of the results."""

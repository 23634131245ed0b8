"""What has been measured: lines on disk, and back as records and frames."""

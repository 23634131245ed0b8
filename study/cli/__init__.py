"""What does a user type: the commands, and the tools that publish and ship a study."""

"""What is wrong with a stick or with this host, why, and the next command."""

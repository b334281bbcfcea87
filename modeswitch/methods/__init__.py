"""The ways to make a stick switch: one file for each kind of method."""

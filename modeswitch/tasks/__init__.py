"""Whole jobs besides switching: the data line, the port list, many sticks side by side."""

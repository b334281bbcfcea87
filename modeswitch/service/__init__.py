"""Switching without being asked: policy, udev rules, the service, watching."""

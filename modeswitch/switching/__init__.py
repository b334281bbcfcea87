"""The switch: the plan, one transition, the loop."""

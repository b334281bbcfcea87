"""Reads what a person pastes from another machine: text in, values out; nothing here raises."""

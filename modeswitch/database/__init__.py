"""Profiles: their values, the one strict reader, the compiled form, the library that finds them."""

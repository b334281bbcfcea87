"""Mutation testing of the engine: whether the tests notice a small change of the code (``make mutants``)."""

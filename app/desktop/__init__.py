"""Edges of the operating system, one interface each."""

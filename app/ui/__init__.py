"""Widgets. Each takes its model, connects, and decides nothing."""

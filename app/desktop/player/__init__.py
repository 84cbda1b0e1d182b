"""Sounds that are played to the person."""

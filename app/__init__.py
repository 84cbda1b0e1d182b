"""Facet: a private assistant for the desktop, with Gemma 4 on your own machine."""

__version__ = "0.1.0"

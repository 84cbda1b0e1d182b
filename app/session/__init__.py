"""The application's state, between the window and everything else. QtCore only."""

"""The frozen screen: marking a region of it, asking about it, and what is drawn on it."""

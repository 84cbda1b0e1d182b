"""The page of models: what is installed, what can be had, and how each does on this machine."""

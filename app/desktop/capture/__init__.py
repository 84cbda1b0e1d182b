"""Pictures of the screens. ``capture`` is for the window, ``headless`` for the command line."""

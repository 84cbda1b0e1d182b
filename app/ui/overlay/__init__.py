"""The overlay: a frozen screen, a marked region, a question and its answer beside it."""

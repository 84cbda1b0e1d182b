"""The microphone: which there are, what is heard, and whether one is open."""

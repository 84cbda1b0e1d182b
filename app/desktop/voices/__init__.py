"""The voices of the operating system: what reads answers aloud. Nothing leaves the machine."""

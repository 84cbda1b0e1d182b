"""Speech in the window: recording it, seeing it, hearing it again."""

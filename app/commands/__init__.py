"""What `facet …` does without a window: each command is the same core, without Qt."""

INTERRUPTED = 130  # exit code after Ctrl+C, as shells have it

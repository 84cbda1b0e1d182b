"""What `facet …` does without a window: each command is the same core, without Qt."""

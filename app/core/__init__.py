"""Values and pure functions: no input or output, no Qt, no threads."""

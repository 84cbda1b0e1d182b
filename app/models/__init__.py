"""Which models there are, what is installed, and what their files say of themselves."""

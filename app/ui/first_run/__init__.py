"""The pages that greet somebody new."""

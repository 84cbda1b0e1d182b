"""What a model is asked about speech, and what becomes of its words."""

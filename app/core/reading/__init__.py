"""How a long document is read, and what an answer about it may claim."""

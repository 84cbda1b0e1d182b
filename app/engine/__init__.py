"""The model at work: a child process around llama.cpp, and the client that speaks to it."""

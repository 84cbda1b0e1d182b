"""The left side of the window: chats, and the model that answers."""

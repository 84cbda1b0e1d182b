"""The pane beside the chat that shows a document's pages, and where an answer has it from."""

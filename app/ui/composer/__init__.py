"""Where a message is written: text, attachments, thinking, send."""

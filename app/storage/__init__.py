"""What is kept on disk: folders, the database, conversations, blobs and settings. No Qt."""

"""Documents are read in a process of their own: see ``client.Reader``."""

# Counts up whenever documents have to be read again, since they are read better or otherwise.
READER_VERSION = 1

"""PDF files, by PDFium. Runs in the reader's process only: PDFium is not safe with threads, and
what it reads may have been made to harm it.
"""

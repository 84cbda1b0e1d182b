"""Answers as files: Markdown, HTML, PDF."""

"""The way out: from this package to `except*` and asyncio."""

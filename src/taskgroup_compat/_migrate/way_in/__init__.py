"""The way in: from `except*` and asyncio to this package."""

"""Where things lie: one folder for models, one for what belongs to the user, and perhaps a server for conversations."""

import os
from pathlib import Path

import platformdirs


def cache_dir() -> Path:
    """Downloaded models; safe to delete. `OHLORA_CACHE` overrides the platform's place."""
    return Path(os.environ.get("OHLORA_CACHE") or platformdirs.user_cache_dir("ohlora", appauthor=False))


def data_dir() -> Path:
    """Conversations and the user's own personas. `OHLORA_DATA` overrides the platform's place."""
    return Path(os.environ.get("OHLORA_DATA") or platformdirs.user_data_dir("ohlora", appauthor=False))


def store_place() -> str | None:
    """Where conversations are kept, if not in the data folder: `OHLORA_STORE`, a PostgreSQL address or a folder."""
    return os.environ.get("OHLORA_STORE") or None

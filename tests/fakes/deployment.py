"""The settings that every whole desk of these tests has."""

from pathlib import Path
from typing import Any

from config.settings import Settings


def deployment(database_url: str, folder: Path, **more: Any) -> Settings:
    """A deployment that keeps everything in `folder`, and what it mails in files there."""
    return Settings(
        data_dir=folder,
        database_url=database_url,
        jwt_secret="jwt secret of these tests, 32 bytes",
        secret_key="secret key of these tests, 32 bytes",
        audit_key="audit key of these tests, 32 bytes!",
        email_transport="file",
        **more,
    )

"""Credentials of Google's that are found where they are used."""

from __future__ import annotations

from typing import Any

from google.auth import credentials as google_credentials

__all__ = ["FoundCredentials"]


class FoundCredentials(google_credentials.Credentials):  # type: ignore[misc]
    """Until they are asked for something, how to find them; then what was found, class and all."""

    def refresh(self, request: Any) -> None:
        """Gets a new token."""
        self._find()
        self.refresh(request)  # that of the class that it has by now

    def _find(self) -> None:
        import google.auth

        held = self.__dict__
        path, scopes = held.pop("_anypickle_finds")
        if path is None:
            found, _ = google.auth.default(scopes=scopes)
        else:
            found, _ = google.auth.load_credentials_from_file(path, scopes=scopes)
        held.update(vars(found))
        self.__class__ = type(found)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") or "_anypickle_finds" not in vars(self):
            raise AttributeError(name)
        self._find()
        return getattr(self, name)

""" "No", "without", "not": what shall not be seen, and how far a denial reaches."""

from __future__ import annotations

from core.llm.offline.tokens import Token

OUTFIT = ("worn", "held")
"""Kinds of tokens for what a thing has on or in its hand."""

_DENYING = frozenset(
    [
        "without",
        "no",
        "not",
        "isn't",
        "aren't",
        "doesn't",
        "don't",
        "can't",
        "never",
        "neither",
        "nor",
        "shouldn't",
    ]
)
_LISTING = frozenset(["and", "or", "nor", "the", "its", "his", "her", "any"])


class Denials:
    """Hears every token of a text in turn; `names` are those that were denied."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._open = False  # "no": what is named next is gone
        self._listing = False  # "no hat and": so are the hats that follow
        self._doubtful = ""  # "no red": the colour, or the hat that may follow

    def hear(self, token: Token) -> bool:
        """Whether the token is part of a denial, so that it shows nothing itself."""
        self._settle(token)
        if token.text in _DENYING:
            self._open = True
            return True
        reached = self._open or (self._listing and token.kind in OUTFIT)
        is_owner = token.kind == "thing" and token.text.endswith("'s")
        if not (token.name and reached) or is_owner:  # without the dog's hat: the dog stays
            return False
        self._deny(token)
        return True

    def close(self) -> None:
        """The text is over: what was in doubt is denied."""
        self._settle(Token(""))

    def _settle(self, token: Token) -> None:
        """ "No red hat" denies the hat, "not red" the colour."""
        if self._doubtful and token.kind not in OUTFIT:
            self.names.append(self._doubtful)
            self._open = False
        self._doubtful = ""
        if not token.name and token.text not in _LISTING:
            self._listing = False

    def _deny(self, token: Token) -> None:
        if token.kind in ("color", "size"):
            self._doubtful = token.name
        else:
            self.names.append(token.name)
            self._open, self._listing = False, token.kind in OUTFIT

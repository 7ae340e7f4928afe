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
_JOINING = frozenset(["and", "or", "nor"])
_LISTING = _JOINING | {"the", "its", "his", "her", "any"}
_RESTARTING = frozenset(["make", "add", "put", "give", "paint", "draw"])
_ADJECTIVES = ("color", "size", "pose")


class Denials:
    """Hears every token of a text in turn; `names` are those that were denied."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self._open = False  # "no": what is named next is gone
        self._listed = ""  # "no hat and": the kind of what is gone, more of which may follow
        self._joined = False  # an "and" was heard since
        self._doubtful: dict[str, str] = {}  # "no big red": those, or the hat to come
        self._before = ""

    def hear(self, token: Token) -> bool:
        """Whether the token is part of a denial, so that it shows nothing itself."""
        self._settle(token)
        before, self._before = self._before, token.text
        if token.text in _DENYING:
            self._open = True
            return True
        if token.text in _RESTARTING and before not in _DENYING:  # "don't make it" goes on
            self._open = False
        is_owner = token.kind == "thing" and token.text.endswith("'s")
        if not token.name or is_owner:  # without the dog's hat: the dog stays
            return False
        return self._deny(token) if self._open or self._goes_on(token.kind) else False

    def close(self) -> None:
        """The text is over: what was in doubt is denied."""
        self._settle(Token(""))

    def _settle(self, token: Token) -> None:
        """ "No big red hat" denies the hat, "not red" the colour, "not red, blue" only the first."""
        if token.kind in _ADJECTIVES and token.kind not in self._doubtful:
            return
        if self._doubtful and not (token.kind in OUTFIT or token.kind == "thing"):
            self.names += self._doubtful.values()
            self._open = False
        self._doubtful = {}
        if not token.name and token.text not in _LISTING:
            self._listed = ""
        self._joined = bool(self._listed) and (self._joined or token.text in _JOINING)

    def _goes_on(self, kind: str) -> bool:
        """ "No hat, flag and snow", "no cat and hat"; but "no cat and the dog" says something of the dog."""
        if kind in OUTFIT:
            return self._listed in OUTFIT or (bool(self._listed) and self._joined)
        return kind in ("background", "thing") and self._listed in OUTFIT and self._joined

    def _deny(self, token: Token) -> bool:
        if token.kind in _ADJECTIVES:
            self._doubtful[token.kind] = token.name
        else:
            self.names.append(token.name)
            self._open, self._listed, self._joined = False, token.kind, False
        return True

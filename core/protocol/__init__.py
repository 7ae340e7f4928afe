"""What the LLM wrote -> text pieces and actions; and user text made safe for its transcript."""

from core.protocol.actions import clean_description
from core.protocol.neutral import neutralise
from core.protocol.parser import Parser
from core.protocol.pieces import ActionPiece, Dropped, Limits, Piece, TextPiece
from core.protocol.tools import TOOLS, read_calls, tool_action, tool_verb

__all__ = [
    "TOOLS",
    "ActionPiece",
    "Dropped",
    "Limits",
    "Parser",
    "Piece",
    "TextPiece",
    "clean_description",
    "neutralise",
    "read_calls",
    "tool_action",
    "tool_verb",
]

"""The terminal: `platform` for people who type, `player` for conversations kept in a file."""

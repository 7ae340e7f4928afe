"""Language models behind one port, `core.ports.ChatModel`."""

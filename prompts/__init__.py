"""The texts sent to language models: Markdown with a small header; read by `core.prompts`."""

"""Where Easel talks: one platform per folder or file. Adapters know `core` and their one SDK."""

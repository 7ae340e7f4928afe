"""The running program: the only part that knows everything."""

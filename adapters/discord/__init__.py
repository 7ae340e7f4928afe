"""Easel on Discord."""

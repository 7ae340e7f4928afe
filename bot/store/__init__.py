"""What Easel remembers: one SQLite file, one folder of picture files. Knows no platform and no model."""

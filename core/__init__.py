"""What Easel thinks and paints; knows no platform and no bot."""

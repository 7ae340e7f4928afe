"""What paints: recipes, the Painter port, and the painters. Importing this imports no torch."""

"""What a lab asks beside its module: predictions, duels and puzzles, whose answers are short texts in a notebook."""

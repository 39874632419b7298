"""How dates and times are written in lists, by language."""

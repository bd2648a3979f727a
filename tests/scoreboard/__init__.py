"""How often the diagnosis is right, over the corpus of real logs."""

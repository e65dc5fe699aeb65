"""What must hold of the records when things go wrong: the real service under load, killed, stopped, its database full, locked or gone."""

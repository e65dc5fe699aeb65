"""Replaying: the rulebook over a table of applications. Many at once by columns, what columns cannot settle by the single engine."""

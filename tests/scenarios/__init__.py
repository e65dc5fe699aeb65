"""Tests of what the scenarios show of the rules: coverage, mutants, what is told of them."""

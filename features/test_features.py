"""Every scenario of features/law, features/hard, features/items and features/life as a test."""

from pytest_bdd import scenarios

scenarios("law", "hard", "items", "life")

"""Every scenario of features/law, features/hard and features/items as a test."""

from pytest_bdd import scenarios

scenarios("law", "hard", "items")

"""Tests of the doors; the package mirrors api."""

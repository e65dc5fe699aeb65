"""Tests of reading a rulebook; the package mirrors engine.reading."""

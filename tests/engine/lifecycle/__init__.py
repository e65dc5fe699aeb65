"""Tests of what happens after the answer; the package mirrors engine.lifecycle."""

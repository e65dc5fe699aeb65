"""Benchmarks: what a decision costs, and what that cost grows with. Run as `python -m benchmarks [NAME…] [--json FILE]`.

Every part prints medians with their units. Times hold for one machine on one day; the ratios measured in the same run
are what can be compared. Nothing here is a test: no result passes or fails, except that a disagreement between the
engine and the rules written by hand stops the run.
"""

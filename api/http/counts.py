"""What the service counts of itself: decisions, problems, commits. Never a person, an applicant or a number.

Counts are of one process since its start. Nothing here decides or records.
"""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram


class Metrics:
    """One service's counts."""

    def __init__(self, rulebook: str) -> None:
        self.registry = CollectorRegistry()
        self.decisions = Counter("mianzheng_decisions", "作出的判断 Decisions made", ("outcome", "recorded"), registry=self.registry)
        self.problems = Counter("mianzheng_problems", "退回的请求 Requests refused", ("kind",), registry=self.registry)
        self.commits = Histogram("mianzheng_commit_seconds", "一次提交用的秒数 Seconds of one commit", registry=self.registry,
                                 buckets=(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.5, 1, 5))
        self.together = Histogram("mianzheng_commit_jobs", "一起提交的件数 Jobs in one commit", registry=self.registry, buckets=(1, 2, 4, 8, 16, 32, 64, 128, 256))
        self.available = Gauge("mianzheng_records_available", "上一次提交是否成功 Whether the last commit succeeded", registry=self.registry)
        Gauge("mianzheng_rulebook", "在用的规则库 The rulebook in use", ("version",), registry=self.registry).labels(rulebook).set(1)

    def committed(self, jobs: int, seconds: float, succeeded: bool) -> None:
        """One commit of the writer."""
        self.available.set(succeeded)
        if succeeded:
            self.commits.observe(seconds)
            self.together.observe(jobs)

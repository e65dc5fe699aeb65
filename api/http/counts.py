"""What the service counts of itself: decisions, problems, commits. Never a person, an applicant or a number.

Counts are of one process since its start. Nothing here decides or records.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

if TYPE_CHECKING:
    from api.sources.channel import Told


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
        self.answers = Counter("mianzheng_source_answers", "数据源的答复；none 是没有问成 Answers of sources; none: the question was not put",
                               ("source", "result", "why"), registry=self.registry)
        self.asking = Histogram("mianzheng_source_seconds", "数据源答复用的秒数 Seconds until a source answered", ("source",), registry=self.registry,
                                buckets=(0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.4, 0.8, 2))
        Gauge("mianzheng_rulebook", "在用的规则库 The rulebook in use", ("version",), registry=self.registry).labels(rulebook).set(1)

    def committed(self, jobs: int, seconds: float, succeeded: bool) -> None:
        """One commit of the writer."""
        self.available.set(succeeded)
        if succeeded:
            self.commits.observe(seconds)
            self.together.observe(jobs)

    def told(self, source: str, told: Told, seconds: float) -> None:
        """One answer of a source, or what came in its place."""
        self.answers.labels(source, told.result or "none", "cached" if told.cached else told.why).inc()
        if not told.cached:
            self.asking.labels(source).observe(seconds)

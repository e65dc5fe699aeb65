"""Clocks: terms that run, and the alerts that come of them and of demands."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "clock",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), nullable=False, index=True),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("subject_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("start", sa.Date(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("due", sa.Date(), index=True),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("level", sa.String(), nullable=False),
        sa.UniqueConstraint("subject", "subject_id", "kind", name="clock_once"),
    )
    op.create_table(
        "alert",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("card", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("zh", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.UniqueConstraint("source", "code", name="alert_once"),
    )

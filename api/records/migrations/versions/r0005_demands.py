"""Demands: what a window or back office asked the applicant for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "demand",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), nullable=False, index=True),
        sa.Column("decision_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("stage", sa.String(), nullable=False),
        sa.Column("officer", sa.String()),
        sa.Column("role", sa.String()),
        sa.Column("reported_by", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("material", sa.String()),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("fact", sa.String()),
        sa.Column("entry_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("violations", sa.JSON(), nullable=False),
    )

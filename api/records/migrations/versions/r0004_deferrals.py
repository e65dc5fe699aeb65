"""Deferrals: materials that may follow (容缺受理、承诺审批)."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "deferral",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("decision_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String()),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("promised_at", sa.String(), nullable=False),
        sa.Column("due", sa.Date()),
        sa.Column("due_rule", sa.JSON(), nullable=False),
        sa.Column("consequence", sa.String()),
        sa.Column("supplemented_at", sa.String()),
        sa.UniqueConstraint("case_id", "material", "person", "round", name="deferral_once"),
    )

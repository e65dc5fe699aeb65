"""Commitments (告知承诺) and credit records, one of which may come of a false commitment."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "commitment",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("decision_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("mode", sa.String()),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("letter", sa.LargeBinary()),
        sa.Column("letter_hash", sa.String(), nullable=False),
        sa.Column("offered_at", sa.String(), nullable=False),
        sa.Column("signed_by", sa.String()),
        sa.Column("signed_at", sa.String()),
        sa.Column("electronic", sa.Boolean()),
        sa.Column("checked_at", sa.String()),
        sa.UniqueConstraint("case_id", "material", "person", "round", name="commitment_once"),
    )
    op.create_table(
        "credit",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("person_id", sa.String(), sa.ForeignKey("person.id"), nullable=False, index=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("recorded_on", sa.Date(), nullable=False),
        sa.Column("repaired_on", sa.Date()),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("commitment_id", sa.String(), sa.ForeignKey("commitment.id")),
    )

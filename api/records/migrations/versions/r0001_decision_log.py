"""The decision log: rulebooks that were used, chains of entries, what they speak of, keys of callers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "rulebook",
        sa.Column("version", sa.String(), primary_key=True),
        sa.Column("kept_at", sa.String(), nullable=False),
        sa.Column("texts", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "log_chain",
        sa.Column("writer", sa.String(), primary_key=True),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
    )
    op.create_table(
        "log_entry",
        sa.Column("writer", sa.String(), primary_key=True),
        sa.Column("seq", sa.Integer(), primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(), nullable=False, unique=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("case_id", sa.String()),
        sa.Column("header", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
    )
    op.create_index("log_entry_case", "log_entry", ["case_id", "at"])
    op.create_table(
        "decision_body",
        sa.Column("digest", sa.String(), primary_key=True),
        sa.Column("content", sa.LargeBinary(), nullable=False),
    )
    op.create_table(
        "log_content",
        sa.Column("entry_id", sa.String(), sa.ForeignKey("log_entry.id"), primary_key=True),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("body", sa.String(), sa.ForeignKey("decision_body.digest"), index=True),
    )
    op.create_table(
        "idempotency",
        sa.Column("key", sa.String(), primary_key=True),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("decision_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
    )

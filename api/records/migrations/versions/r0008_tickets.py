"""Tickets to the authorities that answer for the sources."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.create_table(
        "ticket",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("source", sa.String(), nullable=False, index=True),
        sa.Column("provider", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("answer", sa.String()),
        sa.Column("open_key", sa.String(), unique=True),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("answered_at", sa.String()),
        sa.Column("closed_at", sa.String()),
    )
    op.create_table(
        "ticket_case",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("ticket_id", sa.String(), sa.ForeignKey("ticket.id"), nullable=False),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), nullable=False, index=True),
        sa.Column("decision_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.UniqueConstraint("ticket_id", "case_id", "material", "person", name="ticket_case_once"),
    )

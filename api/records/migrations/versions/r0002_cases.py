"""Cases: the people in them, the cases themselves, what was handed in."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("id_type", sa.String(), nullable=False),
        sa.Column("id_number", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.UniqueConstraint("id_number", "id_type", name="person_identity"),
    )
    op.create_table(
        "case_file",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("number", sa.String()),
        sa.Column("item", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("accepting_division", sa.String()),
        sa.Column("applicant_id", sa.String(), sa.ForeignKey("person.id"), index=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(), nullable=False, index=True),
        sa.Column("rulebook", sa.String(), sa.ForeignKey("rulebook.version"), nullable=False),
        sa.Column("decision_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("notice_decision", sa.String(), sa.ForeignKey("log_entry.id")),
        sa.Column("notice_hash", sa.String()),
        sa.Column("notice_at", sa.String()),
        sa.UniqueConstraint("number", "division", name="case_number"),
    )
    op.create_index("case_file_opened", "case_file", ["opened_at", "id"])
    op.create_table(
        "received",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("material", sa.String(), nullable=False),
        sa.Column("person", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), sa.ForeignKey("person.id")),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("at", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("trust", sa.String(), nullable=False),
        sa.Column("valid_to", sa.Date()),
        sa.Column("checked_by", sa.String()),
        sa.Column("checked_at", sa.String()),
        sa.UniqueConstraint("case_id", "material", "person", name="received_once"),
    )
    op.create_index("received_on_file", "received", ["person_id", "material", "trust", "valid_to", "received_on"])

"""Bundles (一件事一次办): one application, a case a step."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.create_table(
        "bundle_case",
        sa.Column("id", sa.String(), primary_key=True),
        sa.Column("number", sa.String()),
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("applicant_id", sa.String(), sa.ForeignKey("person.id"), index=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("entry_id", sa.String(), sa.ForeignKey("log_entry.id"), nullable=False),
        sa.Column("list_entry", sa.String(), sa.ForeignKey("log_entry.id")),
        sa.Column("list_hash", sa.String()),
        sa.Column("fixed_at", sa.String()),
        sa.UniqueConstraint("number", "division", name="bundle_number"),
    )
    op.create_index("bundle_opened", "bundle_case", ["opened_at", "id"])
    op.create_table(
        "bundle_step",
        sa.Column("bundle_case_id", sa.String(), sa.ForeignKey("bundle_case.id"), primary_key=True),
        sa.Column("item", sa.String(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("needed", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), unique=True),
    )

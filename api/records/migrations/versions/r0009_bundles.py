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
        sa.Column("bundle", sa.String(), nullable=False),
        sa.Column("division", sa.String(), nullable=False),
        sa.Column("applicant_id", sa.String(), sa.ForeignKey("person.id"), index=True),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("opened_at", sa.String(), nullable=False),
        sa.Column("list_hash", sa.String()),
        sa.Column("fixed_at", sa.String()),
    )
    op.create_table(
        "bundle_step",
        sa.Column("bundle_case_id", sa.String(), sa.ForeignKey("bundle_case.id"), primary_key=True),
        sa.Column("item", sa.String(), primary_key=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("needed", sa.String(), nullable=False),
        sa.Column("case_id", sa.String(), sa.ForeignKey("case_file.id"), unique=True),
    )

"""Clocks, merging and rating of cases.

Revision: 0004
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def _columns() -> list[sa.Column[Any]]:
    """Made anew: a column belongs to one table."""
    return [
        sa.Column("reopened", sa.Integer(), server_default="0", nullable=False),
        sa.Column("began_at", sa.BigInteger(), nullable=True),
        sa.Column("moved_at", sa.BigInteger(), nullable=True),
        sa.Column("given_at", sa.BigInteger(), nullable=True),
        sa.Column("wait_until", sa.BigInteger(), nullable=True),
        sa.Column("due_at", sa.BigInteger(), nullable=True),
        sa.Column("stops", sa.String(), server_default="", nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("merged_into", sa.Integer(), nullable=True),
    ]


RING = r"""
INSERT INTO alert (id, cause_hash, kind, case_number, state, rung, tellings, told, opened_at, next_due_at)
SELECT id || '\:0', 'case\:' || id, 'case', number, 'open', 0, 0, '[]', opened_at, opened_at FROM case_file
WHERE state != 'closed' AND NOT EXISTS (SELECT 1 FROM alert WHERE alert.case_number = case_file.number)
"""
"""Cases that are open ring as new ones do."""


def upgrade() -> None:
    for column in _columns():
        op.add_column("case_file", column)
    op.create_index("ix_case_file_merged_into", "case_file", ["merged_into"])
    op.execute(RING)


def downgrade() -> None:
    op.execute("DELETE FROM alert WHERE kind = 'case'")
    op.drop_index("ix_case_file_merged_into", "case_file")
    for column in reversed(_columns()):
        op.drop_column("case_file", column.name)

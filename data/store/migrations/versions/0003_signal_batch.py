"""Signed batches that were taken in.

Revision: 0003
"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "signal_batch",
        sa.Column("batch_hash", sa.String(), nullable=False),
        sa.Column("seen_on", sa.Integer(), nullable=False),
        sa.Column("result", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("batch_hash", name="pk_signal_batch"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("signal_batch")

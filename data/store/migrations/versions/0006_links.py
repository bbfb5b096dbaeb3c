"""Codes by which somebody goes on at another channel, and reports of delivery.

Revision: 0006
"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("outbox", sa.Column("delivered_at", sa.BigInteger(), nullable=True))
    op.create_table(
        "door_code",
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("address_id", sa.String(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.UniqueConstraint("person_id", name="uq_door_code_person_id"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_door_code_person_id"),
        sa.PrimaryKeyConstraint("code_hash", name="pk_door_code"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_door_code_until_at", "door_code", ["until_at"])


def downgrade() -> None:
    op.drop_table("door_code")
    op.drop_column("outbox", "delivered_at")

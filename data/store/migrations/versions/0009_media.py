"""Photos, and what the chat page has shown and who is writing.

Revision: 0009
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "photo",
        sa.Column("ref", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=True),
        sa.Column("case_number", sa.Integer(), nullable=True),
        sa.Column("kept_at", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("ref", name="pk_photo"),
        sqlite_with_rowid=False,
    )
    for column in ("person_id", "case_number", "kept_at"):
        op.create_index(f"ix_photo_{column}", "photo", [column])
    op.create_table(
        "presence",
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("shown_line", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shown_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("shown_at", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("typing_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("officer_until", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name="fk_presence_person_id"),
        sa.PrimaryKeyConstraint("person_id", name="pk_presence"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_presence_officer_until", "presence", ["officer_until"])


def downgrade() -> None:
    op.drop_table("presence")
    op.drop_table("photo")

"""Accounts of staff on channels, their rooms, canned answers, mentions, what they saw, broadcasts.

Revision: 0005
"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _links()
    _talks()
    op.create_table(
        "broadcast",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("ko", sa.String(), nullable=False),
        sa.Column("en", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("tested_at", sa.BigInteger(), nullable=True),
        sa.Column("released_by", sa.String(), nullable=True),
        sa.Column("released_at", sa.BigInteger(), nullable=True),
        sa.Column("recalled_by", sa.String(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("after", sa.String(), nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_broadcast"),
        sa.UniqueConstraint("number", name="uq_broadcast_number"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_broadcast_state", "broadcast", ["state"])


def _links() -> None:
    op.create_table(
        "staff_link",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("key_enc", sa.LargeBinary(), nullable=False),
        sa.Column("linked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "key_hash", name="pk_staff_link"),
        sa.UniqueConstraint("channel", "staff_id", name="uq_staff_link_channel_staff_id"),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_staff_link_staff_id"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_staff_link_staff_id", "staff_link", ["staff_id"])
    op.create_table(
        "link_code",
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("code_hash", sa.String(), nullable=False),
        sa.Column("until_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name="fk_link_code_staff_id"),
        sa.PrimaryKeyConstraint("staff_id", name="pk_link_code"),
        sa.UniqueConstraint("code_hash", name="uq_link_code_code_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "staff_room",
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("key_hash", sa.String(), nullable=False),
        sa.Column("key_enc", sa.LargeBinary(), nullable=False),
        sa.Column("region", sa.String(), nullable=False),
        sa.Column("opened_by", sa.String(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "key_hash", name="pk_staff_room"),
        sqlite_with_rowid=False,
    )


def _talks() -> None:
    op.create_table(
        "canned_answer",
        sa.Column("team", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("team", "name", name="pk_canned_answer"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "mention",
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("case_number", sa.Integer(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("staff_id", "event_id", name="pk_mention"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_seen",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("staff_id", sa.String(), nullable=False),
        sa.Column("event_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_case_seen_case_id"),
        sa.PrimaryKeyConstraint("case_id", "staff_id", name="pk_case_seen"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "case_line",
        sa.Column("case_id", sa.String(), nullable=False),
        sa.Column("address_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name="fk_case_line_case_id"),
        sa.PrimaryKeyConstraint("case_id", name="pk_case_line"),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_case_line_address_id", "case_line", ["address_id"])


def downgrade() -> None:
    for name in (
        "broadcast",
        "case_line",
        "case_seen",
        "mention",
        "canned_answer",
        "staff_room",
        "link_code",
        "staff_link",
    ):
        op.drop_table(name)

"""The times of a person's answers, newest first, from the index alone.

Revision: 0010
"""

from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

TABLE = "checkin_reply"
PERSON, PERSON_AT = f"ix_{TABLE}_person_id", f"ix_{TABLE}_person_id_at"


def upgrade() -> None:
    op.create_index(PERSON_AT, TABLE, ["person_id", "at"])
    op.drop_index(PERSON, TABLE)


def downgrade() -> None:
    op.create_index(PERSON, TABLE, ["person_id"])
    op.drop_index(PERSON_AT, TABLE)

"""Bringing the tables up to date. Alembic is only loaded when there is something to do."""

from pathlib import Path
from typing import TYPE_CHECKING

from data.store.connections import Cursor, Database
from data.store.sql import SQLITE

if TYPE_CHECKING:
    from sqlalchemy import Engine

SCRIPTS = Path(__file__).parent / "migrations"
LOCK = 4_061_722_905
VERSION_TABLE = {
    "sqlite": "SELECT name FROM sqlite_master WHERE name = 'alembic_version'",
    "postgresql": "SELECT to_regclass('alembic_version')",
}


def newest() -> str:
    """The last revision: files in `versions/` begin with a number of four digits."""
    return max(path.name[:4] for path in (SCRIPTS / "versions").glob("[0-9]*.py"))


def revision(database: Database) -> str | None:
    """The revision of the tables, `None` where there are none."""
    with database.reading() as cursor:
        return _revision(cursor, database.dialect)


def _revision(cursor: Cursor, dialect: str) -> str | None:
    cursor.execute(VERSION_TABLE[dialect])
    row = cursor.fetchone()
    if row is None or row[0] is None:
        return None
    cursor.execute("SELECT version_num FROM alembic_version")
    row = cursor.fetchone()
    return None if row is None else str(row[0])


def migrate(database: Database) -> bool:
    """Bring the tables up to date in one transaction; False where they were."""
    if revision(database) == newest():
        return False
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = _engine(database)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    engine.dispose()
    return True


def _engine(database: Database) -> "Engine":
    """One that lets nobody else migrate at the same time."""
    from sqlalchemy import create_engine, event
    from sqlalchemy.pool import NullPool

    if database.dialect == SQLITE:
        engine = create_engine("sqlite://", creator=database.connect, poolclass=NullPool)
        alone = database.begin
    else:
        url = database.url.set(drivername="postgresql+psycopg")
        engine = create_engine(url, poolclass=NullPool)
        alone = f"SELECT pg_advisory_xact_lock({LOCK})"
    event.listen(engine, "begin", lambda connection: connection.exec_driver_sql(alone))
    return engine

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace

from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine

from data.store import Checkin, Keyring, Store
from data.store.migrate import SCRIPTS, _engine, newest, revision
from data.store.tables import metadata


def _engine_url(url: str) -> str:
    return url.replace("postgresql:", "postgresql+psycopg:")


def test_the_migrated_tables_are_those_of_the_metadata(url: str) -> None:
    engine = create_engine(_engine_url(url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def test_the_migrated_tables_are_made_as_the_metadata_makes_them(url: str) -> None:
    """What Alembic does not compare: without row ids, counted by itself, in which order."""
    if not url.startswith("sqlite"):
        return
    made = create_engine("sqlite://")
    metadata.create_all(made)
    ours = _definitions(create_engine(url))
    assert ours.pop("alembic_version")
    assert ours == _definitions(made)


def _definitions(engine: object) -> dict[str, str]:
    with engine.connect() as connection:  # type: ignore[attr-defined]
        rows = connection.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE sql != ''")
        definitions = {name: " ".join(sql.split()) for name, sql in rows}
    engine.dispose()  # type: ignore[attr-defined]
    return {name: sql for name, sql in definitions.items() if not name.startswith("sqlite_")}


def test_the_newest_revision_is_alembics_head() -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    assert ScriptDirectory.from_config(config).get_current_head() == newest()


def test_only_the_first_call_has_something_to_do(empty_url: str, keyring: Keyring) -> None:
    with Store.open(empty_url, keyring) as store:
        assert revision(store._database) is None
        assert store.migrate()
        assert revision(store._database) == newest()
        assert not store.migrate()


def test_a_store_of_the_first_revision_keeps_its_check_ins(
    empty_url: str, keyring: Keyring
) -> None:
    with Store.open(empty_url, keyring) as store:
        _move(store, command.upgrade, "0001")
        with store._database.transaction() as cursor:
            cursor.execute("INSERT INTO person VALUES ('kim', 'ko', NULL, NULL, NULL, 1, 2)")
            cursor.execute(
                "INSERT INTO checkin VALUES ('kim', 'active', 9, 3, '[\"a\"]', '[]', 5, NULL, 1, NULL)"
            )
            store._database.commit(cursor)
        assert revision(store._database) == "0001"
        assert store.migrate()
        with store.write() as tx:
            [due] = tx.due_checkins(5, 9)
            assert due.checkin == Checkin("kim", "active", 9, 3, 1, ("a",), (), 5)
            tx.keep_checkin(replace(due.checkin, region="대구광역시 남구", covert="꽃"))


def test_what_a_revision_brought_can_be_taken_back(url: str, keyring: Keyring) -> None:
    with Store.open(url, keyring) as store:
        _move(store, command.downgrade, "0001")
        assert revision(store._database) == "0001"
        assert store.migrate()
        with store.write() as tx:
            assert tx.due_checkins(9, 9) == []


def _move(store: Store, move: Callable[[Config, str], None], target: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    engine = _engine(store._database)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        move(config, target)
    engine.dispose()


def test_a_store_that_is_up_to_date_does_not_load_alembic(url: str) -> None:
    code = f"""
import sys, time
from data.store import Checkin, Keyring, Store
store = Store.open({url!r}, Keyring(bytes(32)))
begin = time.process_time()
assert not store.migrate()
assert time.process_time() - begin < 0.3
assert "alembic" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_two_that_migrate_at_the_same_time_do_not_disturb_each_other(empty_url: str) -> None:
    code = f"from data.store import *; Store.open({empty_url!r}, Keyring(bytes(32))).migrate()"
    both = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE) for _ in range(2)
    ]
    ends = [(each.communicate()[1], each.returncode) for each in both]
    assert [end for _, end in ends] == [0, 0], ends

from dataclasses import replace

import pytest

from data.store import Store, Trusted, VisitCard
from tests.store.conftest import DAY, NOW, Meet

KIM, LEE = "person-kim", "person-lee"
SON = Trusted("son", KIM, 1, "김철수", "+821012345678", NOW)
CODE = "7A2K-99QX"


@pytest.fixture(autouse=True)
def people(meet: Meet) -> None:
    meet("kim")
    meet("lee")


def _asked(store: Store) -> None:
    with store.write() as tx:
        tx.ask_trusted(SON, CODE)


def test_somebody_who_is_trusted_is_asked_by_a_code_however_it_is_written(store: Store) -> None:
    _asked(store)
    with store.read() as tx:
        assert tx.trusted(KIM) == [SON]
        assert tx.trusted_by_code(" 7a2k99qx ") == SON
        assert tx.trusted_by_code("7A2K-99QY") is None
        assert tx.trusted_for(LEE) == []


def test_who_agrees_is_known_and_the_code_is_used_up(store: Store) -> None:
    _asked(store)
    agreed = replace(SON, state="agreed", contact_person_id=LEE, agreed_at=NOW + 1)
    with store.write() as tx:
        assert tx.agree_trusted("son", LEE, NOW + 1)
        assert not tx.agree_trusted("son", KIM, NOW + 2)
        assert tx.trusted_by_code(CODE) is None
        assert tx.trusted(KIM) == tx.trusted_for(LEE) == [agreed]


def test_who_refuses_is_asked_no_more_and_holds_nothing(store: Store) -> None:
    _asked(store)
    with store.write() as tx:
        assert tx.refuse_trusted("son")
        assert not tx.refuse_trusted("son")
        assert not tx.agree_trusted("son", LEE, NOW)
        assert tx.trusted_by_code(CODE) is None
        assert not tx.hold_trusted("son", NOW, NOW + DAY)
        assert [each.state for each in tx.trusted(KIM)] == ["refused"]


def test_who_agreed_can_take_it_back(store: Store) -> None:
    _asked(store)
    with store.write() as tx:
        tx.agree_trusted("son", LEE, NOW)
        assert tx.refuse_trusted("son")
        assert tx.trusted_for(LEE) == []
        assert tx.trusted(KIM)[0].contact_person_id is None


def test_an_escalation_is_held_once(store: Store) -> None:
    _asked(store)
    with store.write() as tx:
        assert not tx.hold_trusted("son", NOW, NOW + 5)
        tx.agree_trusted("son", LEE, NOW)
        assert tx.hold_trusted("son", NOW, NOW + 5)
        assert not tx.hold_trusted("son", NOW, NOW + 9)
        assert tx.trusted(KIM)[0].held_until == NOW + 5
        assert tx.hold_trusted("son", NOW + DAY, NOW + DAY + 5)


def test_trusted_people_have_an_order_and_only_who_named_them_drops_them(store: Store) -> None:
    _asked(store)
    with store.write() as tx:
        tx.ask_trusted(replace(SON, id="friend", rank=2), "another")
        assert tx.rank_trusted("son", 3)
        assert [each.id for each in tx.trusted(KIM)] == ["friend", "son"]
        assert not tx.drop_trusted("son", LEE)
        assert tx.drop_trusted("son", KIM)
        assert [each.id for each in tx.trusted(KIM)] == ["friend"]


def test_a_visit_card_is_kept_changed_and_dropped(store: Store) -> None:
    with store.write() as tx:
        assert tx.card(KIM) is None
        tx.keep_card(KIM, {"pets": "고양이"}, NOW)
        tx.keep_card(KIM, {"pets": "고양이 둘"}, NOW + 1)
        assert tx.card(KIM) == VisitCard({"pets": "고양이 둘"}, NOW + 1)
        assert tx.card(LEE) is None
        assert tx.drop_card(KIM)
        assert not tx.drop_card(KIM)
        assert tx.card(KIM) is None


def test_trusted_people_of_somebody_forgotten_are_forgotten(store: Store) -> None:
    _asked(store)
    with store.write() as tx:
        tx.keep_card(KIM, {"pets": "고양이"}, NOW)
        tx.forget(KIM, NOW)
        tx.ask_trusted(replace(SON, id="again"), "again")
        tx.keep_card(KIM, {"pets": "고양이"}, NOW)
        assert tx.trusted(KIM) == []
        assert tx.card(KIM) is None


def test_a_trusted_person_who_is_forgotten_is_in_nobodys_list(store: Store) -> None:
    _asked(store)
    with store.write() as tx:
        tx.agree_trusted("son", LEE, NOW)
        assert tx.forget(LEE, NOW)["trusted"] == 1
        assert tx.trusted(KIM) == []

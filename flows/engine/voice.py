"""What is said: a response in the person's language, with values put in and buttons made."""

from collections.abc import Mapping, Sequence

from flows.engine.definition import Library, Step, Variation
from flows.engine.payload import set_slot
from flows.engine.session import Session
from flows.engine.text import fill
from flows.types import Button, Lang, Reply, Value

_SKIP: Mapping[Lang, str] = {"ko": "건너뛸게요", "en": "Skip"}

SAYS: frozenset[str] = frozenset(
    {
        "utter_already_here",
        "utter_back_to_question",
        "utter_broken",
        "utter_cancelled",
        "utter_choose_simply",
        "utter_corrected",
        "utter_empty",
        "utter_first_question",
        "utter_first_words",
        "utter_flow_changed",
        "utter_handoff_ended",
        "utter_not_now",
        "utter_not_understood",
        "utter_noted",
        "utter_nothing_to_cancel",
        "utter_offer_human",
        "utter_old_button",
        "utter_skip_this",
        "utter_timed_out",
        "utter_unasked_location",
        "utter_unasked_photo",
        "utter_welcome_back",
        "utter_whenever_ready",
        "utter_which_one",
    }
)
"""Responses that the engine says by itself; `flows/patterns` has their words."""


class Voice:
    """Speaks for one turn, with the session's language and slots as they are at that moment."""

    def __init__(self, library: Library, session: Session) -> None:
        self.library = library
        self.session = session

    def reply(self, name: str, buttons: Sequence[Button] = (), value: str = "") -> Reply:
        """A response by name; `value` stands for `{value}` in its text."""
        variation = self._variation(name)
        if variation.ready and not buttons:
            return variation.ready[self.session.lang]
        text = self._fill(_in(variation.texts, self.session.lang), value)
        titles = [*self._buttons(variation), *buttons]
        return Reply(text, tuple(titles), variation.image)

    def question(self, step: Step, simple: bool = False) -> Reply:
        """The question of a collect step, with its buttons, dynamic ones and the one to skip."""
        name = step.utter
        if simple and f"{name}_simple" in self.library.responses:
            name = f"{name}_simple"
        reply = self.reply(name, self.options(step))
        if not simple and not step.metadata.get("optional"):
            return reply
        buttons = list(reply.buttons)
        if step.metadata.get("optional"):
            buttons.append(Button(_SKIP[self.session.lang], "/skip"))
        text = reply.text
        if simple and buttons:
            text += "\n" + "\n".join(f"{n}. {b.title}" for n, b in enumerate(buttons, 1))
        return Reply(text, tuple(buttons), reply.image)

    def word(self, slot: str, value: Value) -> str:
        """A value as people say it: the words of its button, or itself."""
        if isinstance(value, list):
            return ", ".join(self.word(slot, v) for v in value)
        if isinstance(value, dict):
            return str(value.get("title", ""))
        titles = self.library.labels.get((slot, value))
        if titles:
            return _in(titles, self.session.lang)
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        return "" if value is None else str(value)

    def _variation(self, name: str) -> Variation:
        variations = self.library.responses[name].variations
        if len(variations) == 1:
            return variations[0]
        fitting = [v for v in variations if v.conditions and self._holds(v)]
        plain = fitting or [v for v in variations if not v.conditions] or list(variations)
        return plain[self.session.turn % len(plain)]

    def _holds(self, variation: Variation) -> bool:
        return all(self.session.get(name) == value for name, value in variation.conditions)

    def _buttons(self, variation: Variation) -> list[Button]:
        lang = self.session.lang
        return [Button(self._fill(_in(t.texts, lang)), t.payload) for t in variation.buttons]

    def options(self, step: Step) -> list[Button]:
        """Buttons made from the list slot that the step names: entries of title and value or payload."""
        options = self.session.slots.get(step.metadata.get("options", ""))
        if not isinstance(options, list):
            return []
        return [
            Button(str(o["title"]), str(o.get("payload") or set_slot(step.value, o["value"])))
            for o in options
        ]

    def _fill(self, template: str, value: str = "") -> str:
        def value_of(name: str) -> str:
            return value if name == "value" and value else self.word(name, self.session.get(name))

        return fill(template, value_of)


def _in(texts: Mapping[Lang, str], lang: Lang) -> str:
    return texts.get(lang) or texts["ko"]

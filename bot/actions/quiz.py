"""The quiz: open rounds only, one question after another, one entry a person."""

from bot.actions.base import Ask, Result
from bot.clock import milliseconds
from data.kinds import Quiz
from data.store import QuizEntry
from flows.types import Value


def start(ask: Ask) -> Result:
    """The first open quiz that this person has not played yet."""
    open_rounds = [quiz for quiz in ask.content.quizzes if quiz.state == "open"]
    if not open_rounds:
        return Result({"quiz_state": "none"})
    fresh = [quiz for quiz in open_rounds if not ask.tx.quiz_played(ask.person_id, quiz.id)]
    if not fresh:
        return Result({"quiz_state": "played"})
    quiz = fresh[0]
    begin: dict[str, Value] = {
        "quiz_id": quiz.id,
        "quiz_number": 0,
        "quiz_score": 0,
        "quiz_prize_words": quiz.prize.of(ask.lang),
        "quiz_title": quiz.title.of(ask.lang),
    }
    return Result({**begin, **_question(ask, quiz, 0)})


def _question(ask: Ask, quiz: Quiz, number: int) -> dict[str, Value]:
    question = quiz.questions[number]
    return {
        "quiz_state": "asking",
        "quiz_text": question.text.of(ask.lang),
        "quiz_options": [{"title": o.text.of(ask.lang), "value": o.id} for o in question.options],
    }


def answer(ask: Ask) -> Result:
    quiz = _quiz(ask)
    number, points = _int(ask.slots["quiz_number"]), _int(ask.slots["quiz_score"])
    if number >= len(quiz.questions):
        return Result({"quiz_state": "done"})
    question = quiz.questions[number]
    right = ask.text("quiz_answer") == question.answer
    words = ask.words("맞았어요! ", "Right! ") if right else ask.words("아쉬워요. ", "Not quite. ")
    found: dict[str, Value] = {
        "quiz_feedback": words + question.explain.of(ask.lang),
        "quiz_score": points + right,
        "quiz_number": number + 1,
    }
    if number + 1 < len(quiz.questions):
        return Result({**found, **_question(ask, quiz, number + 1)})
    return Result({**found, "quiz_state": "done"})


def enter(ask: Ask) -> Result:
    quiz = _quiz(ask)
    ask.tx.keep_quiz_entry(
        QuizEntry(
            id=ask.chance.id(),
            person_id=ask.person_id,
            quiz_id=quiz.id,
            correct=_int(ask.slots["quiz_score"]) == len(quiz.questions),
            at=milliseconds(ask.now),
        )
    )
    return Result()


def _quiz(ask: Ask) -> Quiz:
    return next(quiz for quiz in ask.content.quizzes if quiz.id == ask.text("quiz_id"))


def _int(value: Value) -> int:
    return int(value) if isinstance(value, int | float) else 0

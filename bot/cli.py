"""The command `anbu`. Bad input: one clear sentence on stderr, exit 2, nothing changed."""

import argparse
import asyncio
import io
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NoReturn

from bot.bench import BENCHES
from bot.logs import start_logging
from bot.settings import BadSetting, Settings, load_settings
from flows.yamlfile import Fault

MAX_PORT = 65_535
MAX_WORKERS = 64
MOST_PEOPLE, MOST_DAYS, MOST_SEEDS = 1_000_000, 366, 2**31 - 1
FAULTS = ("gateway-down", "crash-hourly", "two-workers", "clock-jump", "downtime-24h")


class BadInput(ValueError):
    """What is wrong with what was given, in one sentence."""


def main(arguments: Sequence[str] | None = None) -> int:
    _speak_utf8()
    options = _parser().parse_args(arguments)
    try:
        settings = load_settings()
        start_logging(settings.log_level)
        run: Callable[[argparse.Namespace, Settings], int] = options.run
        return run(options, settings)
    except (BadInput, BadSetting) as error:
        print(error, file=sys.stderr)
        return 2
    except Fault as fault:
        print(fault, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        return 0


def _speak_utf8() -> None:
    """Whatever the machine's locale: Korean goes out whole, and what is not UTF-8 is told from it."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            errors = "strict" if stream is sys.stdin else "backslashreplace"
            stream.reconfigure(encoding="utf-8", errors=errors)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """One sentence instead of the whole usage."""
        self.exit(2, f"{self.prog}: {message}; {self.prog} --help shows more.\n")


def _number(least: int, most: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not text.isdecimal() or not least <= int(text) <= most:
            raise argparse.ArgumentTypeError(f"{text!r} is no number from {least} to {most}")
        return int(text)

    return read


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(
        prog="anbu",
        description="안부: a chatbot for people who live alone, and for those who care.",
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    run = _command(commands, "run", _run, "start the service")
    run.add_argument("--host", default=None)
    run.add_argument("--port", type=_number(0, MAX_PORT), default=None)
    run.add_argument("--workers", type=_number(1, MAX_WORKERS), default=1)
    chat = _command(commands, "chat", _chat, "talk to Anbu in the terminal")
    chat.add_argument("--json", action="store_true", help="one JSON object a line, in and out")
    chat.add_argument("--user", default="terminal", help="who is talking")
    understand = _command(commands, "understand", _understand, "what texts mean, one a line")
    understand.add_argument("file", nargs="?", type=Path)
    understand.add_argument("--engine", choices=["embedded", "rasa"], default="embedded")
    match = _command(commands, "match", _match, "policies that fit a profile")
    match.add_argument("--profile", required=True, help="a JSON file, or - for standard input")
    match.add_argument("--on", default=None, help="the day, YYYY-MM-DD (default: today)")
    match.add_argument("--json", action="store_true")
    _command(commands, "check", _check, "inspect flows, content, training data, policies")
    bench = _command(commands, "bench", _bench, "measure; prints JSON")
    bench.add_argument("name", choices=BENCHES)
    bench.add_argument("--seconds", type=float, default=2.0, help="how long each load runs")
    evaluate = _command(commands, "evaluate", _evaluate, "how well texts are understood")
    evaluate.add_argument("what", choices=["nlu"])
    evaluate.add_argument(
        "--data", type=Path, action="append", help="a folder or file of rows; may be repeated"
    )
    evaluate.add_argument("--engine", choices=["embedded", "rasa", "both"], default="embedded")
    evaluate.add_argument("--json", action="store_true")
    evaluate.add_argument("--picture", type=Path, help="write a PNG there")
    staff = _command(commands, "staff", _staff, "officers and their cases")
    staff.add_argument(
        "words", nargs="*", help="add NAME ROLE REGION | list | link NAME | as NAME /queue …"
    )
    db = _command(commands, "db", _db, "migrations and backup")
    db.add_argument("what", choices=["migrate", "backup", "counts"])
    db.add_argument("path", nargs="?", type=Path)
    _simulate_options(
        _command(commands, "simulate", _simulate, "the check-in in a made-up district")
    )
    _command(commands, "purge", _purge, "delete what has been kept long enough")
    _command(commands, "doctor", _doctor, "start-up checks, with hints")
    return parser


def _command(
    commands: Any, name: str, run: Callable[[argparse.Namespace, Settings], int], words: str
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=words, description=words)
    parser.set_defaults(run=run)
    return parser


def _run(options: argparse.Namespace, settings: Settings) -> int:
    from bot.serve import serve

    changes = {k: v for k in ("host", "port") if (v := getattr(options, k)) is not None}
    return serve(settings.model_copy(update=changes), options.workers)


def _chat(options: argparse.Namespace, settings: Settings) -> int:
    from bot.channels.terminal import chat, chat_json

    if options.json:
        return asyncio.run(chat_json(settings, sys.stdin.buffer, sys.stdout))
    return asyncio.run(chat(settings, options.user))


def _understand(options: argparse.Namespace, settings: Settings) -> int:
    from bot.understanding import engine_of, understand_lines
    from data.load import load_content
    from nlu.rest import RasaEngine

    if options.engine == "rasa" and not settings.nlu_url:
        raise BadInput("ANBU_NLU_URL is missing; make rasa starts a Rasa server for it.")
    lines = _lines(options.file)
    chosen = settings if options.engine == "rasa" else settings.model_copy(update={"nlu_url": ""})
    engine = engine_of(chosen, load_content().regions)
    for found in asyncio.run(understand_lines(engine, lines, _day(None))):
        print(json.dumps(found, ensure_ascii=False))
    if isinstance(engine, RasaEngine):
        print(engine.client.summary(), file=sys.stderr)
    return 0


def _lines(path: Path | None) -> list[str]:
    try:
        text = path.read_text(encoding="utf-8") if path else sys.stdin.read()
    except OSError as error:
        raise BadInput(f"{path} can't be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise BadInput("The texts are not UTF-8.") from error
    return text.splitlines()


def _match(options: argparse.Namespace, settings: Settings) -> int:
    from data.describe import card
    from data.load import load_content
    from data.matching import match_all, match_json
    from data.profile import normalise_profile

    given = _profile(options.profile)
    try:
        profile = normalise_profile(given)
    except ValueError as error:
        raise BadInput(f"The profile is wrong: {error}.") from error
    matches = match_all(load_content(), profile, _day(options.on))
    if options.json:
        print(json.dumps(match_json(matches), ensure_ascii=False, indent=1))
    else:
        for found in matches:
            if found.status != "no":
                print(card(found, "ko"), end="\n\n")
    return 0


def _profile(source: str) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if source == "-" else Path(source).read_text(encoding="utf-8")
        profile = json.loads(text)
    except OSError as error:
        raise BadInput(f"{source} can't be read: {error.strerror}.") from error
    except (ValueError, RecursionError) as error:
        raise BadInput(f"The profile is no JSON in UTF-8: {error}.") from error
    if not isinstance(profile, dict):
        raise BadInput('The profile must be a JSON object, as {"region": "서울특별시 종로구"}.')
    return profile


def _day(text: str | None) -> date:
    from bot.clock import seoul_day, system_clock

    if text is None:
        return seoul_day(system_clock())
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"{text} is no day; write it as 2026-11-22.") from error


def _check(options: argparse.Namespace, settings: Settings) -> int:
    from bot.check import findings

    found = findings()
    for fault in found:
        print(fault)
    print(f"{len(found)} findings" if found else "nothing to mend", file=sys.stderr)
    return 1 if found else 0


def _bench(options: argparse.Namespace, settings: Settings) -> int:
    from bot.bench import run_bench

    print(json.dumps(run_bench(options.name, options.seconds), ensure_ascii=False, indent=1))
    return 0


def _evaluate(options: argparse.Namespace, settings: Settings) -> int:
    from bot.evaluate.command import evaluate_nlu
    from bot.evaluate.rows import BadRows

    names = ("embedded", "rasa") if options.engine == "both" else (options.engine,)
    try:
        print(evaluate_nlu(settings, options.data, names, options.json, options.picture))
    except BadRows as error:
        raise BadInput(str(error)) from error
    return 0


def _staff(options: argparse.Namespace, settings: Settings) -> int:
    from bot.app import open_store
    from bot.staff.commands import WrongUse, staff_command

    with open_store(settings) as store:
        try:
            print(staff_command(store, options.words))
        except WrongUse as error:
            raise BadInput(str(error)) from error
    return 0


def _db(options: argparse.Namespace, settings: Settings) -> int:
    from bot.app import open_store

    with open_store(settings) as store:
        if options.what == "backup":
            if options.path is None:
                raise BadInput("Say where the backup goes: anbu db backup PATH.")
            store.backup(options.path)
            print(options.path)
        elif options.what == "counts":
            print(json.dumps(store.counts(), indent=1))
        else:
            print("up to date")
    return 0


def _simulate_options(simulate: argparse.ArgumentParser) -> None:
    simulate.add_argument("--people", type=_number(1, MOST_PEOPLE), default=1000)
    simulate.add_argument("--days", type=_number(1, MOST_DAYS), default=10)
    simulate.add_argument("--seed", type=_number(0, MOST_SEEDS), default=1)
    simulate.add_argument("--fault", action="append", default=[], choices=FAULTS)
    simulate.add_argument("--json", action="store_true")
    simulate.add_argument("--pictures", type=Path, help="a folder for PNG files")


def _simulate(options: argparse.Namespace, settings: Settings) -> int:
    from bot.care.simulate.command import run

    if options.pictures is not None:
        _make_folder(options.pictures)
    return run(
        options.people,
        options.days,
        options.seed,
        list(dict.fromkeys(options.fault)),
        as_json=options.json,
        pictures=options.pictures,
    )


def _make_folder(folder: Path) -> None:
    """Before minutes of work, not after them."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInput(f"{folder} can't be made: {error.strerror}.") from error


def _purge(options: argparse.Namespace, settings: Settings) -> int:
    from bot.app import open_store
    from bot.clock import milliseconds, system_clock

    with open_store(settings) as store:
        print(json.dumps(store.purge(milliseconds(system_clock())), indent=1))
    return 0


def _doctor(options: argparse.Namespace, settings: Settings) -> int:
    from bot.doctor import examine

    worst = 0
    for finding in examine(settings):
        print(finding)
        worst = max(worst, finding.level)
    return 1 if worst > 1 else 0


if __name__ == "__main__":
    sys.exit(main())

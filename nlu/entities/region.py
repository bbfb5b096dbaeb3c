"""Regions: a gazetteer of every official and spoken name, and what a text says with them."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from flows.types import AMBIGUOUS
from nlu.entities.lexicon import words
from nlu.entities.romanize import romanize
from nlu.normalize import jamo, squeeze

Row = tuple[str, str, str, str]
LegalRow = tuple[str, str, str, str]
Alias = tuple[str, Sequence[str]]

LONGEST_NAME = 14
MISSPELT_LONGEST = 6
UNSPACED = 8
"""A word of more letters than this is taken for several, typed without blanks."""

SHORT = {
    "서울": "서울특별시",
    "서울시": "서울특별시",
    "부산": "부산광역시",
    "부산시": "부산광역시",
    "대구": "대구광역시",
    "대구시": "대구광역시",
    "인천": "인천광역시",
    "인천시": "인천광역시",
    "광주": "광주광역시",
    "대전": "대전광역시",
    "대전시": "대전광역시",
    "울산": "울산광역시",
    "울산시": "울산광역시",
    "세종": "세종특별자치시",
    "경기": "경기도",
    "강원": "강원특별자치도",
    "충북": "충청북도",
    "충남": "충청남도",
    "전북": "전북특별자치도",
    "전남": "전라남도",
    "경북": "경상북도",
    "경남": "경상남도",
    "제주": "제주특별자치도",
}
_SINO = str.maketrans("12345678", "일이삼사오육칠팔")

# What may stand right after a name that keeps its suffix, and after one that lost it.
_ENDING = (
    "에게|에서는|에서만|에서도|에선|에서|서는|서도|서만|서|에는|에도|에요|에|은요|은|는요|는|이고요|이고|이라서|이라|이랑|이요|이에요|이예요|이야|이여|이유|이더|이|가|"
    "을|를|의|도요|도|으로|로|랑|하고|과|와|까지|부터|만|요|예요|여요|인데요|인데|인디요|인디|입니다|입니더|임|라서|라고|고요|구요|야|"
    "잉께|이드래요|드래요|마씸|우다|이우다|쪽"
)
_LIVING = (
    "사는|사시|사셔|사신|사세|살아|살고|살구|살지|살며|살면서|살던|살다|살았|살기|살어|사라|산다|삽니|살음|삼$|거주|지내|토박이|주민|"
    "시민|구민|군민|도민|동민|자취|독거|혼자|이사|전입"
)
_PLACE = (
    "구청|시청|군청|청|주민센터|동사무소|행정복지|행복센터|보건소|복지|센터|가족센터|1인가구|일인가구|정신건강|노인|청년|근처|동네|인근|"
    "일대|지역|관내|관할|출신|사람|할머니|할아버지|어르신|안에|내에|있는|있어|시장|경찰|소방|집|댁|골목|번지|우체국|도서관"
)
_OFFICE = (
    "구청|시청|군청|보건소|복지관|종합복지관|종합사회복지관|노인복지관|주민센터|행정복지센터|가족센터|건강가정|정신건강|1인가구|치매|"
    "일자리센터|고용센터|고용복지|도서관|청년|자활|구보건소|시민회관|문화원|평생학습"
)
_AFTER_NAME = re.compile(f"(?:{_LIVING}|{_PLACE}|(?:{_ENDING})|\\d|$)")
_AFTER_STEM = re.compile(
    f"(?:{_LIVING}|(?:{_ENDING})(?:{_LIVING}|$)|(?:근처|동네|인근|일대|지역|출신|사람|1인가구|토박이|{_OFFICE}|$))"
)
_DONG_OFFICE = re.compile("(?:종합|사회|노인)*복지관|주민센터|행정복지센터|동사무소")
_LIVES = re.compile(f"(?:에서|에서는|에는|에도|에|쪽에|쪽|근처에|동네에|동네)?(?:{_LIVING})")
_LIVES_SOON = re.compile(
    r"(?:에|에서|쪽에|쪽)?(?:혼자|홀로|계속|지금|현재|오래)?(?:사는|사시|살아|살고|산다|삽니|거주)"
)
_MOVED_HERE = re.compile(r"(?:으로|로)(?:이사|옮|전입|왔|가게|오게)")
_LEFT = re.compile(
    r"(?:에?서(?:만)?(?:이사|올라|내려|왔|떠나|태어|나서|나고|자라|자랐)|에?(?:살다가|살다|살았|살던|있다가|사시다가)|출신|토박이였)"
)
_LATIN_NAME = re.compile(r"[a-z]{3,}(?:-(?:gu|si|gun|do|dong|eup|myeon))?")
_NOT_THIS = re.compile(r"(?:쪽|에|은|는)?(?:말고|아니고|아니라|빼고|제외)")
_MOVE_LATER = re.compile(r"에서.{1,12}(?:으로|로)(?:이사|옮|왔|전입)")
_HOMETOWN = re.compile(r"(?:고향은|고향이|본가는|친정은|예전에는|예전엔|옛날엔|전에는)$")


@dataclass(frozen=True, slots=True)
class Mention:
    start: int
    end: int
    surface: str
    readings: tuple[str, ...]
    sure: bool
    """False where the name is an everyday word as well and needs support."""
    lesser: tuple[str, ...] = ()
    """Readings as a 법정동 that goes by another name in the offices."""

    def all(self) -> tuple[str, ...]:
        return self.readings + self.lesser


@dataclass(frozen=True, slots=True)
class Place:
    """Full standard name, or `AMBIGUOUS` and the words; `options` are the narrower readings."""

    value: str
    options: tuple[str, ...] = ()


@dataclass(slots=True)
class Group:
    """Mentions that speak of one place."""

    start: int
    end: int
    surface: str
    readings: tuple[str, ...]
    sure: bool
    lesser: tuple[str, ...] = ()
    score: int = 0

    def all(self) -> tuple[str, ...]:
        return self.readings + self.lesser


@dataclass(slots=True)
class _Line:
    """A text without blanks and marks, and where its words began and ended."""

    letters: str
    starts: frozenset[int]
    ends: tuple[int, ...]
    spaced: bool

    def word_end(self, at: int) -> int:
        return next(end for end in self.ends if end >= at)

    def word_start(self, at: int) -> int:
        return max(start for start in self.starts if start <= at)


@dataclass
class Gazetteer:
    rows: Iterable[Row] = field(repr=False)
    legal: Iterable[LegalRow] = field(default=(), repr=False)
    aliases: Iterable[Alias] = field(default=(), repr=False)
    names: dict[str, list[str]] = field(init=False, repr=False)
    lesser: dict[str, list[str]] = field(init=False, repr=False)
    english: dict[str, list[str]] = field(init=False, repr=False)
    sounds: dict[str, list[str]] = field(init=False, repr=False)
    stems: dict[str, list[str]] = field(init=False, repr=False)
    villages: dict[str, list[str]] = field(init=False, repr=False)
    dong_stems: dict[str, list[str]] = field(init=False, repr=False)
    levels: dict[str, int] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        listed = words("region")
        self._risky, self._risky_dong = listed["risky"], listed["risky_dong"]
        self._leaders, self._nowhere = listed["leader"], listed["nowhere"]
        self._not_home = re.compile("(?:에|로|으로|의)?(?:" + "|".join(listed["not_home"]) + ")")
        self.names, self.stems = defaultdict(list), defaultdict(list)
        self.villages, self.dong_stems = defaultdict(list), defaultdict(list)
        self.lesser, self.english = defaultdict(list), defaultdict(list)
        self.levels, self.sounds = {}, defaultdict(list)
        for _, sido, sigungu, dong in self.rows:
            self._add_row(sido, sigungu, dong)
        for name, sido, sigungu, dong in self.legal:
            self._add_legal(name, " ".join(part for part in (sido, sigungu, dong) if part))
        for alias, full in self.aliases:
            self._add_alias(alias, full)
        for surface, full_name in SHORT.items():
            if full_name in self.levels:
                self._put(self.names if surface.endswith("시") else self.stems, surface, full_name)
                self._put(self.english, romanize(surface), full_name)

    # --- building ---------------------------------------------------------------------

    def _put(self, index: dict[str, list[str]], surface: str, full: str) -> None:
        if full not in index[surface]:
            index[surface].append(full)

    def _add_row(self, sido: str, sigungu: str, dong: str) -> None:
        full = " ".join(part for part in (sido, sigungu, dong) if part)
        self.levels[full] = 3 if dong else 2 if sigungu else 1
        own = (dong or sigungu or sido).split()[-1]
        self._put(self.names, squeeze(own), full)
        self._add_english(own, full)
        if len(own) > 2 and own[-1] in "구시군동":
            self._put(self.sounds, heard(own), full)
        if dong:
            for form in _spoken_dong(dong):
                self._put(self.names, form, full)
            self._add_dong_stem(dong, full)
        elif sigungu:
            self._put(self.names, squeeze(sigungu), full)
            stem = sigungu.split()[-1][:-1]
            if len(stem) > 1:
                self._put(self.stems, stem, full)

    def _add_english(self, own: str, full: str) -> None:
        stem, kind = own[:-1], romanize(own[-1])
        for form in (f"{romanize(stem)}-{kind}", f"{romanize(stem)}{kind}"):
            self._put(self.english, form, full)
        if len(stem) > 1 and kind in ("gu", "si", "gun"):
            self._put(self.english, romanize(stem), full)

    def _add_dong_stem(self, name: str, full: str) -> None:
        stem = _dong_stem(name)
        if len(stem) > 1 and re.fullmatch("[가-힣]+", stem):
            self._put(self.dong_stems, stem, full)

    def _add_legal(self, name: str, full: str) -> None:
        if name.endswith("리"):
            self._put(self.villages, name, full)
            return
        around, _, dong = full.rpartition(" ")
        exact = f"{around} {name}"
        same_name = exact in self.levels or _dong_stem(dong) == _dong_stem(name)
        reading = exact if exact in self.levels else full
        self._put(self.names if same_name else self.lesser, name, reading)
        if same_name and name.endswith("동"):
            self._add_english(name, reading)
            self._add_dong_stem(name, full)
            if len(name) > 2:
                self._put(self.sounds, heard(name), reading)

    def _add_alias(self, alias: str, full: Sequence[str]) -> None:
        last = alias.split()[-1]
        suffixed = last[-1] in "구시군도" and len(last) > 1
        for name in full:
            self._put(self.names if suffixed else self.stems, squeeze(last), name)
            if " " in alias:
                for form in _shorter(alias):
                    self._put(self.names, form, name)

    # --- reading a text ---------------------------------------------------------------

    def find(self, text: str) -> Place | None:
        line = _line(text)
        groups = self._groups(line, list(self._mentions(line)))
        for group in groups:
            group.score = self._score(line, group)
        likely = [g for g in groups if g.score > -3 and (g.sure or g.score > 0)]
        if not likely:
            return self._in_english(text)
        best = max(likely, key=lambda g: (g.score, self._depth(g), -g.start))
        return self._place(best)

    def _in_english(self, text: str) -> Place | None:
        readings: tuple[str, ...] = ()
        for word in _LATIN_NAME.findall(text.lower()):
            said = self.english.get(word)
            if said:
                readings = _narrow(readings, said) or tuple(said) if readings else tuple(said)
        if not readings:
            return None
        own = {reading.split()[-1] for reading in readings}
        group = Group(0, 0, min(own), readings, sure=True)
        return self._place(group)

    def _mentions(self, line: _Line) -> Iterator[Mention]:
        at, chained = 0, False
        while at < len(line.letters):
            found = self._at(line, at, chained)
            if found:
                yield found
                at, chained = found.end, True
            else:
                at, chained = at + 1, False

    def _at(self, line: _Line, at: int, chained: bool) -> Mention | None:
        open_left = at in line.starts or chained or self._after_leader(line, at)
        if not open_left and line.spaced:
            return None
        rest_of = line.letters
        for size in range(min(LONGEST_NAME, len(rest_of) - at), 1, -1):
            surface = rest_of[at : at + size]
            mention = self._named(line, at, surface, chained, open_left)
            if mention:
                return mention
        return self._misspelt(line, at) if open_left else None

    def _misspelt(self, line: _Line, at: int) -> Mention | None:
        """A name of three syllables or more that only sounds right: 종노구, 서데문구."""
        word = line.letters[at : line.word_end(at + 1)]
        for size in range(min(len(word), MISSPELT_LONGEST), 2, -1):
            surface = word[:size]
            readings = self.sounds.get(heard(surface)) if surface[-1] in "구시군동" else None
            if readings and _AFTER_NAME.match(word[size:]):
                return Mention(at, at + size, surface, tuple(readings), sure=True)
        return None

    def _after_leader(self, line: _Line, at: int) -> bool:
        start = line.word_start(at)
        return line.letters[start:at] in self._leaders

    def _named(
        self, line: _Line, at: int, surface: str, chained: bool, open_left: bool
    ) -> Mention | None:
        end = at + len(surface)
        follows = line.letters[end : line.word_end(end)] if end not in line.ends else ""
        beyond = line.letters[end : end + 16]
        if surface in self.names or surface in self.lesser:
            return self._full_name(at, surface, follows, beyond, open_left)
        if not open_left:
            return None
        if readings := self.stems.get(surface):
            return self._stem(at, surface, readings, follows, beyond, chained)
        if chained and (readings := self.villages.get(surface)):
            return Mention(at, end, surface, tuple(readings), sure=False)
        readings = self.dong_stems.get(surface)
        said_so = _LIVES_SOON.match(beyond) or _DONG_OFFICE.match(follows)
        if readings and said_so and surface not in self._nowhere:
            return Mention(at, end, surface, tuple(readings), sure=True)
        return None

    def _full_name(
        self,
        at: int,
        surface: str,
        follows: str,
        beyond: str,
        open_left: bool,
    ) -> Mention | None:
        end = at + len(surface)
        long_name = len(surface) > 2
        if not open_left and not (long_name and surface[-1] in "구시군도동"):
            return None
        if not (_AFTER_NAME.match(follows) or self._starts_region(follows)):
            return None
        risky = surface in self._risky_dong or (
            surface[-1] in "면읍로리가" and not (surface[-1] == "가" and long_name)
        )
        sure = not risky or bool(_LIVES.match(beyond))
        lesser = tuple(self.lesser.get(surface, ()))
        readings = tuple(self.names.get(surface, ())) or lesser
        return Mention(at, end, surface, readings, sure, lesser if readings != lesser else ())

    def _stem(
        self,
        at: int,
        surface: str,
        readings: Sequence[str],
        follows: str,
        beyond: str,
        chained: bool,
    ) -> Mention | None:
        if not (_AFTER_STEM.match(follows) or self._starts_region(follows)):
            return None
        risky = surface in self._risky and surface not in SHORT
        sure = not risky or chained or bool(_LIVES.match(beyond))
        if surface in ("경기", "대전", "대구", "세종") and not sure:
            sure = bool(follows) and follows != "가"
        return Mention(at, at + len(surface), surface, tuple(readings), sure)

    def _starts_region(self, follows: str) -> bool:
        return any(
            follows[:size] in self.names or follows[:size] in self.lesser
            for size in range(2, min(LONGEST_NAME, len(follows)) + 1)
        )

    # --- putting mentions together ----------------------------------------------------

    def _groups(self, line: _Line, mentions: Sequence[Mention]) -> list[Group]:
        groups: list[Group] = []
        for mention in mentions:
            near = bool(groups) and mention.start - groups[-1].end <= 1
            known = groups[-1].all() if groups else ()
            merged = _narrow(known, mention.readings) or _narrow(known, mention.all())
            if merged and (near or mention.sure):
                group = groups[-1]
                wider = len(merged[0].split()) > len(group.readings[0].split())
                group.readings, group.end, group.sure = merged, mention.end, True
                group.lesser = ()
                group.surface = mention.surface if wider else group.surface
            else:
                groups.append(
                    Group(
                        mention.start,
                        mention.end,
                        mention.surface,
                        mention.readings,
                        mention.sure,
                        mention.lesser,
                    )
                )
        return groups

    def _score(self, line: _Line, group: Group) -> int:
        beyond = line.letters[group.end : group.end + 24]
        if self._not_home.match(beyond) or _NOT_THIS.match(beyond):
            return -3
        if _LEFT.match(beyond) or _MOVE_LATER.match(beyond):
            return -3
        if _HOMETOWN.search(line.letters[: group.start]):
            return -3
        return 3 if _LIVES.match(beyond) or _MOVED_HERE.match(beyond) else 0

    def _depth(self, group: Group) -> int:
        return min(self.levels.get(reading, 0) for reading in group.readings)

    def _place(self, group: Group) -> Place:
        readings = _without_wider(group.readings)
        if len(readings) == 1:
            return Place(readings[0])
        shared = _shared(readings)
        if shared and self.levels.get(shared, 0) >= 2:
            return Place(shared, readings)
        return Place(AMBIGUOUS + group.surface, _without_wider(group.all()))


_SAME_SOUND = str.maketrans(
    {"ㅐ": "ㅔ", "ㅒ": "ㅔ", "ㅖ": "ㅔ", "ㅢ": "ㅣ", "ㅙ": "ㅚ", "ㅞ": "ㅚ"}
)
_ASSIMILATED = re.compile("([ㅇㅁㄱㅂ])ㄹ(?=[ㅏ-ㅣ])")


def heard(name: str) -> str:
    """A name as it is said: 종로구 and 종노구, 서대문구 and 서데문구 are one."""
    said = jamo(name).translate(_SAME_SOUND).replace("ㄴㄹ", "ㄹㄹ").replace("ㄹㄴ", "ㄹㄹ")
    return _ASSIMILATED.sub(r"\1ㄴ", said)


def _dong_stem(name: str) -> str:
    return re.sub(r"본?(?:제?\d[\d.,·]*)?[동읍면]$", "", name)


def _spoken_dong(dong: str) -> Iterator[str]:
    plain = squeeze(re.sub(r"제(?=\d)", "", dong))
    yield plain
    if re.search(r"[가-힣][1-8]동$", plain):
        yield plain.translate(_SINO)


def _shorter(alias: str) -> Iterator[str]:
    """ "경상북도 군위군" as it is written and said: 경상북도군위군, 경북군위군, 경북군위."""
    sido, rest = alias.split(" ", 1)
    for head in (sido, *(short for short, full in SHORT.items() if full == sido)):
        yield squeeze(head + rest)
        if len(rest) > 2:
            yield squeeze(head + rest[:-1])


def _narrow(known: Sequence[str], said: Sequence[str]) -> tuple[str, ...]:
    """The readings of two mentions that agree, the narrower of each pair; empty where none do."""
    inside = [s for s in said if any(_within(s, k) for k in known)]
    if inside:
        return tuple(inside)
    return tuple(k for k in known if any(_within(k, s) for s in said))


def _within(narrow: str, wide: str) -> bool:
    return narrow == wide or narrow.startswith(wide + " ")


def _without_wider(readings: Sequence[str]) -> tuple[str, ...]:
    return tuple(
        r for r in readings if not any(other != r and _within(other, r) for other in readings)
    )


def _shared(readings: Sequence[str]) -> str:
    columns = zip(*(r.split() for r in readings), strict=False)
    same = []
    for column in columns:
        if len(set(column)) > 1:
            break
        same.append(column[0])
    return " ".join(same)


def _line(text: str) -> _Line:
    letters, starts, ends = "", set(), []
    for chunk in re.split(r"[^0-9a-zA-Z가-힣.·]+", text):
        word = squeeze(chunk)
        if word:
            starts.add(len(letters))
            letters += word
            ends.append(len(letters))
    sizes = [b - a for a, b in zip([0, *ends], ends, strict=False)]
    spaced = max(sizes, default=0) <= UNSPACED
    return _Line(letters, frozenset(starts), tuple(ends), spaced)

"""The names of regions: built once from the tables of the content."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from nlu.entities.romanize import romanize
from nlu.normalize import jamo, squeeze

Row = tuple[str, str, str, str]
LegalRow = tuple[str, str, str, str]
Alias = tuple[str, Sequence[str]]


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


@dataclass
class Names:
    """Every name of a region, official, spoken or misspelt, and what it may stand for."""

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

"""Who is there now: pure, from the roster, absences and roles."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.care.rules import MINUTE_MS, SEOUL_MS, is_holiday
from data.care import Who
from data.store import DAY_MS, Absence, Duty, StaffMember


@dataclass(frozen=True, slots=True)
class Roster:
    """`reached` are those of the staff for whom at least one channel is known."""

    staff: Sequence[StaffMember] = ()
    duties: Sequence[Duty] = ()
    absences: Sequence[Absence] = ()
    reached: Collection[str] = field(default_factory=frozenset)

    def people(self, who: Who, region: str, assignee: str | None, now: int) -> list[str]:
        """Ids of those whom a rung means and who can be told now; none where nobody is there."""
        found = self._wanted(who, region, assignee, now)
        present = (self._or_deputy(one, now) for one in found)
        return list(dict.fromkeys(one for one in present if one and one in self.reached))

    def _wanted(self, who: Who, region: str, assignee: str | None, now: int) -> list[str]:
        if who == "assignee":
            return [assignee] if assignee else []
        if who in ("lead", "desk"):
            return self._by_role(who, region, now)
        order = self.on_duty(region, now, "officer")
        if not order and not self._any_duty(region):
            order = [
                [one.id for one in self.staff if one.role == "officer" and covers(one, region)]
            ]
        rank = 0 if who == "duty" else 1
        return order[rank] if rank < len(order) else []

    def of_team(self, team: str) -> "Roster":
        """Only the officers of a team; everybody where it has none."""
        officers = {one.id for one in self.staff if one.role == "officer" and one.team != team}
        if not team or not any(one.role == "officer" and one.team == team for one in self.staff):
            return self
        staff = [one for one in self.staff if one.id not in officers]
        return replace(self, staff=staff)

    def on_duty(self, region: str, now: int, role: str = "") -> list[list[str]]:
        """Groups in the order in which they are told: the nearest region and the lowest rank first."""
        roles = {one.id: one.role for one in self.staff}
        on = [
            each
            for each in self.duties
            if each.staff_id in roles
            and (roles[each.staff_id] == role or not role)
            and within(each.region, region)
            and is_on(each, now)
        ]
        groups: dict[tuple[int, int], list[str]] = {}
        for each in sorted(on, key=lambda one: (-len(one.region), one.rank, one.id)):
            groups.setdefault((-len(each.region), each.rank), []).append(each.staff_id)
        return list(groups.values())

    def _any_duty(self, region: str) -> bool:
        officers = {one.id for one in self.staff if one.role == "officer"}
        return any(
            each.staff_id in officers and within(each.region, region) for each in self.duties
        )

    def _by_role(self, role: str, region: str, now: int) -> list[str]:
        """Those on duty; those of the role without a roster are always asked; at last the admins."""
        on = self.on_duty(region, now, role)
        if on:
            return on[0]
        listed = {each.staff_id for each in self.duties}
        free = [one.id for one in self.staff if one.role == role and one.id not in listed]
        mine = {one.id for one in self.staff if covers(one, region)} | self._leads_of(region)
        found = [one for one in free if one in mine]
        if not found and role == "desk":
            return free or [one.id for one in self.staff if one.role in ("desk", "admin")]
        return found

    def _leads_of(self, region: str) -> set[str]:
        """Leads of the teams whose members cover the region."""
        teams = {one.team for one in self.staff if one.team and covers(one, region)}
        return {one.id for one in self.staff if one.role == "lead" and one.team in teams}

    def _or_deputy(self, staff_id: str, now: int) -> str | None:
        """Whoever stands in, through several who are away."""
        seen: set[str] = set()
        one: str | None = staff_id
        while one is not None and one not in seen:
            seen.add(one)
            away = next((a for a in self.absences if a.staff_id == one and is_away(a, now)), None)
            if away is None:
                return one
            one = away.deputy
        return None

    def team_of(self, region: str) -> str:
        """The team that sees to a region: that of the officer with the nearest one."""
        near = [one for one in self.staff if one.team and covers(one, region)]
        return max(near, key=lambda one: (len(one.region), one.id)).team if near else ""

    def names(self) -> Mapping[str, str]:
        return {one.id: one.name for one in self.staff}


def within(wide: str, region: str) -> bool:
    """Whether `region` is `wide` or lies in it; "" is everywhere."""
    return not wide or region == wide or region.startswith(f"{wide} ")


def covers(member: StaffMember, region: str) -> bool:
    return bool(member.region) and within(member.region, region)


def is_away(absence: Absence, now: int) -> bool:
    return absence.from_at <= now < absence.until_at


def is_on(duty: Duty, now: int) -> bool:
    """A night belongs to the day on which it begins, for weekdays and for holidays."""
    local = now + SEOUL_MS
    day, minute = local // DAY_MS, local % DAY_MS // MINUTE_MS
    if duty.from_minute < duty.to_minute:
        return duty.from_minute <= minute < duty.to_minute and _works(duty, day)
    if minute >= duty.from_minute:
        return _works(duty, day)
    return minute < duty.to_minute and _works(duty, day - 1)


def _works(duty: Duty, day: int) -> bool:
    weekday = (day + 3) % 7
    return bool(duty.weekdays >> weekday & 1) and (duty.holidays or not is_holiday(day))

"""Actions that flows may name. A new one: write it in the file of its kind, add its line here."""

from collections.abc import Mapping

from bot.actions import cases, checkin, person, policies, quiz, screening
from bot.actions.base import Action, Ask, Result

__all__ = ["ACTIONS", "Action", "Ask", "Result"]

ACTIONS: Mapping[str, Action] = {
    "action_next_question": policies.ask_next,
    "action_match_policies": policies.match_policies,
    "action_show_policy": policies.show_policy,
    "action_urgent_help": policies.urgent_help,
    "action_find_programs": policies.find_programs,
    "action_find_places": policies.places,
    "action_find_service": policies.find_service,
    "action_service_check": policies.service_check,
    "action_hotlines": policies.hotlines,
    "action_counsel_lines": policies.counsel_lines,
    "action_screening_start": screening.start,
    "action_screening_answer": screening.answer,
    "action_screening_keep": screening.keep,
    "action_open_case": cases.open_case,
    "action_file_report": cases.file_report,
    "action_report_status": cases.report_status,
    "action_report_say": cases.report_say,
    "action_my_cases": cases.my_cases,
    "action_office_hours": cases.office_hours,
    "action_handoff": cases.handoff,
    "action_crisis": cases.crisis,
    "action_checkin_state": checkin.state,
    "action_checkin_threshold": checkin.threshold,
    "action_checkin_enroll": checkin.enroll,
    "action_checkin_reply": checkin.reply,
    "action_checkin_pause": checkin.pause,
    "action_checkin_stop": checkin.stop,
    "action_quiz_start": quiz.start,
    "action_quiz_answer": quiz.answer,
    "action_quiz_enter": quiz.enter,
    "action_show_profile": person.show_profile,
    "action_show_data": person.show_data,
    "action_export_me": person.export_me,
    "action_forget_me": person.forget_me,
    "action_set_language": person.set_language,
}

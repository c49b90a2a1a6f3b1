"""Surveys: what is asked at a touchpoint, who is invited, and what was found. It refuses to change a question that was answered."""

from corridor.listen.surveys.define import add_survey, change_survey, close, publish, survey, survey_at, surveys, versions
from corridor.listen.surveys.facts import Answer, Form, Invitation, Question, Survey, Version
from corridor.listen.surveys.invite import invite
from corridor.listen.surveys.results import Results, results

__all__ = [
    "Answer",
    "Form",
    "Invitation",
    "Question",
    "Results",
    "Survey",
    "Version",
    "add_survey",
    "change_survey",
    "close",
    "invite",
    "publish",
    "results",
    "survey",
    "survey_at",
    "surveys",
    "versions",
]

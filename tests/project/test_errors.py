"""Whoever looks for what can go wrong finds it in one file per package."""

from oneclick.project.reference import all_errors

ELSEWHERE = {
    "oneclick.accounts.roles": "the refusal stands beside the rights",
    "oneclick.core.environment": "the settings' reader is a foundation without a tree",
    "oneclick.web.rest": "the shape of answers",
}


def test_errors_are_defined_in_errors_py() -> None:
    strays = {
        f"{error.__module__}.{error.__name__}"
        for error in all_errors()
        if error.__module__.rpartition(".")[2] != "errors" and error.__module__ not in ELSEWHERE
    }

    assert strays == set()

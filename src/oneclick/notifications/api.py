"""`/api/notifications/settings`, and `/api/operator/mail` for operators."""

from http import HTTPStatus

from django.http import HttpRequest
from ninja import Router, Status

from oneclick.accounts.bearer import OperatorAuth, operator_of, principal_of
from oneclick.accounts.preferences import person_of
from oneclick.notifications import audience, services
from oneclick.notifications.schemas import ChoicesAnswer, ChoicesRequest, TrialRequest
from oneclick.web.rest import errors

router = Router(tags=["Notifications"])
operator_router = Router(tags=["Installation"], auth=OperatorAuth())


@router.get("/settings", response={200: ChoicesAnswer, **errors()}, operation_id="getNotificationSettings")
def get_settings(request: HttpRequest) -> ChoicesAnswer:
    """What you are told of by e-mail; for people, and tokens of theirs."""
    chosen = audience.choices_of(person_of(principal_of(request)))
    return ChoicesAnswer.of(chosen, is_sent=services.mail_server() is not None)


@router.patch("/settings", response={200: ChoicesAnswer, **errors()}, operation_id="changeNotificationSettings")
def change_settings(request: HttpRequest, wanted: ChoicesRequest) -> ChoicesAnswer:
    """Choose what you are told of by e-mail."""
    chosen = audience.choose(person_of(principal_of(request)), wanted.by_email)
    return ChoicesAnswer.of(chosen, is_sent=services.mail_server() is not None)


@operator_router.post("/try", response={204: None, **errors()}, operation_id="tryMail")
def try_mail(request: HttpRequest, wanted: TrialRequest) -> Status[None]:
    """Send a mail to try the mail server; 204 means that the server took it."""
    services.send_trial(wanted.to, actor=operator_of(request).label)
    return Status(HTTPStatus.NO_CONTENT, None)

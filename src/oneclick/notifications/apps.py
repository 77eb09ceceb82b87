"""Django's entry to this room."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """E-mail."""

    name = "oneclick.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Listen, and take places among the account's and the installation's pages."""
        from oneclick.job_queue.warming import WARM_UPS
        from oneclick.notifications.kinds import register_own
        from oneclick.notifications.receivers import tell_of_end, tell_of_quiet, tell_of_update
        from oneclick.notifications.warming import warm_up
        from oneclick.pipelines.signals import flow_quiet, run_ended
        from oneclick.provisioning.signals import job_ended
        from oneclick.web.parts import Part, register

        WARM_UPS.register("notifications", warm_up)
        register_own()
        job_ended.connect(tell_of_end)
        run_ended.connect(tell_of_update)
        flow_quiet.connect(tell_of_quiet)
        register(
            "account", Part(key="notifications", label="Notifications", url_name="account-notifications", order=30)
        )
        register("operator", Part(key="mail", label="E-mail", url_name="operator-mail", order=40))

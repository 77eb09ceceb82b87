"""The addresses of team, tokens, audit log and permissions."""

from django.urls import URLPattern, path

from oneclick.accounts import views, views_account, views_team, views_tokens

urlpatterns: list[URLPattern] = [
    path("team", views_team.team, name="team"),
    path("team/invitations", views_team.invited, name="team-invitations"),
    path("team/invitations/new", views_team.invite, name="team-invite"),
    path("team/invitations/<uuid:invitation_id>/revoke", views_team.revoke_invitation, name="team-invitation-revoke"),
    path("team/organisation", views_team.organisation, name="organisation"),
    path("team/removed", views_team.removed, name="team-removed"),
    path("team/removed/<uuid:user_id>/readmit", views_team.readmit, name="team-readmit"),
    path("team/leave", views_team.leave, name="team-leave"),
    path("team/<uuid:user_id>", views_team.member, name="team-member"),
    path("team/<uuid:user_id>/remove", views_team.remove, name="team-member-remove"),
    path("tokens", views_tokens.tokens, name="tokens"),
    path("tokens/new", views_tokens.new, name="tokens-new"),
    path("tokens/<uuid:token_id>/revoke", views_tokens.revoke, name="token-revoke"),
    path("tokens/service-accounts", views_tokens.service_accounts, name="service-accounts"),
    path(
        "tokens/service-accounts/<uuid:account_id>/remove",
        views_tokens.remove_service_account,
        name="service-account-remove",
    ),
    path("account/time-zone", views_account.time_zone, name="account-time-zone"),
    path("organisations/new", views.found_organisation, name="organisation-new"),
    path("organisations", views.organisations, name="organisations"),
    path("join", views.join, name="join"),
    path("audit", views.audit, name="audit"),
    path("audit/export", views.export_audit, name="audit-export"),
    path("permissions", views.permissions, name="permissions"),
]

"""Which query each index is there for, and how rows of each kind live: what the database can't say of itself.

A test holds this against the database: an index that nobody named here, or a name that no longer exists, fails it.
"""

from collections.abc import Mapping

INDEXES: Mapping[str, str] = {
    "user_issuer_subject": "signing in: `accounts.services.add_user`",
    "provider_organisation_issuer": "`accounts.sign_in.providers.providers`; one provider per issuer",
    "sign_in_identityprovider_slug_key": "leaving for a provider and coming back from it",
    "sign_in_session_id_key": "ending one of one's devices: `accounts.sign_in.sessions.end`",
    "sign_in_session_ends_at_38147e68": "sessions that have ended, to remove them",
    "sign_in_attempt_expires_at_c6f12e42": "attempts that were given up, to remove them",
    "sign_in_adminlink_digest_key": "opening a one-time link: `accounts.sign_in.local.look_at`",
    "sign_in_tries_since_f5033168": "counters that nobody needs any more, to remove them",
    "organisation_name": "`accounts.queries.organisation`; two organisations can't share a name",
    "organisation_domain": "two organisations can't share a domain",
    "membership_organisation_user": "`accounts.queries.members`; one role per member",
    "removal_once": "`accounts.queries.removed_members`; whether somebody who signs in was removed",
    "invitation_open_once": "`accounts.invitations.invite`; one open invitation per address",
    "invitation_newest": "`accounts.queries.invitations`",
    "accounts_invitation_digest_key": "opening an invitation's link: `accounts.invitations.look_at`",
    "service_account_name": "`accounts.queries.service_accounts`; a name is free again once its account is removed",
    "accounts_operatorgrant_user_id_key": "whether somebody is an operator: `accounts.membership`",
    "token_organisation_newest": "`accounts.queries.tokens`",
    "accounts_apitoken_digest_key": "every call of the REST API: `accounts.services.principal_for_token`",
    "accounts_installid_is_only_key": "there is one row",
    "audit_event_organisation": "`audit.queries.events`",
    "allowed_destination_unique": "`outbound.services.allow`; no destination is on the list twice",
    "secret_owner_name": "`secret_store.services.get_named`; one secret per owner and name",
    "account_link_organisation_provider_name": "`warehouses.queries.account_link`; one name per provider",
    "setup_open": "`onboarding.services.open_setup`: what was begun and not finished, the newest",
    "onboarding_setup_handover_digest_key": "`onboarding.services.handed_over`: one setup per link",
    "warehouse_organisation_name": "`warehouses.queries.warehouse`; a name is free again once its warehouse is deleted",
    "warehouse_organisation_state": "`warehouses.queries.warehouses`",
    "job_organisation_newest": "`provisioning.queries.jobs`",
    "job_organisation_state": "`provisioning.queries.jobs` of one state",
    "job_warehouse_newest": "`provisioning.queries.jobs` of one warehouse",
    "job_unfinished_wake_at": "the sweeper: jobs whose time has come (`provisioning.sweeper.sweep`)",
    "job_event_sequence": "`provisioning.queries.events`: replay after a number",
    "job_tally_number": "`provisioning.tallies`: what `/metrics` says of jobs; one row per number and stripe",
    "resource_warehouse_kind_name": "`provisioning.queries.inventory`; one record per resource",
    "idempotency_key_scope": "`provisioning.idempotency.once`: one job per key",
    "provisioning_idempotencykey_expires_at_c2f4df83": "keys that have expired, to remove them",
    "query_organisation_newest": "`queries.history.history`: the queries of an organisation",
    "query_running": "how many queries an organisation has under way, and whose process is gone",
    "connector_installation_newest": "`pipelines.connectors.offered`; one wish for each connector",
    "data_flow_organisation_name": "`pipelines.queries.flow` by name; one data flow of each name",
    "data_flow_newest": "`pipelines.queries.flows`",
    "data_flow_due": "data flows whose time has come (`pipelines.scheduling.start_due`)",
    "data_flow_watched": "data flows from which rows usually come (`pipelines.quiet.tell`)",
    "stream_state_flow_stream": "`pipelines.queries.states`; one position per stream",
    "flow_run_unfinished_once": "one update at a time; updates that nobody drives (`pipelines.sweeper.sweep`)",
    "flow_run_newest": "`pipelines.queries.runs` of one data flow",
    "flow_run_of_organisation": "`pipelines.queries.runs`",
    "stream_run_run_stream": "`pipelines.queries.stream_runs`; one line per stream",
    "loaded_table_warehouse_schema_name": "`pipelines.loaded.loaded_tables`; one line per table",
    "notification_due": "`notifications.outbox.deliver_due`: mails that are to be sent now",
    "notifications_notification_created_at_10160fdd": "mails of long ago, to remove them",
    "notification_setting_user_kind": "`notifications.audience.who_wants`; one choice per person and kind",
    "upload_made_at": "uploads of more than a day ago, to remove them: `pipelines.uploads.forget_old`",
    "file_load_running_once": "taking up a load that was cut off: `pipelines.templates.file_import.services.load_file`",
}
"""Index → what it serves. Primary keys and the indexes of foreign keys speak for themselves."""

LIVES: Mapping[str, str] = {
    "Warehouse": """\
```text
 creating ──► active ──► deleted      a name can be used again once its warehouse is deleted
     │          │  ▲        ▲
     └─► failed ┘──┘────────┘         failed: a job on it failed; trying again leads back to active
```
`suspended` is kept for providers that can pause a warehouse. Rows stay when the warehouse is deleted.""",
    "JobTally": """\
Added to in the transaction that moves a job; never removed. Its numbers belong to the whole installation and name no
organisation.""",
    "ResourceRecord": """\
```text
 creating ──► present ⇄ updating
                 │
                 └──► deleting ──► gone        foreign: an object of that name isn't ours; it stays untouched
```
Written *before* each call to the provider (the intent) and *after* it (the outcome), so that what a crash left
between the two is found by looking there.""",
    "ApiToken": """\
Valid until it expires (`expires_at`), is revoked (`revoked_at`) or its owner is gone. Rows stay, so that the list tells
what was.""",
    "Invitation": """\
```text
 open ──► accepted      once, by whoever has the address
   ├────► revoked       taken back, or followed by a newer one to the same address
   └────► expired       when `expires_at` has passed
```""",
    "ServiceAccount": """\
Works until it is removed (`removed_at`), and its tokens with it. The row stays; the name is free again.""",
    "Secret": """\
Stored before the call that makes it valid outside; rotated in place (`version` counts), deleted after what it opens
is gone.""",
    "AuditEvent": """\
Inserted in the transaction of what it tells of; sealed within seconds; never changed; dropped by whole months, which
leaves an anchor.""",
    "QueryHistory": """\
`running`, then `done`, `failed` or `cancelled`; `lost` where the process that ran it was killed. Never holds rows.""",
    "LoadedTable": """\
Made before the first load of a table, so that the table is known as ours also when the load is cut off.""",
    "FileLoad": """\
```text
 running ──► done          running after a crash: the same file, loaded again, goes on under the same id
    ├──────► failed        the warehouse refused it; nothing was changed
    └──────► superseded    another file was loaded into the table in between
```""",
    "Upload": """\
```text
 looking ──► ready ──► loading ──► done     its file is removed; the line is forgotten after a day, like any other
    ▲ │        │        │
    │ └────────┼────────┴──► failed         the person says something else, and it is looked at or loaded again
    └──────────┴─────────────────┘
```""",
    "IdempotencyKey": """\
Made with its job; forgotten after `expires_at`.""",
}
"""Model → its life cycle, in Markdown. The job's own comes from the table of legal transitions."""

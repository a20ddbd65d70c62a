"""Who may do what on the bus, generated from the contracts: the NATS server's configuration."""

from __future__ import annotations

from collections.abc import Mapping

from contracts.channels import SERVICES, allowed
from contracts.log import STREAM

PROVISIONER = "provision"
SNAPSHOTS, PRESENCE, LEASES, PROVIDERS = "snapshots", "presence", "leases", "providers"
PLANS = "plans"
HISTORY = "history.query"

# What each service asks of, or keeps on, the bus beside its facts.
_EXTRA = {
    "executor": (f"$KV.{LEASES}.*", f"$JS.API.STREAM.MSG.GET.KV_{LEASES}", f"$KV.{PROVIDERS}.*"),
    "position-manager": (f"$KV.{PLANS}.*",),
    "api-gateway": (
        HISTORY,
        f"$JS.API.STREAM.MSG.GET.KV_{PRESENCE}",
        f"$JS.API.STREAM.INFO.KV_{PRESENCE}",
        f"$JS.API.STREAM.MSG.GET.KV_{PROVIDERS}",
        f"$JS.API.STREAM.MSG.GET.KV_{PLANS}",
    ),
}
_LISTENS = {"audit": (HISTORY,)}


def publishes(service: str) -> tuple[str, ...]:
    """List every subject that a service may publish to."""
    return (
        *allowed(service),
        f"$JS.API.STREAM.INFO.{STREAM}",
        f"$JS.API.STREAM.MSG.GET.{STREAM}",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.*",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.*.>",
        f"$JS.FC.{STREAM}.>",
        f"$JS.API.STREAM.MSG.GET.KV_{SNAPSHOTS}",
        f"$KV.{SNAPSHOTS}.{service}",
        f"$KV.{SNAPSHOTS}.{service}.*",
        f"$KV.{PRESENCE}.{service}",
        f"$KV.{PRESENCE}.{service}.*",
        *_EXTRA.get(service, ()),
    )


def listens(service: str) -> tuple[str, ...]:
    """List every subject that a service may subscribe to; records come through its own inbox."""
    return (f"_INBOX_{service}.>", *_LISTENS.get(service, ()))


def _quoted(subjects: tuple[str, ...]) -> str:
    return ", ".join(f'"{subject}"' for subject in subjects)


def _user(service: str, password: str) -> str:
    answers = ", allow_responses: true" if service in _LISTENS else ""
    return (
        f'      {{ user: "{service}", password: {password}, permissions: {{\n'
        f"          publish: {{ allow: [{_quoted(publishes(service))}] }},\n"
        f"          subscribe: {{ allow: [{_quoted(listens(service))}] }}{answers} }} }}\n"
    )


def configuration(passwords: Mapping[str, str], *, store: str, listen: str, monitor: str, max_store: str) -> str:
    """Write a nats-server configuration. A password is a quoted string or a `$VARIABLE` of the server's environment."""
    users = "".join(_user(service, passwords[service]) for service in SERVICES)
    return (
        "# Generated from the contracts: who may write what. See docs/design.md, section 2.\n"
        f'listen: "{listen}"\n'
        f'http: "{monitor}"\n'
        "max_payload: 8MB\n"
        'write_deadline: "5s"\n'
        "jetstream {\n"
        f'  store_dir: "{store}"\n'
        "  # An acknowledged fact survives a power cut; the default syncs every two minutes.\n"
        "  sync_interval: always\n"
        f"  max_file_store: {max_store}\n"
        "}\n"
        "accounts {\n"
        "  TRADING {\n"
        "    jetstream: enabled\n"
        "    users: [\n"
        f'      {{ user: "{PROVISIONER}", password: {passwords[PROVISIONER]} }}\n'
        f"{users}"
        "    ]\n"
        "  }\n"
        "}\n"
    )

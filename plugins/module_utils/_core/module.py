# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The only place that touches AnsibleModule: argument specs from pieces, the life of the session, plan and apply, errors."""

from __future__ import annotations

import traceback
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.basic import AnsibleModule, env_fallback, missing_required_lib

from .errors import CollectionError
from .https import REQUESTS_ERROR, Server
from .plan import Plan
from .waiting import Clock, Waiting

if t.TYPE_CHECKING:
    from contextlib import AbstractContextManager

Params = t.Dict[str, t.Any]


@dataclass(frozen=True)
class Spec:
    """A piece of an argument spec; pieces are added together."""

    arguments: t.Mapping[str, t.Any] = field(default_factory=dict)
    required_together: t.Sequence[t.Sequence[str]] = ()
    required_one_of: t.Sequence[t.Sequence[str]] = ()
    required_by: t.Mapping[str, t.Any] = field(default_factory=dict)
    required_if: t.Sequence[t.Sequence[t.Any]] = ()
    mutually_exclusive: t.Sequence[t.Sequence[str]] = ()

    def __add__(self, other: Spec) -> Spec:
        return Spec(
            {**self.arguments, **other.arguments},
            (*self.required_together, *other.required_together),
            (*self.required_one_of, *other.required_one_of),
            {**self.required_by, **other.required_by},
            (*self.required_if, *other.required_if),
            (*self.mutually_exclusive, *other.mutually_exclusive),
        )

    def with_defaults(self, **defaults: t.Any) -> Spec:
        """The same piece with other defaults."""
        changed = {name: dict(self.arguments[name], default=value) for name, value in defaults.items()}
        return Spec(
            {**self.arguments, **changed},
            self.required_together,
            self.required_one_of,
            self.required_by,
            self.required_if,
            self.mutually_exclusive,
        )


# The options of doc fragment _wait, for Context.waiting.
WAIT = Spec(
    {
        "wait": {"type": "bool", "default": True},
        "wait_timeout": {"type": "float", "default": 600},
        "poll_interval": {"type": "float", "default": 5},
    }
)


def from_environment(variable: str, **argument: t.Any) -> dict[str, t.Any]:
    """An argument that is taken from an environment variable when it is not given."""
    return dict(argument, fallback=(env_fallback, [variable]))


@dataclass(frozen=True)
class Context:
    """What the outside gives a job: the options, a way to warn, time, and whether this is only a rehearsal."""

    params: Params
    warn: t.Callable[[str], None]
    clock: Clock = field(default_factory=Clock)
    check_mode: bool = False  # only for what a plan reads: writing is left to apply

    def server(self, title: str, trust_hint: str) -> Server:
        """The server that the options of the connection describe."""
        params = self.params
        return Server(
            title=title,
            host=params["server"],
            port=params["port"],
            validate_certs=params["validate_certs"],
            ca_path=params["ca_path"],
            timeout=params["request_timeout"],
            trust_hint=trust_hint,
        )

    def waiting(self) -> Waiting:
        """A deadline by the options wait_timeout and poll_interval (seconds), starting now."""
        return Waiting(self.params["wait_timeout"], self.params["poll_interval"], self.clock)


class Job(t.Protocol):
    """Work on servers: ``plan`` only reads, ``apply`` writes and reads back and records in the plan what happened."""

    def plan(self) -> Plan:
        """Find out what is and what shall be; reads only."""

    def apply(self, plan: Plan) -> None:
        """Make it so."""

    def returned(self, plan: Plan) -> dict[str, t.Any]:
        """The module's return values, ``msg`` included."""

    def failure(self, plan: Plan) -> t.Optional[str]:
        """Why the whole is a failure although the job went through, such as a failed host."""


Opener = t.Callable[[Context], "AbstractContextManager[t.Any]"]


def run(spec: Spec, open_servers: Opener, job: t.Callable[[Context, t.Any], Job]) -> None:
    """Run a module that may change something."""
    module, context = _start(spec)
    plan = Plan()
    try:
        with open_servers(context) as servers:
            work = job(context, servers)
            plan = work.plan()
            if not module.check_mode and (plan.changed or plan.has_work):
                work.apply(plan)
            result = work.returned(plan)
            failure = work.failure(plan)
    except CollectionError as error:
        _fail(module, error, changed=plan.wrote)
    result.update(changed=plan.changed, diff=plan.diff)
    if failure is not None:
        module.fail_json(**dict(result, msg=failure))
    module.exit_json(**result)


def run_info(spec: Spec, open_servers: Opener, read: t.Callable[[Context, t.Any], dict[str, t.Any]]) -> None:
    """Run a module that only reads."""
    module, context = _start(spec)
    try:
        with open_servers(context) as servers:
            result = read(context, servers)
    except CollectionError as error:
        _fail(module, error, changed=False)
    module.exit_json(changed=False, **result)


def _start(spec: Spec) -> tuple[AnsibleModule, Context]:
    module = AnsibleModule(
        argument_spec=dict(spec.arguments),
        required_together=spec.required_together,
        required_one_of=spec.required_one_of,
        required_by=spec.required_by,
        required_if=spec.required_if,
        mutually_exclusive=spec.mutually_exclusive,
        supports_check_mode=True,
    )
    if REQUESTS_ERROR is not None:
        module.fail_json(
            msg=missing_required_lib("requests"),
            exception="".join(traceback.format_exception_only(type(REQUESTS_ERROR), REQUESTS_ERROR)),
        )
    return module, Context(module.params, module.warn, check_mode=module.check_mode)


def _fail(module: AnsibleModule, error: CollectionError, changed: bool) -> t.NoReturn:
    module.fail_json(msg=error.message, changed=changed, failure=dict(error.failure, kind=error.kind))
    raise AssertionError("fail_json ends the process")

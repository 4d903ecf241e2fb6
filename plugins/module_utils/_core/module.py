# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The only place that touches AnsibleModule: argument specs from pieces, the life of the session, plan and apply, errors."""

from __future__ import annotations

import math
import os
import traceback
import typing as t
from dataclasses import dataclass, field

from ansible.module_utils.basic import AnsibleModule, missing_required_lib
from ansible.module_utils.common.parameters import AnsibleFallbackNotFound

from . import ending, progress
from .errors import CollectionError, InputError, Interrupted
from .https import REQUESTS_ERROR, Secrets, Server
from .naming import printable
from .plan import Plan
from .spec import ON_FAILURE, WAIT, Spec
from .waiting import Clock, Waiting

if t.TYPE_CHECKING:
    from contextlib import AbstractContextManager

__all__ = ["ON_FAILURE", "WAIT", "Context", "Params", "Spec", "from_environment", "run", "run_info"]

Params = t.Dict[str, t.Any]
# Objects of which the diff is returned without --diff, too: AWX keeps every result, and a fleet's diff is as long as its list.
DIFF_UNASKED = 100


def from_environment(variable: str, **argument: t.Any) -> dict[str, t.Any]:
    """An argument that is taken from an environment variable when it is not given; an empty variable counts as unset."""
    return dict(argument, fallback=(_environment, [variable]))


def _environment(variable: str) -> str:
    value = os.environ.get(variable)
    if not value:
        raise AnsibleFallbackNotFound
    return value


@dataclass(frozen=True)
class Context:
    """What the outside gives a job: the options, a way to warn, time, and whether this is only a rehearsal."""

    params: Params
    warn: t.Callable[[str], None]
    clock: Clock = field(default_factory=Clock)
    check_mode: bool = False  # only for what a plan reads: writing is left to apply
    secrets: Secrets = field(default_factory=Secrets)  # the passwords among the options

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

    def waiting(self, status: t.Optional[tuple[str, Plan]] = None) -> Waiting:
        """A deadline by the options wait_timeout and poll_interval (seconds), starting now.

        ``status``: the name of the step and the plan whose changes the lines of progress count.
        """
        waiting = Waiting(self.params["wait_timeout"], self.params["poll_interval"], self.clock)
        if status is not None:
            what, plan = status
            told = progress.Progress(self.clock, self.params["progress_interval"])
            waiting.after_look = lambda: told.tell(lambda elapsed: self.secrets.mask(progress.line(what, plan, elapsed)))
        return waiting

    def check_numbers(self) -> None:
        """
        :raises InputError: an option in seconds has a value that no wait can come of, or one that counts has less than 1
        """
        for name, least in (
            ("wait_timeout", 0),
            ("start_timeout", 0),
            ("connection_timeout", 0),
            ("poll_interval", None),
            ("progress_interval", None),
        ):
            value = self.params.get(name)
            if value is None:
                continue
            if not math.isfinite(value) or value < 0 or (least is None and value == 0):
                raise InputError(
                    "%s: %g is not a number of seconds %s." % (name, value, "of at least 0" if least == 0 else "greater than 0"),
                    option=name,
                )
        for name in ("task_size", "throttle", "threads"):
            value = self.params.get(name)
            if value is not None and value < 1:
                raise InputError("%s: %d is less than 1." % (name, value), option=name)


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
    plan = Plan(with_diff=module._diff)
    work: t.Optional[Job] = None
    try:
        with ending.by_signals():
            context.check_numbers()
            with open_servers(context) as servers:
                work = job(context, servers)
                plan = work.plan()
                plan.with_diff = module._diff
                if not module.check_mode and (plan.changed or plan.has_work):
                    work.apply(plan)
                result = work.returned(plan)
                failure = work.failure(plan)
    except (CollectionError, Interrupted) as error:
        plan.abandon()
        known = work.returned(plan) if work is not None and plan.changes else {}
        _fail(module, context, error, known, changed=plan.wrote)
    result["changed"] = plan.changed
    if module._diff or len(plan.changes) <= DIFF_UNASKED:
        result["diff"] = plan.diff
    if failure is not None:
        module.fail_json(**_shown(context, dict(result, msg=failure)))
    module.exit_json(**_shown(context, result))


def run_info(spec: Spec, open_servers: Opener, read: t.Callable[[Context, t.Any], dict[str, t.Any]]) -> None:
    """Run a module that only reads."""
    module, context = _start(spec)
    try:
        with ending.by_signals():
            context.check_numbers()
            with open_servers(context) as servers:
                result = read(context, servers)
    except (CollectionError, Interrupted) as error:
        _fail(module, context, error, {}, changed=False)
    module.exit_json(changed=False, **_shown(context, result))


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
    # Ansible hides these as they are, and only on the way out.
    secrets = Secrets(module.no_log_values)

    def warn(text: str) -> None:
        module.warn(printable(secrets.mask(text)))

    return module, Context(module.params, warn, check_mode=module.check_mode, secrets=secrets)


def _shown(context: Context, result: Params) -> Params:
    """What is returned, without secrets; ``msg``, which goes to terminals as it is, on one line."""
    result = context.secrets.mask_all(result)
    return dict(result, msg=printable(result["msg"])) if "msg" in result else result


def _fail(
    module: AnsibleModule, context: Context, error: t.Union[CollectionError, Interrupted], known: Params, changed: bool
) -> t.NoReturn:
    """``known``: what the job returns all the same, such as the ids of tasks and the state of each entry."""
    failure = dict(error.failure, kind=error.kind)
    module.fail_json(**_shown(context, dict(known, msg=error.message, changed=changed, failure=failure)))
    raise AssertionError("fail_json ends the process")

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Whether hosts are protected: from what a server tells of them to a verdict with its reasons (contract day-two.md, section 6).

An application that is installed and an agent that is connected are not enough: a Light Agent without an SVM scans nothing. Each
condition holds, does not hold, or cannot be known. What the server cannot show is never taken for good.
"""

from __future__ import annotations

import datetime
import enum
import typing as t
from dataclasses import dataclass, field

from ..api import hosts, wire
from ..api.hosts import Host, Product
from ..api.licenses import Key
from ..api.policies import Policy

PROTECTED, UNPROTECTED, UNKNOWN = "protected", "unprotected", "unknown"

# KLHST_WKS_RTP_STATE (contract ksc-openapi.md, section 3.3).
RUNNING = range(4, 9)
NOT_RUNNING = {1: "stopped", 2: "suspended", 9: "has failed"}
STARTING = 3
# Databases that are older than this when the host connects are old, where no group says how old they may be.
FRESH = datetime.timedelta(days=7)
OWN_PRODUCTS = ("1093", "1103")  # Administration Server and Network Agent protect nothing


class Condition(enum.IntEnum):
    """Bits of the extended status mask (KSCAPI 13.2 a00008)."""

    AGENT_INACTIVE = 0
    PROTECTION_OFF = 1
    NOT_RUNNING = 2
    LEVEL_DIFFERS = 4
    NO_PRODUCT = 5
    DATABASES_OLD = 7
    SILENT = 8
    LICENSE = 9
    RESTART = 11
    SUGGESTED = 18  # by an application itself: how a Light Agent tells that it has no SVM (KSVLA 6.3 256476)


@dataclass(frozen=True)
class GroupFacts:
    """What a server tells of a group. ``conditions`` is the mask of bits that it asks for; None: not known, and why."""

    conditions: t.Optional[int] = None
    policies: t.Optional[t.Sequence[Policy]] = None
    conditions_unknown: str = ""
    policies_unknown: str = ""

    def asks_for(self, condition: Condition) -> t.Optional[bool]:
        return None if self.conditions is None else bool(self.conditions >> condition & 1)


@dataclass(frozen=True)
class ServerFacts:
    """What a server tells once for all its hosts: by id of the group, and its keys (None: not known, and why)."""

    groups: t.Mapping[int, GroupFacts] = field(default_factory=dict)
    keys: t.Optional[t.Sequence[Key]] = None
    keys_unknown: str = ""


@dataclass(frozen=True)
class HostFacts:
    """What a server tells of a host. ``product`` is the one that it should have, ``installed`` whether it has that.

    ``group`` is None for Unassigned devices, and ``others`` are the other records of the server with its address or name.
    """

    host: Host
    product: t.Optional[Product]
    installed: t.Optional[bool]
    group: t.Optional[GroupFacts]
    others: t.Sequence[Host] = ()


@dataclass(frozen=True)
class Finding:
    """Whether a condition of protection holds (None: not known), and a sentence if it does not or is not known."""

    holds: t.Optional[bool]
    reason: str = ""


GOOD = Finding(True)


@dataclass(frozen=True)
class Protection:
    """The verdict on a host."""

    state: str
    reasons: t.Sequence[str]
    installed: t.Optional[bool]
    agent_connected: t.Optional[bool]
    svm_connected: t.Optional[bool]
    restart_required: t.Optional[bool]
    last_connected: t.Optional[datetime.datetime]

    def view(self) -> dict[str, t.Any]:
        return {name: wire.plain(list(value) if name == "reasons" else value) for name, value in vars(self).items()}


class Status:
    """The status of a host, condition by condition, as far as it can be seen.

    A condition that the group does not ask for is in no status, so a status without it says nothing.
    """

    def __init__(self, host: Host, group: t.Optional[GroupFacts]) -> None:
        self._group = group or GroupFacts()
        self.id = wire.number(host.attributes.get(hosts.STATUS_ID))
        mask = wire.number(host.attributes.get(hosts.STATUS_MASK))
        # The name of the mask is not confirmed: an empty one beside a bad status is none.
        self.mask = None if mask == 0 and self.id not in (0, None) else mask

    def has(self, condition: Condition) -> t.Optional[bool]:
        """Whether something is wrong with the host; None where that is not to be seen."""
        if self.mask is not None and self.mask >> condition & 1:
            return True
        if not self._group.asks_for(condition):
            return None
        return False if self.mask is not None or self.id == 0 else None

    def any(self, *conditions: Condition) -> bool:
        return any(self.has(condition) for condition in conditions)


def verdict(facts: HostFacts) -> Protection:
    """Whether a host is protected, and why not or why that cannot be known."""
    status = Status(facts.host, facts.group)
    connected, restart = facts.host.connected, _restart_required(facts.host, status)
    findings = [_record(facts), _agent(facts.host, status), _application(facts, status)]
    svm = GOOD
    if facts.installed is not False and facts.group is not None:
        svm = _svm(facts.group, status)
        more = [
            _real_time_protection(facts.host, status),
            svm,
            _license(status),
            _policy(facts.group, facts.product),
            _databases(facts.host, status),
            _restart(restart),
        ]
        # Of a host that cannot answer the server knows how it was; what it does not know is no news.
        findings += more if connected is not False else [finding for finding in more if finding.holds is False]
    judged_svm = facts.installed is not False and facts.group is not None and connected is not False
    return Protection(
        state=_state(findings),
        reasons=[finding.reason for finding in findings if not finding.holds],
        installed=facts.installed,
        agent_connected=connected,
        svm_connected=svm.holds if judged_svm else None,
        restart_required=restart,
        last_connected=facts.host.last_connected,
    )


def _state(findings: t.Iterable[Finding]) -> str:
    holds = {finding.holds for finding in findings}
    return UNPROTECTED if False in holds else UNKNOWN if None in holds else PROTECTED


# -- the conditions, by their numbers in the contract ------------------------------------------------------------------


def _record(facts: HostFacts) -> Finding:
    """1: one live record, in a group."""
    if facts.group is None:
        return Finding(False, "It is in Unassigned devices, where no policy applies.")
    if facts.host.has(hosts.NEVER_SYNCHRONIZED):
        return Finding(None, "Its Network Agent has not synchronized yet, so the state of the host is not known.")
    alive = [other for other in facts.others if other.connected]
    if alive and facts.host.connected:
        listed = "; ".join(map(str, alive))
        return Finding(None, "Other records with its address or name also have a connected Network Agent: %s." % listed)
    return GOOD


def _agent(host: Host, status: Status) -> Finding:
    """2: the agent is connected."""
    if host.connected is None:
        return Finding(None, "The server does not report whether its Network Agent is connected.")
    if host.connected and not status.any(Condition.AGENT_INACTIVE, Condition.SILENT):
        return GOOD
    last = ""
    if host.last_connected is not None:
        last = "; it last connected at %s" % wire.plain(host.last_connected)
    return Finding(False, "Its Network Agent is %s%s." % ("not active" if host.connected else "not connected", last))


def _application(facts: HostFacts, status: Status) -> Finding:
    """3: the application is installed and runs."""
    name = str(facts.product) if facts.product is not None else "A protection application"
    if facts.installed is None:
        return Finding(None, "The server does not report whether %s is installed." % name)
    if not facts.installed:
        other = facts.host.attributes.get(hosts.PROTECTION_VERSION)
        there = other and facts.product is not None and facts.host.has(hosts.PROTECTION_INSTALLED)
        also = "; another application or version is installed (build %s)" % other if there else ""
        return Finding(False, "%s is not installed%s." % (name, also))
    if status.any(Condition.NOT_RUNNING, Condition.NO_PRODUCT):
        return Finding(False, "%s is installed but not running." % name)
    return GOOD


def _real_time_protection(host: Host, status: Status) -> Finding:
    """4: real-time protection is on."""
    state = wire.number(host.attributes.get(hosts.REAL_TIME_PROTECTION))
    if state in NOT_RUNNING:
        return Finding(False, "Real-time protection %s." % ("is " + NOT_RUNNING[state] if state != 9 else NOT_RUNNING[state]))
    if status.any(Condition.PROTECTION_OFF):
        return Finding(False, "Real-time protection is off.")
    if status.any(Condition.LEVEL_DIFFERS):
        return Finding(False, "The level of real-time protection differs from the one that its group requires.")
    if state in RUNNING:
        return GOOD
    if state == STARTING:
        return Finding(None, "Real-time protection is starting.")
    return Finding(None, "The server does not report whether real-time protection is on.")


def _svm(group: GroupFacts, status: Status) -> Finding:
    """5 and 6: the Light Agent has an SVM, and the server would show it if not."""
    has = status.has(Condition.SUGGESTED)
    if has:
        return Finding(
            False, "It is not connected to an SVM: the application itself reports a problem, as a Light Agent without an SVM does."
        )
    if has is False:
        return GOOD
    unknown = "It cannot be determined whether it is connected to an SVM: "
    asks = group.asks_for(Condition.SUGGESTED)
    if asks is None:
        return Finding(None, unknown + "it is not known which conditions are turned on for its group (%s)." % group.conditions_unknown)
    if not asks:
        return Finding(
            None,
            unknown + "the condition suggested_by_product (18) is turned off for its group, so a status of OK proves nothing.",
        )
    if status.id is None:
        return Finding(None, unknown + "the server does not report its status.")
    return Finding(None, unknown + "its status is not OK, and the server does not report why.")


def _license(status: Status) -> Finding:
    """8, as far as the status of the host shows it. That it does not show it is no reason for doubt: real-time protection stops then."""
    return Finding(False, "There is a problem with its license.") if status.has(Condition.LICENSE) else GOOD


def _policy(group: GroupFacts, product: t.Optional[Product]) -> Finding:
    """9: an active policy of the application reaches the group."""
    name = str(product) if product is not None else "a protection application"
    if group.policies is None:
        return Finding(None, "It is not known whether an active policy for %s applies to its group (%s)." % (name, group.policies_unknown))
    mine = [policy for policy in group.policies if policy.active is not False and _is_for(policy, product)]
    if not mine:
        return Finding(False, "No active policy for %s applies to its group." % name)
    if any(policy.active and _fits(policy, product) for policy in mine):
        return GOOD
    if all(policy.active is None for policy in mine):
        return Finding(None, "The server does not report whether the policies for %s that apply to its group are active." % name)
    versions = ", ".join(sorted({policy.version for policy in mine if policy.active}))
    return Finding(
        None,
        "The active policy that applies to its group is for version %s; it is not known whether it also applies to %s." % (versions, name),
    )


def _is_for(policy: Policy, product: t.Optional[Product]) -> bool:
    return policy.product not in OWN_PRODUCTS if product is None else policy.product.casefold() == product.name.casefold()


def _fits(policy: Policy, product: t.Optional[Product]) -> bool:
    return product is None or not (product.version and policy.version) or policy.version == product.version


def _databases(host: Host, status: Status) -> Finding:
    """10: the databases are fresh."""
    old = status.has(Condition.DATABASES_OLD)
    made, seen = host.time(hosts.DATABASES_TIME), host.last_connected
    if old is None and made is not None and seen is not None:
        old = seen - made > FRESH  # both by the clocks of the server and of the vendor, not by ours
    if old is None:
        return Finding(None, "The server does not report whether its databases are up to date.")
    when = ", they are dated %s" % wire.plain(made) if made is not None else ""
    return Finding(False, "Its databases are out of date%s." % when) if old else GOOD


def _restart_required(host: Host, status: Status) -> t.Optional[bool]:
    told = host.attributes.get(hosts.RESTART_REQUIRED)
    shown = status.has(Condition.RESTART)
    return True if told or shown else bool(told) if told is not None else shown


def _restart(required: t.Optional[bool]) -> Finding:
    """10: no restart is due."""
    if required is None:
        return Finding(None, "The server does not report whether a restart is required.")
    return Finding(False, "A restart is required.") if required else GOOD

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""The job of viis_infrastructure: infrastructures that the Integration Server is connected to, or no longer."""

from __future__ import annotations

import typing as t

from ..._core.entries import EntryList
from ..._core.errors import InputError, RequestRefused, WaitTimeout
from ..._core.module import Context, Params
from ..._core.plan import PENDING, Change, Plan
from ..._core.spec import Spec
from ..._core.waiting import Waiting
from ..api import infrastructures, objects
from ..api.infrastructure_types import HTTPS, InfrastructureType, split_address, type_named
from ..api.infrastructures import Account, Infrastructure, Target
from ..api.session import Session
from .certificate import Trust
from .connecting import Connecting, remove
from .connection import too_slow
from .flow import Flow, run
from .infrastructure_item import InfrastructureItem
from .work import STOPS_ASKING, STOPS_WRITING, WorkList

NAMED = 10  # SVMs that a message names

ACCOUNT = {
    "type": "dict",
    "options": {
        "username": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
        "domain": {"type": "str"},
    },
}
INFRASTRUCTURES = EntryList(
    "infrastructures",
    own={
        "label": {"type": "str"},
        "address": {"type": "str"},
        "infrastructure_id": {"type": "str"},
        "leaving_svms": {"type": "list", "elements": "str"},
    },
    inherited={
        "type": {"type": "str"},
        "admin": ACCOUNT,
        "read_only": ACCOUNT,
        "protocol": {"type": "str", "choices": ["https", "http"]},
        "region": {"type": "str"},
        "thumbprints": {"type": "list", "elements": "str", "default": [], "aliases": ["thumbprint"]},
        "https_port": {"type": "int"},
        "ssh_port": {"type": "int"},
        "follow_primary": {"type": "bool", "default": False},
        "cleanup_on_failure": {"type": "bool", "default": True},
        "update_password": {"type": "str", "default": "on_create", "choices": ["on_create", "always"], "no_log": False},
        "in_use": {"type": "str", "default": "fail", "choices": ["fail", "keep"]},
        "force": {"type": "bool", "default": False},
        "trust_on_first_use": {"type": "bool", "default": False},
    },
)
SPEC = INFRASTRUCTURES.spec() + Spec(
    {
        "state": {"type": "str", "default": "present", "choices": ["present", "absent"]},
        "address": {"type": "str"},
        "infrastructure_id": {"type": "str"},
    }
)


class InfrastructureJob:
    """present, absent"""

    def __init__(self, context: Context, session: Session) -> None:
        self._context = context
        self._session = session
        params = context.params
        self._present = params["state"] == "present"
        self._listed: t.Optional[list[Infrastructure]] = None
        self._has_listed = False
        alone = {"address": params["address"], "infrastructure_id": params["infrastructure_id"]}
        entries = INFRASTRUCTURES.read(params, [alone] if any(alone.values()) else [])
        self._work = WorkList("infrastructures", params["on_failure"] == "report", list(map(self._item, entries)))
        self._work.unite(_described, _wish)
        self._work.require_none_failed()

    # -- options -------------------------------------------------------------------------------------------------

    def _item(self, given: Params) -> InfrastructureItem:
        facts = {
            "infrastructure_id": given["infrastructure_id"],
            "type": given["type"],
            "address": given["address"],
            "infrastructure": None,
        }
        name = " ".join(filter(None, [given["type"], given["address"]])) or given["infrastructure_id"] or "no address"
        item = InfrastructureItem(Change(name, facts, None, None), given["label"], params=given, id=given["infrastructure_id"])
        for account in (given["admin"], given["read_only"]):
            self._session.mask(account and account["password"])
        with item.judged():
            item.type = type_named(given["type"]) if given["type"] else None
            if given["address"] is not None:
                split_address(given["address"])
            _check_ports(given)
            if self._present:
                item.target = _target(given, item.type)
            elif not (given["address"] or given["infrastructure_id"]):
                raise InputError("address or infrastructure_id is required to disconnect an infrastructure.")
            facts["type"] = item.type.name if item.type else None
            item.call(item.wanted)
        item.change.scope = given["address"] or given["infrastructure_id"] or ""
        return item

    # -- plan ----------------------------------------------------------------------------------------------------

    def plan(self) -> Plan:
        for item in self._work.left:
            with item.judged():
                item.existing = self._find(item)
        self._work.unite(lambda item: item.existing.id if item.existing is not None else id(item), _wish)
        plan = Plan()
        for item in self._work.left:
            with item.judged(STOPS_ASKING):
                self._plan_one(plan, item)
        self._work.require_none_failed()
        plan.changes = [item.change for item in self._work.items]
        return plan

    def _find(self, item: InfrastructureItem) -> t.Optional[Infrastructure]:
        """The infrastructure that is meant, if it is there.

        :raises InputError: the id is another infrastructure's, or several are the same
        """
        if item.id is not None:
            found = infrastructures.read(self._session, item.id)
            if found is not None:
                self._require_same(item, found)
            elif self._present:
                self._context.warn("%s has no infrastructure %s; it is connected again, with a new id." % (self._session, item.id))
            return found
        listed = self._list()
        if listed is None:
            if not self._present:
                raise InputError(
                    "%s cannot list its infrastructures. Give infrastructure_id." % self._session,
                    server=self._session.server.address,
                )
            return None
        same = [found for found in listed if item.means(found, item.params["address"])]
        if len(same) > 1:
            raise InputError(
                "%s has %d connections to %s: %s. Give infrastructure_id."
                % (self._session, len(same), item.wanted, ", ".join(found.id for found in same)),
                server=self._session.server.address,
                candidates=[found.id for found in same],
            )
        if not same:
            return None
        # The list may tell less.
        return infrastructures.read(self._session, same[0].id) or same[0]

    def _list(self) -> t.Optional[list[Infrastructure]]:
        """What the server has, asked once; None where it does not tell."""
        if not self._has_listed:
            self._listed = infrastructures.listing(self._session)
            self._has_listed = True
        return self._listed

    def _require_same(self, item: InfrastructureItem, found: Infrastructure) -> None:
        address = item.params["address"]
        same_type = item.type is None or found.type.upper() == item.type.name
        if same_type and (address is None or item.means(found, address)):
            return
        # A record of the primary hypervisor, found for a secondary one that was followed.
        if same_type and item.params["follow_primary"] and item.type is not None and item.type.one_primary:
            return
        raise InputError(
            "Infrastructure %s of %s is %s, not %s." % (found.id, self._session, found, item.wanted),
            server=self._session.server.address,
            infrastructure_id=found.id,
        )

    def _plan_one(self, plan: Plan, item: InfrastructureItem) -> None:
        found = item.existing
        if found is not None:
            item.call(str(found))
            item.change.facts.update(infrastructure_id=found.id, type=found.type, address=found.address)
        svms = self._svms_of(item, found) if found is not None and (item.renews or not self._present) else []
        if svms and (self._present or item.params["in_use"] == "fail"):
            raise InputError(
                "%s still has SVMs (%d): %s. Remove them first with viis_svm, or set force: true to leave them unmanaged."
                % (found, len(svms), ", ".join(svms[:NAMED])),
                server=self._session.server.address,
                infrastructure_id=found and found.id,
                svms=svms,
            )
        if not self._present:
            before = found and {"infrastructure_id": found.id, "address": found.address}
            item.promise(before, before if svms else None, "removed")
            item.change.reason = "it still has SVMs (%d): %s" % (len(svms), ", ".join(svms[:NAMED])) if svms else ""
        elif found is not None and not item.renews:
            self._plan_existing(plan, item, found)
        else:
            self._plan_new(item, t.cast(Target, item.target))

    def _svms_of(self, item: InfrastructureItem, found: Infrastructure) -> list[str]:
        """The names of the SVMs that speak against a removal."""
        if item.params["force"]:
            return []
        try:
            svms = objects.listing(self._session, found.id, ("SVM",)).machines
        except RequestRefused as error:
            self._context.warn("It is not known whether there are SVMs in %s: %s" % (found, error.message))
            return []
        return [svm.name for svm in svms if svm.name not in (item.params["leaving_svms"] or ())]

    def _plan_existing(self, plan: Plan, item: InfrastructureItem, found: Infrastructure) -> None:
        item.require_accounts(self._session, found)
        item.result = found
        state = {"infrastructure_id": found.id, "address": found.address, "status": found.status}
        if found.connected or not (found.failed or found.idle):
            item.promise(state, state, "connected")
            plan.has_work = plan.has_work or (not found.connected and self._context.params["wait"])
            return
        item.certificates = [self._trust(item).examine(endpoint, used_before=True) for endpoint in item.untrusted(found)]
        item.promise(state, {**state, "status": "CONNECTED", **_trusted(item)}, "connected")

    def _plan_new(self, item: InfrastructureItem, target: Target) -> None:
        trust = self._trust(item)
        item.certificates = [trust.examine(endpoint, used_before=item.renews) for endpoint in item.endpoints(target)]
        before = None
        if item.existing is not None:
            before = {"infrastructure_id": item.existing.id, "address": item.existing.address}
        after = {
            "type": target.type.name,
            "address": target.address,
            "admin": target.admin.name,
            "read_only": target.read_only and target.read_only.name,
            "protocol": target.protocol,
            "region": target.region,
        }
        item.promise(before, {**after, **_trusted(item)}, "connected")

    def _trust(self, item: InfrastructureItem) -> Trust:
        return Trust(self._session, item.params["thumbprints"], item.params["trust_on_first_use"], "thumbprints")

    # -- apply ---------------------------------------------------------------------------------------------------

    def apply(self, plan: Plan) -> None:
        if self._present:
            self._connect_all(plan, self._context.waiting(("Connect", plan)))
        else:
            self._remove_all(plan)
        self._work.raise_if_alone()

    def _connect_all(self, plan: Plan, waiting: Waiting) -> None:
        flows = {item: self._flow(plan, item) for item in self._work.left if item.change.open or self._awaited(item)}
        run(list(flows.values()), waiting)
        for item, flow in flows.items():
            if not flow.done:
                id = item.known_id
                reason = "still connecting (%s)%s%s" % (flow.state.rstrip("."), "; infrastructure_id: %s" % id if id else "", item.removed)
                item.fail(self._late(item, flow.state, waiting), PENDING, reason)

    @staticmethod
    def _awaited(item: InfrastructureItem) -> bool:
        return item.existing is not None and not item.existing.connected

    def _flow(self, plan: Plan, item: InfrastructureItem) -> Flow[None]:
        def ended(flow: Flow[None]) -> None:
            if flow.error is not None:
                item.fail(flow.error)
            item.change.settled = True

        listed = self._has_listed and self._listed is not None
        return Flow(Connecting(self._context, self._session, plan, item, self._trust(item), listed=listed).steps(), ended)

    def _late(self, item: InfrastructureItem, state: str, waiting: Waiting) -> WaitTimeout:
        error = too_slow(self._session, item.wanted, item.known_id, state, waiting)
        return WaitTimeout(error.message + item.removed, **error.failure)

    def _remove_all(self, plan: Plan) -> None:
        for item in self._work.left:
            if item.existing is not None and item.change.open:
                with item.judged(STOPS_WRITING):
                    remove(self._session, plan, item.existing.id)
                item.change.settled = True

    # -- result --------------------------------------------------------------------------------------------------

    def returned(self, plan: Plan) -> Params:
        self._tell_ids()
        for item in self._work.items:
            found = item.result
            if found is not None:
                item.change.facts.update(address=found.address, infrastructure=found.returned())
            if self._present:
                item.change.facts["infrastructure_id"] = item.known_id
        one = self._work.rows[0][1] if len(self._work.rows) == 1 else None
        return {
            "infrastructures": self._work.returned(plan),
            "infrastructure_id": one and one.change.facts["infrastructure_id"],
            "infrastructure": one and one.change.facts["infrastructure"],
            "certificates": [
                {
                    "kind": certificate.endpoint.kind,
                    "address": certificate.endpoint.address,
                    "thumbprint": certificate.thumbprint,
                }
                for item in self._work.items
                for certificate in item.certificates
            ],
            "msg": "%s: %s" % (one.change.object, one.change.result) if one else plan.message("infrastructures"),
        }

    def _tell_ids(self) -> None:
        """Infrastructures that only their ids can find again."""
        new = [item for item in self._work.items if self._present and item.existing is None and item.params["infrastructure_id"] is None]
        if self._has_listed and self._listed is None and new:
            self._context.warn(
                "%s cannot list its infrastructures, so existing connections are not detected. Newly connected: %s. Set "
                "infrastructure_id before you run again."
                % (self._session, ", ".join("%s%s" % (item.wanted, " as %s" % item.id if item.id is not None else "") for item in new))
            )

    def failure(self, plan: Plan) -> t.Optional[str]:
        return self._work.failure(plan, "infrastructures", str(self._session), self._context.params)


def _described(item: InfrastructureItem) -> t.Any:
    if item.params["address"] is None:
        return item.id
    try:
        host, port = split_address(item.params["address"])
    except InputError:
        return None
    return item.type, host.casefold(), port, item.params["region"]


def _wish(item: InfrastructureItem) -> Params:
    return {name: value for name, value in item.params.items() if name not in ("label", "address", "infrastructure_id", "leaving_svms")}


def _trusted(item: InfrastructureItem) -> Params:
    """The certificates and keys that are trusted on the way, for the diff."""
    new = {str(found.endpoint): found.thumbprint for found in item.certificates if not found.accepted}
    return {"trusted": new} if new else {}


def _check_ports(given: Params) -> None:
    for option in ("https_port", "ssh_port"):
        if given[option] is not None and not 0 < given[option] < 65536:
            raise InputError("%s: %d is not a port number." % (option, given[option]), option=option)


def _target(given: Params, type: t.Optional[InfrastructureType]) -> Target:
    """What the options describe.

    :raises InputError: something is missing, or does not fit the type
    """
    lacking = [name for name in ("type", "address", "admin") if not given[name]]
    if lacking or type is None:
        raise InputError("%s is required to connect an infrastructure." % " and ".join(lacking), option=lacking[0])
    if type.is_openstack:
        lacking = [name + ".domain" for name in ("admin", "read_only") if given[name] and not given[name]["domain"]]
        if lacking:
            raise InputError("%s is required for type %s." % (" and ".join(lacking), type.name), type=type.name)
    else:
        surplus = [name for name in ("protocol", "region") if given[name] is not None]
        surplus += [name + ".domain" for name in ("admin", "read_only") if given[name] and given[name]["domain"]]
        if surplus:
            raise InputError("%s is only for the OpenStack types, not for %s." % (" and ".join(surplus), type.name), type=type.name)
    return Target(
        type,
        given["address"].strip(),
        t.cast(Account, _account(given["admin"])),
        _account(given["read_only"]),
        (given["protocol"] or HTTPS) if type.is_openstack else None,
        given["region"],
    )


def _account(given: t.Optional[Params]) -> t.Optional[Account]:
    return None if given is None else Account(given["username"], given["password"], given["domain"])

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules and plugins of this collection only, may change in any release.

"""What an inventory says of an Integration Server: the VMs and SVMs of its infrastructures, as flat variables.

An infrastructure is asked for its hypervisors or projects, for its VMs and for its SVMs: three requests, whatever its size.
"""

from __future__ import annotations

import typing as t
from dataclasses import dataclass, field

from ..._core.errors import CollectionError, InputError, ServerUnreachable
from ..api import infrastructures, objects
from ..api.infrastructures import Infrastructure
from ..api.objects import Machine
from ..api.session import Session

VM, SVM = "VM", "SVM"


@dataclass
class Found:
    """The machines of all infrastructures, each as its variables; and what went wrong, by infrastructure."""

    hosts: list[dict[str, t.Any]] = field(default_factory=list)
    failed: dict[t.Optional[str], CollectionError] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


def read(session: Session, ids: t.Sequence[str], types: t.Sequence[str], details: bool) -> Found:
    """The machines of these infrastructures, of all without ``ids``; ``types``: VM, SVM.

    An infrastructure that cannot be read does not keep the others from being read.

    :raises CollectionError: which concerns all infrastructures
    """
    found = Found()
    session.log_in()
    there: list[Infrastructure] = []
    if ids:
        for id in dict.fromkeys(ids):
            infrastructure = infrastructures.read(session, id)
            if infrastructure is None:
                found.failed[id] = InputError(
                    "%s has no infrastructure %s. See which there are with ksv.light_agent.viis_infrastructure_info." % (session, id),
                    server=session.server.address,
                    infrastructure_id=id,
                )
            else:
                there.append(infrastructure)
    else:
        listed = infrastructures.listing(session)
        if listed is None:
            raise InputError(
                "%s cannot list its infrastructures. Name them in the option infrastructures." % session, server=session.server.address
            )
        there = listed
    read_any = False
    for infrastructure in there:
        try:
            found.hosts += _machines(session, infrastructure, types, details)
        except ServerUnreachable:
            raise
        except CollectionError as error:
            found.failed[str(infrastructure)] = error
            continue
        read_any = True
        if not infrastructure.connected:
            found.warnings.append(
                "%s: the connection to %s is not established (%s), so its machines may be missing or out of date."
                % (session, infrastructure, "; ".join(map(str, infrastructure.connections)) or "no status")
            )
    if found.failed and not read_any:
        raise next(iter(found.failed.values()))
    return found


def _machines(session: Session, infrastructure: Infrastructure, types: t.Sequence[str], details: bool) -> list[dict[str, t.Any]]:
    family = infrastructure.infrastructure_type
    locations = objects.listing(session, infrastructure.id, objects.location_types(family)).locations
    places = objects.deployable(infrastructure.id, family, locations)
    output = objects.DETAILED if details else objects.GENERAL
    views: dict[str, dict[str, t.Any]] = {}
    for type in types:
        for machine in objects.listing(session, infrastructure.id, (type,), output=output).machines:
            place = places.get(machine.parent_id)
            views[machine.id] = _view(session, infrastructure, machine, (place.path or place.name) if place else None, details)
    return list(views.values())


def _view(session: Session, infrastructure: Infrastructure, machine: Machine, location: t.Optional[str], details: bool) -> dict[str, t.Any]:
    view: dict[str, t.Any] = {
        "server": session.server.address,
        "id": machine.id,
        "name": machine.name,
        "is_svm": machine.is_svm,
        "state": machine.state or None,
        "location": location,
        "location_id": machine.parent_id or None,
        "infrastructure_id": infrastructure.id,
        "infrastructure_type": infrastructure.type,
        "infrastructure_address": infrastructure.address,
        "infrastructure_region": infrastructure.region or None,
        "infrastructure_name": infrastructure.display_name or infrastructure.name or infrastructure.address,
    }
    if details:
        view["svm_version"] = machine.svm_version or None
        view["networks"] = [network.name for network, _groups in machine.adapters]
    return view

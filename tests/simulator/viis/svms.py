# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 15 to 17: deploying, reconfiguring and deleting SVMs.

``UploadSvmImage`` is the only step that the documents name. All other names of steps below, and the type ``ConfigSvmStep``, are made up.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Callable

from ..product import SvmNews
from .calls import Call
from .enumerations import CONNECTED
from .errors import ApiError, unknown
from .failures import Failure, chosen, of_settings
from .images import Image
from .infrastructures import Infrastructure
from .platforms import Location, Machine, Platform, SvmState, fits, hashed, ports_of
from .tasks import Plan, Task

if TYPE_CHECKING:
    from .server import Server

DEPLOY_STEPS = ("CheckSvmImage", "UploadSvmImage", "CreateSvm", "ConfigureSvmNetwork", "StartSvm")
CONFIGURE_STEPS = ("CheckKlconfigPassword", "ApplySvmSettings", "RestartSvm")
FAMILY = {"host": False, "openstackProject": True}


@dataclass(frozen=True)
class Target:
    """Where an entry of a request points to, in what is really there."""

    infrastructure: Infrastructure
    platform: Platform
    location: Location

    def parameters(self, name: str) -> dict[str, str]:
        """Return the parameters of the child task."""
        return {"infrastructureId": self.infrastructure.id, "hostId": self.location.id, "svmName": name}


def _bad(code: str, text: str) -> ApiError:
    return ApiError(400, code, text)


def _target(server: Server, info: Mapping[str, Any]) -> Target:
    """Return where the entry points to; ApiError 404 for an unknown id, 400 for the wrong family, 409 when not connected."""
    target = info["target"]
    item = server.infrastructures.get(target["infrastructureId"])
    if item.type.openstack != FAMILY[info["type"]]:
        raise _bad("WrongFamily", "deploymentInfo.type %r does not fit %s." % (info["type"], item.type.name))
    if item.platform is None or not item.seen or item.outcomes["admin"].status != CONNECTED:
        raise ApiError(409, "InfrastructureIsNotConnected", "The infrastructure is not connected.")
    location = item.platform.locations.get(target["location"]["id"])
    if location is None or location.kind == "OpenstackDomain":
        raise unknown("Location", target["location"]["id"])
    return Target(item, item.platform, location)


def _targets(server: Server, body: Mapping[str, Any]) -> list[Target]:
    targets = [_target(server, entry["deploymentInfo"]) for entry in body["svms"]]
    openstack = {target.infrastructure.id for target in targets if target.infrastructure.type.openstack}
    if len(openstack) > 1 and server.settings.several_openstack == "refuse":
        raise _bad("SeveralInfrastructures", "One request is for one OpenStack infrastructure.")
    return targets


def _existing(target: Target, info: Mapping[str, Any]) -> Machine:
    """Return the SVM; ApiError 404 when it is not there, 409 when another task works on it."""
    wanted = info["target"]["svmId"]
    machine = target.platform.machines.get(wanted)
    if machine is None or machine.svm is None or machine.gone or machine.parent != target.location.id:
        raise unknown("Svm", wanted)
    if machine.svm.busy:
        raise ApiError(409, "SvmIsBusy", "Another task works on this SVM.")
    return machine


def _check_networks(target: Target, networks: list[dict[str, Any]]) -> None:
    for network in networks:
        _check_resource(target, "networks", network["id"])
        if "vlanId" in network and target.infrastructure.type.name != "HYPERV":
            raise _bad("VlanIsForHyperV", "vlanId is for Microsoft Hyper-V only.")
    for port in ports_of(networks):
        for group in port.get("securityGroupIds", []):
            _check_resource(target, "securityGroups", group)


def _check_resource(target: Target, kind: str, wanted: str | None, by: str = "id") -> None:
    if wanted is not None and target.location.resource(kind, wanted, by) is None:
        raise unknown(kind[0].upper() + kind[1:-1], wanted)


def _adapters(networks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {"id": network["id"], "securityGroups": port.get("securityGroupIds", [])}
        for network in networks
        for port in network.get("ports", [network])
    ]


def _ip_address(target: Target, networks: list[dict[str, Any]]) -> str:
    """Return the address of the primary adapter; the infrastructure gives one out when it is dynamic."""
    primary = next((port for port in ports_of(networks) if port["isPrimary"]), {})
    if primary.get("type") == "static":
        return str(primary.get("ipAddress") or primary["ipAddresses"][0])
    return target.platform.new_address()


def _failure(server: Server, operation: str, name: str) -> Failure | None:
    return chosen([*of_settings(server.settings.svm_failures), *server.failures], operation, name)


def _kind(verb: str, targets: list[Target], many: bool) -> str:
    openstack = "OpenStack" if targets[0].infrastructure.type.openstack else ""
    return "%s%s%sSvm" % (verb, "Multiple" if many else "", openstack)


def _result(server: Server, child: Task, svm_id: str, address: str) -> Any:
    """Tell the id in the child's parameters, its result, or both (A-25)."""
    if server.settings.svm_id_in in ("both", "parameters"):
        child.parameters.update(svmId=svm_id)
    child.parameters.update(svmIpAddress=address)
    return True if server.settings.svm_id_in == "parameters" else {"svmId": svm_id}


# Deployment


def _check_image(server: Server, body: Mapping[str, Any]) -> Image:
    image = server.images.get(body["image"]["id"])
    if body["image"]["skipCheckIntegrity"] and not image.validated and server.settings.skip_check == "needs_validation":
        raise ApiError(409, "ImageIsNotValidated", "The check may be skipped only after the image was validated.")
    return image


def _check_settings(target: Target, settings: Mapping[str, Any]) -> None:
    _check_networks(target, settings["networks"])
    _check_resource(target, "storages", settings.get("storageId"))
    _check_resource(target, "flavors", settings.get("flavorId"))
    _check_resource(target, "volumeTypes", settings.get("volumeTypeId"))
    _check_resource(target, "serverGroups", settings.get("serverGroupId"))
    _check_resource(target, "availabilityZones", settings.get("availabilityZoneName"), "name")


def _flavor_fits(target: Target, settings: Mapping[str, Any], version: str) -> bool:
    """Say whether the flavor is for SVMs of this version: one of its versions is how the image's begins (R-19)."""
    flavor = target.location.resource("flavors", settings.get("flavorId", "")) or {}
    suitable = flavor.get("suitableForSvmVersions")
    return suitable is None or any(version == item or version.startswith(item + ".") for item in suitable)


def deploy(server: Server, call: Call) -> Any:
    """POST /management/deployment/svm/."""
    body = call.body
    image = _check_image(server, body)
    targets = _targets(server, body)
    names: set[tuple[str, str, str]] = set()
    clashes = []
    for target, entry in zip(targets, body["svms"]):
        if target.infrastructure.type.name not in image.types:
            raise _bad("ImageIsForOtherTypes", "The image is not registered for %s." % target.infrastructure.type.name)
        _check_settings(target, entry["deploymentInfo"]["settings"])
        name = entry["svmSettings"]["name"]
        key = (target.platform.address, target.location.id, name)
        clashes.append(
            key in names
            or name in target.location.taken
            or any(machine.name == name for machine in target.platform.machines_at(target.location.id))
        )
        names.add(key)
        if clashes[-1] and server.settings.name_clash == "refuse":
            raise ApiError(409, "NameIsTaken", "There is a machine named %r at the location." % name)
    plans = [
        _deployment(server, image, body["image"]["skipCheckIntegrity"], target, entry, clash)
        for target, entry, clash in zip(targets, body["svms"], clashes)
    ]
    return server.tasks.answer(server.tasks.start(_kind("Deploy", targets, True), plans, body["threadsCount"]), call)


def _deployment(server: Server, image: Image, skip: bool, target: Target, entry: Mapping[str, Any], clash: bool) -> Plan:
    wanted, settings = entry["svmSettings"], entry["deploymentInfo"]["settings"]
    name, networks = wanted["name"], settings["networks"]
    failure = _failure(server, "deploy", name)
    if failure is None and not skip and not image.manifest.authentic:
        failure = Failure(step="CheckSvmImage", code="ImageIsNotAuthentic", message="The image is not authentic.")
    if failure is None and not _flavor_fits(target, settings, image.manifest.svm_version):
        failure = Failure(step="CreateSvm", code="FlavorIsNotSuitable", message="The flavor does not suit this version of SVM.")
    if failure is None and clash and server.settings.name_clash == "fail":
        failure = Failure(step="CreateSvm", code="NameIsTaken", message="There is a machine of that name.")
    svm_id, address = target.platform.new_id(), _ip_address(target, networks)
    target.location.taken.add(name)
    unfinished = Machine(svm_id, name, target.location.id, adapters=_adapters(networks))
    if server.settings.unfinished_svm == "vm" and failure is None:
        target.platform.add(unfinished)

    def finish(child: Task) -> Any:
        users = wanted["users"]
        state = SvmState(
            image.manifest.svm_version,
            hashed(users["klconfig"]["password"]),
            hashed(users["root"]["password"]),
            users["root"]["allowSshAccess"],
            dict(wanted["ksc"]),
            dict(wanted.get("dns", {})),
            networks,
            address,
        )
        machine = Machine(svm_id, name, target.location.id, adapters=_adapters(networks), svm=state)
        machine.listed = server.clock.now() + server.settings.listing_seconds
        machine.fresh = not server.settings.listing_seconds
        target.platform.add(machine)
        server.tell(_news(target, machine, state))
        return _result(server, child, svm_id, address)

    return Plan(
        _kind("Deploy", [target], False),
        target.parameters(name),
        "DeploySvmStep",
        DEPLOY_STEPS[1:] if skip else DEPLOY_STEPS,
        finish,
        lambda: target.location.taken.discard(name),
        failure,
        {"svmId": svm_id, "svmIpAddress": address},
    )


def _news(target: Target, machine: Machine, svm: SvmState) -> SvmNews:
    address = str(svm.ksc.get("address", ""))
    return SvmNews(machine.id, machine.name, svm.ip_address, svm.version, target.platform.address, address)


# Configuration


def configure(server: Server, call: Call) -> Any:
    """PUT /management/deployment/svm/."""
    return _on_existing(server, call, "Config", call.body["threadsCount"], _configuration)


def _configuration(server: Server, target: Target, machine: Machine, svm: SvmState, entry: Mapping[str, Any]) -> Plan:
    wanted, networks = entry["svmSettings"], entry["deploymentInfo"]["settings"].get("networks")
    if networks is not None:
        _check_networks(target, networks)
    elif svm.static and "dns" not in wanted and server.settings.dns_with_stored_static:
        raise ApiError(400, "BadRequest", "The request is wrong.", {"svmSettings.dns": ["needed: the SVM has a static address"]})
    failure = _failure(server, "configure", machine.name)
    if failure is None and not fits(wanted["password"], svm.klconfig):
        failure = Failure(step="CheckKlconfigPassword", code="WrongKlconfigPassword", message="The current klconfig password is wrong.")

    def finish(child: Task) -> Any:
        _apply(svm, wanted)
        if networks is not None:
            svm.networks, machine.adapters = networks, _adapters(networks)
            svm.ip_address = _ip_address(target, networks)
            child.parameters["svmIpAddress"] = svm.ip_address
        return True

    return Plan(
        _kind("Config", [target], False), _known(target, machine, svm), "ConfigSvmStep", CONFIGURE_STEPS, finish, _free(svm), failure
    )


def _apply(svm: SvmState, wanted: Mapping[str, Any]) -> None:
    users = wanted.get("users", {})
    root = users.get("root", {})
    svm.ksc.update(wanted.get("ksc", {}))
    svm.ssh = root.get("allowSshAccess", svm.ssh)
    svm.root = hashed(root["password"]) if "password" in root else svm.root
    svm.klconfig = hashed(users["klconfig"]["password"]) if "klconfig" in users else svm.klconfig
    svm.dns = dict(wanted["dns"]) if "dns" in wanted else svm.dns


# Removal


def delete(server: Server, call: Call) -> Any:
    """DELETE /management/deployment/svm/ with a body; there is no threadsCount, so all children run at once."""
    return _on_existing(server, call, "Delete", len(call.body["svms"]), _removal)


def _removal(server: Server, target: Target, machine: Machine, svm: SvmState, _entry: Mapping[str, Any]) -> Plan:
    def finish(_child: Task) -> Any:
        machine.gone = True
        server.tell(dataclasses.replace(_news(target, machine, svm), gone=True))
        if server.settings.listing_seconds:
            server.timeline.at(server.clock.now() + server.settings.listing_seconds, lambda _when: target.platform.remove(machine))
        else:
            target.platform.remove(machine)
        return True

    return Plan(
        _kind("Delete", [target], False), _known(target, machine, svm), "", (), finish, _free(svm), _failure(server, "delete", machine.name)
    )


MakePlan = Callable[["Server", Target, Machine, SvmState, Mapping[str, Any]], Plan]


def _on_existing(server: Server, call: Call, verb: str, threads: int, make: MakePlan) -> Any:
    """Create the task of a request about SVMs that are there; nothing is touched unless the whole request is right."""
    targets = _targets(server, call.body)
    plans: list[Plan] = []
    states: list[SvmState] = []
    for target, entry in zip(targets, call.body["svms"]):
        machine = _existing(target, entry["deploymentInfo"])
        state = machine.svm
        if state is None or any(state is known for known in states):
            raise ApiError(409, "SvmIsBusy", "The SVM is named twice in this request.")
        plans.append(make(server, target, machine, state, entry))
        states.append(state)
    for state in states:
        state.busy = True
    return server.tasks.answer(server.tasks.start(_kind(verb, targets, True), plans, threads), call)


def _known(target: Target, machine: Machine, svm: SvmState) -> dict[str, str]:
    return dict(target.parameters(machine.name), svmId=machine.id, svmIpAddress=svm.ip_address)


def _free(svm: SvmState) -> Callable[[], None]:
    def free() -> None:
        svm.busy = False

    return free

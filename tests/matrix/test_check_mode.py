# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Every writing module, in every state, in every starting world: what check mode promises is what the run does, and the next run
finds nothing to do. In check mode only methods are called that read."""

from __future__ import annotations

import functools
import re
import typing as t
from dataclasses import dataclass, replace

import pytest

from modules.conftest import Runner
from modules.ksc.conftest import Ksc
from modules.ksc.conftest import connection as ksc_connection
from simulator.ksc import api
from simulator.ksc.state import Installed, Package
from simulator.runner import Simulator
from simulator.viis import operations

from . import chains
from .chains import AGENT, CONNECTED, IMAGE, KSVLA, PROXMOX, VCENTER, A, B

READ_ONLY = {"ksc": api.READ_ONLY, "viis": operations.READ_ONLY}
# What is known only when the work is done: check mode says nothing of it, or the same.
LATER = {
    "ksc_host": {"task_id"},
    "ksc_package_retranslate": {"virtual_server_package_id"},
    "ksc_remote_install": {"task_id"},
    "ksc_virtual_server": {"id", "uid", "enabled", "parent_group_id", "managed_group_id", "unassigned_group_id", "created"},
    "ksc_user": {"id", "enabled"},
    "ksc_group": {"id"},
    "viis_image": {"image_id", "product_name", "svm_version", "task_id", "validated"},
    "viis_infrastructure": {"infrastructure", "infrastructure_id"},
    "viis_svm": {"id", "ip_address"},
}
# What the server tells of an object at the time: of one that is to be changed it is something else afterwards.
AS_IT_IS = {
    "viis_infrastructure": {"infrastructure"},
    "ksc_virtual_server": {"id", "uid", "enabled", "parent_group_id", "managed_group_id", "unassigned_group_id", "created"},
    "ksc_user": {"description", "enabled", "full_name", "id", "mail"},
    "ksc_group": {"conditions"},
}
# What a run may do although it changes nothing, by the documentation of its module.
HARMLESS = {"viis_svm": {"refresh_infrastructure"}, "viis_image": {"validate_image"}}

Arguments = t.Dict[str, t.Any]


@dataclass
class Site:
    """A simulator in which a world is prepared."""

    simulator: Simulator
    run: Runner

    @property
    def ksc(self) -> Ksc:
        return Ksc(self.simulator, self.run)

    @property
    def reserve(self) -> str:
        end = self.simulator.viis_reserve
        return "%s:%d" % (end.address, end.port)


@dataclass(frozen=True)
class Case:
    """A module with arguments. ``worlds``: how each starting world is made from the one that the simulator begins with.

    ``wrong``: what an entry becomes that cannot be carried out; without it there is none. ``again``: whether a second run has
    nothing to do, as the module's documentation promises.
    """

    module: str
    state: str
    entries: str  # the option that lists them; "" for a module of a single object
    arguments: t.Callable[[Site], Arguments]
    worlds: t.Mapping[str, t.Callable[[Site], t.Any]]
    wrong: t.Optional[t.Callable[[Arguments], Arguments]] = None
    again: bool = True


def nothing(_site: Site) -> None:
    pass


# -- Kaspersky Security Center ---------------------------------------------------------------------------------------------------

KSC_WORLD = chains.ksc_world([chains._host("win-1", 11), chains._host("win-2", 12), chains._host("bystander", 91, server=A)])
HOSTS = [
    {"label": "one", "ip": "10.20.0.11", "virtual_server": A, "group": "Web"},
    {"label": "two", "ip": "10.20.0.12", "virtual_server": B, "group": "New/Deep", "create_group": True},
]
PLACES = [("win-1", A, "Web"), ("win-2", B, "New/Deep")]


def without(entries: list[Arguments], *names: str) -> list[Arguments]:
    return [{name: value for name, value in entry.items() if name not in names} for entry in entries]


def stranger(entry: Arguments) -> Arguments:
    return {**entry, "ip": "10.20.0.99"}


def put_packages(site: Site, *wanted: tuple[str, str, str]) -> None:
    for server, product, version in wanted:
        site.ksc.server.state.server(server).add_package(Package(0, "%s %s" % (product, version), product, version, version))


def packed(site: Site) -> None:
    put_packages(site, *((server, package["name"], package["version"]) for server in (A, B) for package in (AGENT, KSVLA)))


def placed(
    *numbers: int, product: str = "", version: str = "5.2.0.0", grouped: bool = True, swapped: bool = False
) -> t.Callable[[Site], None]:
    """The hosts of these numbers are on their virtual server (or on that of the other one), with a product if one is named."""

    def prepare(site: Site) -> None:
        packed(site)
        for number in numbers:
            name, server, group = PLACES[number]
            server = {A: B, B: A}[server] if swapped else server
            site.ksc.give(name, server=server, group=group if grouped else "", product=product, version=version)

    return prepare


def both(*prepared: t.Callable[[Site], None]) -> t.Callable[[Site], None]:
    def prepare(site: Site) -> None:
        for one in prepared:
            one(site)

    return prepare


def newest_server(site: Site) -> None:
    site.simulator.change_settings({"ksc": {"ksc_version": "16.0"}})


def built(*builds: str) -> t.Callable[[Site], None]:
    """The hosts have the product in these builds, or not at all; the packages are of one build."""

    def prepare(site: Site) -> None:
        placed(0, 1)(site)
        for (name, server, _group), build in zip(PLACES, builds):
            site.ksc.server.state.server(server).add_package(Package(0, "KSVLA", "KSVLA", "5.2.0.0", "5.2.0.1304"))
            if build:
                site.ksc.host(name).machine.products["KSVLA"] = Installed("KSVLA", "5.2.0.0", build)

    return prepare


def unversioned(site: Site) -> None:
    """The hosts have a product of the name, in another version."""
    placed(0, 1)(site)
    for name, _server, _group in PLACES:
        site.ksc.host(name).machine.products["KSVLA"] = Installed("KSVLA", "5.1.0.0")


PACKAGES = [{"name": package["name"], "version": package["version"], "virtual_server": [A, B]} for package in (AGENT, KSVLA)]
SERVERS = [{"name": A}, {"name": "New", "parent_group": "/"}]
USERS = [
    {"name": "a-admin", "virtual_server": A, "password": "User-Secret-1", "mail": "a@example.test"},
    {"name": "b-admin", "virtual_server": B, "password": "User-Secret-2", "enabled": False},
]
GROUPS = [
    {"path": "Web", "virtual_server": A, "notify_days": 3},
    {"path": "New/Deep", "virtual_server": B, "remove_days": 9, "conditions": ["suggested_by_product"]},
]


def made(module: str, **given: t.Any) -> t.Callable[[Site], None]:
    """A world that a module has made."""

    def prepare(site: Site) -> None:
        site.run(module, fails=False, warns=None, **given)

    return prepare


def on_another_server(site: Site) -> None:
    """Users of these names are there, of the other tenant."""
    site.ksc.settings(user_names="per_server")
    swapped = [{**user, "virtual_server": {A: B, B: A}[user["virtual_server"]]} for user in USERS]
    site.run("ksc_user", fails=False, warns=None, users=swapped)


KSC_CASES = [
    Case(
        "ksc_virtual_server",
        "present",
        "servers",
        lambda _site: {"servers": SERVERS},
        {
            "nothing": made("ksc_virtual_server", name=B, state="absent"),
            "partly": made("ksc_virtual_server", name=A, state="suspended"),
            "all": made("ksc_virtual_server", servers=SERVERS),
            "conflicting": made("ksc_virtual_server", name="new"),
        },
        lambda entry: {**entry, "parent_group": "No such group"},
    ),
    Case(
        "ksc_virtual_server",
        "suspended",
        "servers",
        lambda _site: {"servers": [{"name": A}, {"name": B}]},
        {
            "nothing": nothing,
            "partly": made("ksc_virtual_server", name=A, state="suspended"),
            "all": made("ksc_virtual_server", servers=[{"name": A}, {"name": B}], state="suspended"),
        },
        lambda entry: {**entry, "name": "No such server"},
    ),
    Case(
        "ksc_virtual_server",
        "absent",
        "servers",
        lambda _site: {"servers": [{"name": A, "move_hosts_to": "primary"}, {"name": B}]},
        {
            "nothing": nothing,
            "partly": made("ksc_virtual_server", name=B, state="absent"),
            "conflicting": placed(1),
            "suspended": made("ksc_virtual_server", name=B, state="suspended"),
        },
        lambda entry: {**entry, "move_hosts_to": "No such server"},
    ),
    Case(
        "ksc_user",
        "present",
        "users",
        lambda _site: {"users": USERS},
        {
            "nothing": nothing,
            "partly": made("ksc_user", users=[{**USERS[0], "mail": "old@example.test"}]),
            "all": made("ksc_user", users=USERS),
            "conflicting": on_another_server,
        },
        lambda entry: {**entry, "virtual_server": "No such server"},
    ),
    Case(
        "ksc_user",
        "absent",
        "users",
        lambda _site: {"users": without(USERS, "password")},
        {
            "nothing": nothing,
            "partly": made("ksc_user", users=USERS[:1]),
            "all": made("ksc_user", users=USERS),
            "conflicting": on_another_server,
        },
        lambda entry: {**entry, "virtual_server": "No such server"},
    ),
    Case(
        "ksc_group",
        "present",
        "groups",
        lambda _site: {"groups": GROUPS},
        {
            "nothing": made("ksc_group", path="Web", virtual_server=A, state="absent"),
            "partly": made("ksc_group", groups=GROUPS[:1]),
            "all": made("ksc_group", groups=GROUPS),
            "conflicting": made("ksc_group", groups=[{**group, "notify_days": 77, "remove_days": 88} for group in GROUPS]),
        },
        lambda entry: {**entry, "remove_days": -1},
    ),
    Case(
        "ksc_group",
        "absent",
        "groups",
        lambda _site: {"groups": [{"path": "Web", "virtual_server": A}, {"path": "New/Deep", "virtual_server": B}]},
        {
            "nothing": made("ksc_group", path="Web", virtual_server=A, state="absent"),
            "partly": nothing,
            "all": made("ksc_group", groups=GROUPS),
            "conflicting": placed(0),
        },
        lambda entry: {**entry, "path": "/"},
    ),
    Case(
        "ksc_package_retranslate",
        "present",
        "packages",
        lambda _site: {"packages": PACKAGES},
        {
            "nothing": nothing,
            "partly": lambda site: put_packages(site, (A, "1103", "1.0.0.0"), (B, "KSVLA", "5.2.0.0")),
            "all": packed,
            "conflicting": lambda site: put_packages(site, (A, "KSVLA", "5.1.0.0"), (B, "1103", "0.9.0.0")),
        },
        lambda entry: {**entry, "version": "9.9.9.9"},
    ),
    Case(
        "ksc_host",
        "present",
        "hosts",
        lambda _site: {"hosts": HOSTS},
        {
            "nothing": nothing,
            "partly": placed(0),
            "grouped": placed(0, 1, grouped=False),
            "all": placed(0, 1),
            "conflicting": placed(0, 1, swapped=True),
        },
        stranger,
    ),
    Case(
        "ksc_host",
        "unassigned",
        "hosts",
        lambda _site: {"hosts": without(HOSTS, "group", "create_group")},
        {
            "nothing": nothing,
            "partly": both(placed(0), placed(1, grouped=False)),
            "all": placed(0, 1, grouped=False),
            "to do": placed(0, 1),
            "conflicting": placed(0, 1, swapped=True),
        },
        stranger,
    ),
    Case(
        "ksc_host",
        "absent",
        "hosts",
        lambda _site: {"hosts": without(HOSTS, "group", "create_group"), "missing": "ignore"},
        {"nothing": nothing, "partly": placed(0), "all": placed(0, 1), "conflicting": placed(0, 1, swapped=True)},
        lambda entry: {**entry, "virtual_server": "No such server"},
    ),
    Case(
        "ksc_remote_install",
        "present",
        "hosts",
        lambda _site: {"hosts": [{**entry, "product": KSVLA} for entry in HOSTS]},
        {
            "nothing": placed(0, 1),
            "partly": both(placed(0, product="KSVLA"), placed(1)),
            "all": placed(0, 1, product="KSVLA"),
            "conflicting": unversioned,
            "elsewhere": placed(0, 1, swapped=True),
        },
        stranger,
    ),
    Case(
        "ksc_remote_install",
        "absent",
        "hosts",
        lambda _site: {"hosts": [{**entry, "product": {"name": "KSVLA"}} for entry in without(HOSTS, "group", "create_group")]},
        {
            "nothing": placed(0, 1),
            "partly": both(placed(0, product="KSVLA"), placed(1)),
            "all": placed(0, 1, product="KSVLA"),
            "conflicting": unversioned,
            "elsewhere": placed(0, 1, swapped=True, product="KSVLA"),
        },
        stranger,
    ),
    Case(
        "ksc_remote_install",
        "present, in waves",
        "hosts",
        lambda _site: {"hosts": [{**entry, "product": KSVLA} for entry in HOSTS], "waves": [1, "100%"]},
        {"nothing": placed(0, 1), "partly": both(placed(0, product="KSVLA"), placed(1)), "conflicting": unversioned},
        stranger,
    ),
    Case(
        "ksc_remote_install",
        "absent, in waves",
        "hosts",
        lambda _site: {
            "hosts": [{**entry, "product": {"name": "KSVLA"}} for entry in without(HOSTS, "group", "create_group")],
            "waves": ["50%"],
            "removal_password": "Removal-Secret-1",
        },
        {"nothing": placed(0, 1), "all": both(newest_server, placed(0, 1, product="KSVLA"))},
        stranger,
    ),
    Case(
        "ksc_remote_install",
        "present, of a build",
        "hosts",
        lambda _site: {"hosts": [{**entry, "product": {**KSVLA, "display_version": "5.2.0.1304"}} for entry in HOSTS]},
        {"nothing": built("", ""), "partly": built("5.2.0.980", "5.2.0.1304"), "conflicting": built("5.2.0.2000", "5.2.0.980")},
        stranger,
    ),
]

# -- Integration Server ------------------------------------------------------------------------------------------------------------

VIIS_WORLD = chains.viis_world([], [])
SVMS_WORLD = chains.viis_world([], [], connected=True)
INFRASTRUCTURES = [{"label": "vc", **VCENTER}, {"label": "pve", **PROXMOX}]
CERTIFICATES = [
    {"label": "web", "address": "pve1.example.test:8006", "trust_on_first_use": True},
    {"label": "ssh", "address": "pve1.example.test:22", "kind": "ssh", "trust_on_first_use": True},
]
IMAGES = [
    {"label": "here", "manifest_path": IMAGE, "types": ["VMWARE", "PROXMOX"]},
    {"label": "there", "manifest_path": "/opt/svm/other.xml", "types": ["VMWARE"]},
]


def viis(*modules: tuple[str, Arguments]) -> t.Callable[[Site], None]:
    """A world that modules have made."""

    def prepare(site: Site) -> None:
        for module, arguments in modules:
            site.run(module, fails=False, warns=None, **arguments)

    return prepare


def disconnected(site: Site) -> None:
    """Both infrastructures are connected; to one of them the connection has broken since."""
    viis(("viis_infrastructure", {"infrastructures": INFRASTRUCTURES}))(site)
    server = site.simulator.world["viis"].server
    for item in server.infrastructures.all():
        if item.type.name == "PROXMOX":
            item.outcomes["admin"] = replace(item.outcomes["admin"], status="DISCONNECTED", error="NETWORK_ERROR")


def twice(site: Site) -> None:
    """One infrastructure is connected twice."""
    again = {**VCENTER, "infrastructure_id": "33333333-0000-0000-0000-000000000003"}
    site.run("viis_infrastructure", fails=False, warns=None, **again)


def svm_entries(places: t.Sequence[tuple[str, str, str]] = (("svm-1", CONNECTED, "esx1"), ("svm-2", "", "pve1"))) -> list[Arguments]:
    return [
        {
            "label": name,
            "name": name,
            "infrastructure_id": infrastructure_id or "22222222-0000-0000-0000-000000000002",
            "location": location,
        }
        for name, infrastructure_id, location in places
    ]


def described(entries: list[Arguments]) -> list[Arguments]:
    return [
        {
            **entry,
            "storage": "ssd",
            "networks": [
                {"network": "VM Network", "ip_addresses": ["192.0.2.%d" % number], "mask": "255.255.255.0", "gateway": "192.0.2.1"}
            ],
            "dns": {"main": "192.0.2.53"},
            "ksc": {"address": "ksc.example.test"},
            "root": {"password": "Root-Secret-2"},
            "klconfig_password": "Klconfig-Secret-2",
        }
        for number, entry in enumerate(entries, 31)
    ]


def image_id(site: Site) -> str:
    """The one image, registered if it is not there."""
    images = site.simulator.world["viis"].server.images.all()
    return images[0].id if images else str(site.run("viis_image", warns=None, manifest_path=IMAGE, types=["VMWARE", "PROXMOX"]).image_id)


def deployed(*numbers: int) -> t.Callable[[Site], None]:
    def prepare(site: Site) -> None:
        entries = described(svm_entries())
        site.run("viis_svm", warns=None, image_id=image_id(site), svms=[entries[number] for number in numbers])

    return prepare


def taken(site: Site) -> None:
    """The name of an SVM is that of a virtual machine."""
    from simulator.viis.platforms import Machine

    platform = next(one for one in site.simulator.world["viis"].server.platforms if one.address == VCENTER["address"])
    platform.add(Machine("vm-77", "svm-1", "esx1"))


def reserve_arguments(site: Site) -> Arguments:
    return {"address": site.reserve, "reserve_password": site.simulator.viis_reserve.password}


def primary(site: Site) -> None:
    site.run("viis_server_role", fails=False, warns=None)
    site.run("viis_certificate", fails=False, warns=None, address=site.reserve, trust_on_first_use=True)


def with_reserve(site: Site) -> None:
    primary(site)
    site.run("viis_ha_instance", fails=False, warns=None, **reserve_arguments(site))


def with_moved_reserve(site: Site) -> None:
    """The reserve is registered under another address."""
    with_reserve(site)
    for instance in site.simulator.world["viis"].server.cluster.all():
        instance.address = "viis9.example.test:7271"


VIIS_CASES = [
    Case(
        "viis_certificate",
        "present",
        "certificates",
        lambda _site: {"certificates": CERTIFICATES},
        {
            "nothing": nothing,
            "partly": viis(("viis_certificate", {"certificates": CERTIFICATES[:1]})),
            "all": viis(("viis_certificate", {"certificates": CERTIFICATES})),
            "conflicting": both(
                viis(("viis_certificate", {"certificates": CERTIFICATES})),
                lambda site: site.simulator.change_settings({"viis": {"renewed": ["pve1.example.test:22"]}}),
            ),
        },
        lambda entry: {**entry, "thumbprint": "AA:BB", "trust_on_first_use": False},
    ),
    Case(
        "viis_infrastructure",
        "present",
        "infrastructures",
        lambda _site: {"infrastructures": INFRASTRUCTURES},
        {
            "nothing": viis(("viis_infrastructure", {"state": "absent", "address": VCENTER["address"], "type": "VMWARE"})),
            "partly": nothing,
            "all": viis(("viis_infrastructure", {"infrastructures": INFRASTRUCTURES})),
            "conflicting": disconnected,
        },
        lambda entry: {**entry, "address": "nowhere.example.test"},
    ),
    Case(
        "viis_infrastructure",
        "absent",
        "infrastructures",
        lambda _site: {"infrastructures": without(INFRASTRUCTURES, "admin", "trust_on_first_use")},
        {
            "nothing": viis(("viis_infrastructure", {"state": "absent", "address": VCENTER["address"], "type": "VMWARE"})),
            "partly": nothing,
            "all": viis(("viis_infrastructure", {"infrastructures": INFRASTRUCTURES})),
            "conflicting": deployed(0),
        },
        lambda entry: {**entry, "infrastructure_id": CONNECTED, "address": "nowhere.example.test"},
    ),
    Case(
        "viis_infrastructure",
        "absent, in use",
        "infrastructures",
        lambda _site: {"infrastructures": without(INFRASTRUCTURES, "admin", "trust_on_first_use"), "in_use": "keep"},
        {"conflicting": deployed(0)},
    ),
    Case(
        "viis_image",
        "present",
        "images",
        lambda _site: {"images": IMAGES},
        {
            "nothing": nothing,
            "partly": viis(("viis_image", {"images": IMAGES[:1]})),
            "all": viis(("viis_image", {"images": IMAGES})),
            "conflicting": viis(("viis_image", {"images": [{**IMAGES[0], "types": ["PROXMOX"]}]})),
        },
        lambda entry: {**entry, "manifest_path": "relative.xml"},
    ),
    Case(
        "viis_svm",
        "present",
        "svms",
        lambda site: {"svms": described(svm_entries()), "image_id": image_id(site)},
        {"nothing": nothing, "partly": deployed(1), "all": deployed(0, 1), "conflicting": taken},
        lambda entry: {**entry, "location": "nowhere"},
    ),
    Case(
        "viis_svm",
        "configured",
        "svms",
        lambda _site: {"svms": svm_entries(), "dns": {"main": "192.0.2.54"}, "current_klconfig_password": "Klconfig-Secret-2"},
        {"nothing": nothing, "partly": deployed(1), "all": deployed(0, 1), "conflicting": taken},
        lambda entry: {**entry, "location": "nowhere"},
        again=False,
    ),
    Case(
        "viis_svm",
        "absent",
        "svms",
        lambda _site: {"svms": svm_entries()},
        {"nothing": nothing, "partly": deployed(1), "all": deployed(0, 1), "conflicting": taken},
        lambda entry: {**entry, "location": "nowhere"},
    ),
    Case("viis_server_role", "present", "", lambda _site: {}, {"nothing": nothing, "all": primary}),
    Case(
        "viis_ha_instance",
        "present",
        "",
        reserve_arguments,
        {"nothing": primary, "all": with_reserve, "conflicting": with_moved_reserve},
    ),
    Case(
        "viis_ha_instance",
        "absent",
        "",
        lambda site: {"address": site.reserve},
        {"nothing": primary, "all": with_reserve, "conflicting": with_moved_reserve},
    ),
]


@dataclass(frozen=True)
class Cell:
    case: Case
    world: str
    wrong: bool
    on_failure: t.Optional[str]

    def __str__(self) -> str:
        words = [self.case.module, self.case.state, self.world, "one wrong" if self.wrong else "", self.on_failure or ""]
        return "-".join(word.replace(", ", " ").replace(" ", "_") for word in words if word)


def cells(cases: list[Case]) -> list[t.Any]:
    return [
        pytest.param(Cell(case, world, wrong, on_failure), id=str(Cell(case, world, wrong, on_failure)))
        for case in cases
        for world in case.worlds
        for wrong in ((False, True) if case.wrong else (False,))
        for on_failure in (("fail", "report") if case.entries else (None,))
    ]


def arguments(cell: Cell, site: Site) -> Arguments:
    given = dict(cell.case.arguments(site))
    if cell.case.module not in ("ksc_package_retranslate", "viis_certificate", "viis_image", "viis_server_role"):
        given["state"] = cell.case.state.partition(",")[0]
    if cell.on_failure:
        given["on_failure"] = cell.on_failure
    if cell.wrong and cell.case.wrong is not None:
        entries = list(given[cell.case.entries])
        given[cell.case.entries] = [*entries[:-1], cell.case.wrong(entries[-1])]
    return given


def promised(result: t.Any, rehearsal: t.Any, cell: Cell) -> dict[str, t.Any]:
    """What must be the same in check mode and in the run."""
    later = LATER.get(cell.case.module, set())
    entries = []
    for entry, rehearsed in zip(result.data.get(cell.case.entries) or [], rehearsal.data.get(cell.case.entries) or []):
        unknown = {name for name in later if not rehearsed.get(name)}
        if rehearsed["result"] != "unchanged":
            unknown |= AS_IT_IS.get(cell.case.module, set())
        entries.append({name: value for name, value in entry.items() if name not in unknown})
    return {
        "failed": result.failed,
        "msg": result.data.get("msg") if result.failed else None,
        "changed": result.data.get("changed"),
        "diff": result.data.get("diff"),
        "entries": entries,
        "how many": len(result.data.get(cell.case.entries) or []),
    }


def check(cell: Cell, simulator: Simulator, connection: Arguments, product: str) -> None:
    site = Site(simulator, Runner(simulator, connection))
    cell.case.worlds[cell.world](site)
    given = arguments(cell, site)

    def run(**more: t.Any) -> t.Any:
        return site.run(cell.case.module, fails=None, warns=None, **given, **more)

    rehearsal = run(check=True)
    reads = READ_ONLY[product]
    assert [method for method in rehearsal.methods if method not in reads] == []
    real = run()
    assert promised(real, rehearsal, cell) == promised(rehearsal, rehearsal, cell)
    if not real.changed:
        allowed = reads | HARMLESS.get(cell.case.module, set())
        assert [entry.method for entry in real.requests if entry.server == product and entry.method not in allowed] == []
    if cell.case.again:
        again = run()
        allowed = reads | HARMLESS.get(cell.case.module, set())
        assert not again.data.get("changed")
        assert again.failed == real.failed
        assert [entry.method for entry in again.requests if entry.server == product and entry.method not in allowed] == []


@pytest.mark.parametrize("cell", cells(KSC_CASES))
def test_kaspersky_security_center(cell: Cell, simulators: t.Callable[..., Simulator]) -> None:
    simulator = simulators(KSC_WORLD)
    check(cell, simulator, ksc_connection(simulator), "ksc")


@pytest.mark.parametrize("cell", cells(VIIS_CASES))
def test_integration_server(cell: Cell, simulators: t.Callable[..., Simulator]) -> None:
    simulator = simulators(SVMS_WORLD if cell.case.module == "viis_svm" else VIIS_WORLD)
    end = simulator.viis
    connection = {"server": end.address, "port": end.port, "password": end.password, "ca_path": simulator.ca_file}
    check(cell, simulator, connection, "viis")


def told(outcome: dict[str, t.Any]) -> tuple[bool, str]:
    """Whether a host changes, and its results step by step, without what is said about them in brackets."""
    return outcome["changed"], re.sub(r" \([^()]*\)", "", outcome["msg"])


@pytest.mark.parametrize("name", chains.CHAINS)
def test_role(name: str, simulators: t.Callable[..., Simulator]) -> None:
    """A whole role is rehearsed, in the world in which everything is still to do."""
    chain = chains.CHAINS[name]
    simulator = simulators(chain.world)
    run = functools.partial(Runner(simulator), fails=None, warns=None)
    chain.prepare(simulator, run)
    before = chain.picture(simulator)
    simulator.journal.clear()
    rehearsal = chain.run(simulator, run, check=True)
    reads = READ_ONLY["ksc"] | READ_ONLY["viis"] | {"refresh_infrastructure"}  # of the role that deploys, which says so
    sent = [entry for entry in simulator.journal.entries() if chain.concerns(entry) and entry.method not in reads]
    assert [entry.method for entry in sent if (entry.verb, entry.status) != ("GET", 404)] == []  # no such list
    assert chain.picture(simulator) == before
    real = chain.run(simulator, run)
    assert real.failed == rehearsal.failed == {}
    assert [told(outcome) for outcome in rehearsal.outcomes.values()] == [told(outcome) for outcome in real.outcomes.values()]
    again = chain.run(simulator, run)
    assert again.failed == {} and again.changed == set()

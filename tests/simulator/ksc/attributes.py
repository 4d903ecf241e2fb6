# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Attributes of hosts, groups, virtual servers and packages: names, types, and where their values come from.

Source: ksc-openapi.md sections 3.3-3.5, 5, 6; ksc-wire.md section 5 (recorded replies). Attributes that the documents name but this
world has no value for are known and absent.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Callable

from .conditions import AGENT, CRITICAL, WARNING, extended_mask, protection, protection_state, status_id
from .errors import bad_format
from .filters import Attribute
from .settings import KscSettings
from .state import DAY, Group, Host, Installed, Package, Server, products_of
from .wire import Long, Time

VISIBLE, IN_GROUP, HAS_AGENT, AGENT_ALIVE, HAS_PROTECTION = 0x01, 0x02, 0x04, 0x08, 0x10

Getter = Callable[[Any], Any]


def host_status(host: Host) -> int:
    """Return KLHST_WKS_STATUS (ksc-openapi.md section 3.3, from 14 a00275)."""
    bits = VISIBLE | AGENT_ALIVE if host.connected else (VISIBLE if host.managed and host.machine.online else 0)
    if not host.server.in_unassigned(host.group):
        bits |= IN_GROUP
    if host.machine.agent:
        bits |= HAS_AGENT
    if protection(host) is not None:
        bits |= HAS_PROTECTION
    return bits


EXTENDED_MASK = "KLHST_WKS_STATUS_MASK"
OLD = 30 * DAY


def bases_time(host: Host) -> float | None:
    """Return KLHST_WKS_RTP_AV_BASES_TIME: of today, or of a month ago."""
    product, now = protection(host), host.server.world.time()
    return None if product is None else now - OLD if host.machine.databases == "old" else max(product.since, now - DAY / 4)


def _build(version: str) -> int:
    number = 0
    for part in (version.split(".") + ["0"] * 4)[:4]:
        number = number << 16 | (int(part) & 0xFFFF if part.isdigit() else 0)
    return number


def protection_build(host: Host) -> str | None:
    """Return KLHST_WKS_RTP_AV_VERSION: the build of the protection product."""
    found = protection(host)
    return None if found is None else found.build or found.version


def _little_endian(host: Host) -> int:
    """Return KLHST_WKS_IP, the older form of the address: a signed int of its bytes in reverse order (ksc-wire.md section 6)."""
    return int.from_bytes(host.machine.ip.to_bytes(4, "big"), "little", signed=True)


def application_info(host: Host) -> dict[str, Any] | None:
    """Return KLHST_APP_INFO: product -> version -> state (3 running, 0 inactive) and its time, None without products."""

    def state(item: Installed) -> dict[str, Any]:
        runs = item.name == AGENT or host.machine.application == "running"
        return {"KLHST_APP_STATE": 3 if runs else 0, "KLHST_APP_STATE_TIME": Time(item.since)}

    return {item.name: {item.version: state(item)} for item in host.products.values()} or None


HOST_SEARCH: dict[str, Attribute] = {
    "name": Attribute("string", lambda host: host.server.groups[host.group].name),
    "KLHST_WKS_HOSTNAME": Attribute("string", lambda host: host.id),
    "KLHST_WKS_DN": Attribute("string", lambda host: host.name),
    "KLHST_WKS_WINHOSTNAME": Attribute("string", lambda host: host.machine.name[:15].upper() if host.machine.platform == "windows" else ""),
    "KLHST_WKS_WINDOMAIN": Attribute(
        "string", lambda host: host.machine.domain or "WORKGROUP" if host.machine.platform == "windows" else ""
    ),
    "KLHST_WKS_DNSNAME": Attribute("string", lambda host: host.machine.name),
    "KLHST_WKS_DNSDOMAIN": Attribute("string", lambda host: host.machine.domain),
    "KLHST_WKS_FQDN": Attribute("string", lambda host: ".".join(filter(None, (host.machine.name, host.machine.domain)))),
    "KLHST_WKS_IP": Attribute("int", _little_endian),
    "KLHST_WKS_IP_LONG": Attribute("int", lambda host: host.machine.ip),
    "KLHST_WKS_CONNECT_IP_LONG": Attribute("int", lambda host: host.machine.ip),
    "KLHST_WKS_GROUPID": Attribute("int", lambda host: host.group),
    "KLHST_WKS_GROUPID_GP": Attribute("int", lambda host: tuple(host.server.ancestors(host.group))),
    "KLHST_WKS_FROM_UNASSIGNED": Attribute("bool", lambda host: host.server.in_unassigned(host.group)),
    "KLHST_WKS_STATUS": Attribute("int", host_status),
    "KLHST_WKS_STATUS_ID": Attribute("int", status_id),
    EXTENDED_MASK: Attribute("int", extended_mask),
    "KLHST_WKS_RTP_STATE": Attribute("int", protection_state),
    "KLHST_WKS_RTP_AV_VERSION": Attribute("string", protection_build),
    "KLHST_WKS_RTP_AV_BASES_TIME": Attribute("time", bases_time),
    "KLHST_WKS_LAST_FULLSCAN": Attribute("time", lambda host: None),
    "KLHST_WKS_VIRUS_COUNT": Attribute("int", lambda host: 0 if protection(host) else None),
    "KLHST_WKS_NAG_VERSION": Attribute("string", lambda host: host.machine.agent_version if host.machine.agent else None),
    "KLHST_WKS_OS_NAME": Attribute("string", lambda host: host.machine.os_name),
    "KLHST_WKS_CPU_ARCH": Attribute("int", lambda host: 2),
    "KLHST_WKS_CTYPE": Attribute("int", lambda host: 36871 if host.machine.platform == "windows" else None),
    "KLHST_WKS_PTYPE": Attribute("int", lambda host: 2 if host.machine.platform == "windows" else None),
    "KLHST_WKS_CREATED": Attribute("time", lambda host: host.created),
    "KLHST_WKS_LAST_VISIBLE": Attribute(
        "time", lambda host: host.last_connected if host.machine.visible_at is None else host.machine.visible_at
    ),
    "KLHST_WKS_LAST_UPDATE": Attribute("time", lambda host: host.created),
    "KLHST_WKS_LAST_NAGENT_CONNECTED": Attribute("time", lambda host: host.last_connected if host.machine.agent else None),
    "KLHST_WKS_RBT_REQUIRED": Attribute("bool", lambda host: host.machine.reboot_required),
    "KLHST_WKS_RBT_REQUEST_REASON": Attribute("int", lambda host: host.machine.reboot_reason or int(host.machine.reboot_required)),
    "HST_VM_VDI": Attribute("bool", lambda host: host.machine.vdi),
    "KLHST_INSTANCEID": Attribute("string", lambda host: host.id if host.machine.agent else None),
    "KLHST_MANAGED_OTHER_SERVER": Attribute("bool", lambda host: not host.managed),
    "KLHST_WKS_COMMENT": Attribute("string", lambda host: host.comment),
    "KLHST_WKS_PRODUCT_ID": Attribute("string", lambda host: tuple(products_of(host.products))),
    "KLHST_WKS_PRODUCT_NAME": Attribute("string", lambda host: tuple(host.products)),
    "KLHST_WKS_PRODUCT_BUILD": Attribute("int", lambda host: tuple(_build(item.build) for item in host.products.values())),
}
HOST_SEARCH_ONLY = {"KLHST_WKS_PRODUCT_ID", "KLHST_WKS_PRODUCT_NAME", "KLHST_WKS_PRODUCT_BUILD", "KLHST_WKS_GROUPID_GP"}
HOST_RETURN_ONLY: dict[str, Getter] = {"KLHST_APP_INFO": application_info}
HOST_LONG = {"KLHST_WKS_IP_LONG", "KLHST_WKS_CONNECT_IP_LONG"}
HOST_ABSENT = {
    "HST_VM_TYPE",
    "KLHST_WKS_OS_BUILD_NUMBER",
    "KLHST_WKS_OS_RELEASE_ID",
    "KLHST_WKS_NAG_VER_ID",
    "KLHST_WKS_OSSP_VER_MAJOR",
    "KLHST_WKS_OSSP_VER_MINOR",
    "KLHST_WKS_OWNER_ID",
    "KLHST_WKS_OWNER_IS_CUSTOM",
    "KLHST_WKS_CUSTOM_OWNER_ID",
    "KLHST_WKS_ANTI_SPAM_STATUS",
    "KLHST_WKS_DLP_STATUS",
    "KLHST_WKS_COLLAB_SRVS_STATUS",
    "KLHST_WKS_EMAIL_AV_STATUS",
    "KLHST_WKS_EDR_STATUS",
}


def host_attributes(settings: KscSettings) -> dict[str, Attribute]:
    """Return the attributes that this server knows hosts by; whether the extended mask is among them is a setting."""
    missing = set(settings.unsupported_attributes) | ({EXTENDED_MASK} if settings.extended_mask == "none" else set())
    return {name: item for name, item in HOST_SEARCH.items() if name not in missing} if missing else HOST_SEARCH


def host_indexed(server: Server, case_sensitive: bool) -> Callable[[str], Mapping[Any, list[Host]] | None]:
    """Return the look-up that filters use for the hosts of one server."""
    return lambda name: server.index(name, folded=not case_sensitive)


def host_value(host: Host, name: str) -> Any:
    """Return an attribute in a form to be written, None when it has no value."""
    if name in HOST_ABSENT:
        return None
    if name in HOST_RETURN_ONLY:
        return HOST_RETURN_ONLY[name](host)
    value = HOST_SEARCH[name].get(host)
    return _written(value, HOST_SEARCH[name].kind, name in HOST_LONG)


def _written(value: Any, kind: str, long: bool = False) -> Any:
    if value is None:
        return None
    return Time(value) if kind == "time" else Long(value) if long else value


def check_fields(wanted: Iterable[str], known: Iterable[str], search_only: Iterable[str], settings: KscSettings) -> list[str]:
    """Return the names that can be returned; bad_format for search-only and (as set) for unknown ones."""
    allowed, only, fields = set(known), set(search_only), []
    for name in wanted:
        if name in only:
            raise bad_format("%s can only be searched, not returned" % name)
        if name in allowed:
            fields.append(name)
        elif settings.unknown_fields == "reject":
            raise bad_format("%s: no such attribute" % name)
    return fields


def host_fields(wanted: Iterable[str], settings: KscSettings) -> list[str]:
    """Return the host attributes asked for, checked."""
    known = set(HOST_SEARCH) | set(HOST_RETURN_ONLY) | HOST_ABSENT
    if settings.extended_mask == "none":
        known.discard(EXTENDED_MASK)
    return check_fields(wanted, known - HOST_SEARCH_ONLY, HOST_SEARCH_ONLY, settings)


def host_order_key(host: Host, name: str) -> Any:
    """Return what hosts are sorted by; bad_format for an attribute that does not sort."""
    if name not in HOST_SEARCH or name in HOST_SEARCH_ONLY:
        raise bad_format("%s: hosts cannot be sorted by it" % name)
    return HOST_SEARCH[name].get(host)


class GroupRow:
    """A group together with its server, as a row of FindGroups."""

    def __init__(self, server: Server, group: Group) -> None:
        self.server = server
        self.group = group

    def hosts(self) -> list[Host]:
        """Return the hosts directly in the group."""
        return [host for host in self.server.hosts.values() if host.group == self.group.id]

    def level(self) -> int:
        """Return how deep below a root the group lies."""
        return len(list(self.server.ancestors(self.group.id))) - 2


AUTO_INSTALL = "c_grp_autoInstallPackageId"
HLF_INHERITED = "KLGRP_HlfInherited "
"""Whether the days of a group are those of the group above; the name ends with a space (ksc-openapi.md section 3.5)."""


def group_conditions(severity: str) -> Getter:
    """Return what tells the status settings of a group (day-two.md section 10)."""

    def get(row: GroupRow) -> dict[str, Any]:
        settings, inherited = row.server.conditions(row.group.id, severity)
        flags = {"KLSRV_HSTSTAT_INHERITED": inherited, "KLSRV_HSTSTAT_INHERITABLE": True, "KLSRV_HSTSTAT_LOCKED": row.group.locked}
        return dict(flags, **settings)

    return get


GROUP_SEARCH: dict[str, Attribute] = {
    "id": Attribute("int", lambda row: row.group.id),
    "name": Attribute("string", lambda row: row.group.name),
    "parentId": Attribute("int", lambda row: row.group.parent),
    "creationDate": Attribute("time", lambda row: row.group.created),
    "lastUpdate": Attribute("time", lambda row: row.group.created),
    "notifyPeriod": Attribute("int", lambda row: row.server.retention(row.group.id)[0]),
    "autoRemovePeriod": Attribute("int", lambda row: row.server.retention(row.group.id)[1]),
    "KLGRP_HlfForced": Attribute("bool", lambda row: row.server.forced(row.group.id)),
    "KLGRP_HlfForceChildren": Attribute("bool", lambda row: row.group.force_children),
    HLF_INHERITED: Attribute("bool", lambda row: row.server.retention(row.group.id)[2]),
    "hostsNum": Attribute("int", lambda row: len(row.hosts())),
    "childGroupsNum": Attribute("int", lambda row: len(row.server.subgroups(row.group.id))),
    "grp_full_name": Attribute("string", lambda row: row.server.path(row.group.id) + "/"),
    "level": Attribute("int", lambda row: row.level()),
    "grp_from_unassigned": Attribute("bool", lambda row: row.server.in_unassigned(row.group.id)),
    "KLGRP_CHLDHST_CNT": Attribute("int", lambda row: len(row.hosts())),
    "KLGRP_CHLDHST_CNT_OK": Attribute("int", lambda row: sum(status_id(host) == 0 for host in row.hosts())),
    "KLGRP_CHLDHST_CNT_CRT": Attribute("int", lambda row: sum(status_id(host) == 1 for host in row.hosts())),
    "KLGRP_CHLDHST_CNT_WRN": Attribute("int", lambda row: sum(status_id(host) == 2 for host in row.hosts())),
    "KLGRP_CHLDGRP_CNT": Attribute("int", lambda row: len(row.server.subgroups(row.group.id))),
    "KLVSRV_ID": Attribute("int", lambda row: row.server.id or None),
    "KLVSRV_DN": Attribute("string", lambda row: row.server.name or None),
    "KLSRVH_SRV_DN": Attribute("string", lambda row: row.server.world.name),
}
GROUP_RETURN_ONLY: dict[str, Getter] = {severity: group_conditions(severity) for severity in (CRITICAL, WARNING)}
GROUP_RETURN_ONLY[AUTO_INSTALL] = lambda row: row.group.packages
GROUP_ABSENT = {
    "KLGRP_HlfInherited",
    "KLGRP_GRP_GROUPID_GP",
    "grp_enable_fscan",
}


def group_fields(wanted: Iterable[str], settings: KscSettings) -> list[str]:
    """Return the group attributes asked for, checked."""
    return check_fields(wanted, set(GROUP_SEARCH) | set(GROUP_RETURN_ONLY) | GROUP_ABSENT, (), settings)


def group_value(row: GroupRow, name: str) -> Any:
    """Return an attribute of a group in a form to be written, None when it has no value."""
    if name in GROUP_ABSENT:
        return None
    if name in GROUP_RETURN_ONLY:
        return GROUP_RETURN_ONLY[name](row)
    return _written(GROUP_SEARCH[name].get(row), GROUP_SEARCH[name].kind)


def group_order_key(row: GroupRow, name: str) -> Any:
    """Return what groups are sorted by; bad_format for an unknown attribute."""
    if name not in GROUP_SEARCH:
        raise bad_format("%s: groups cannot be sorted by it" % name)
    return GROUP_SEARCH[name].get(row)


def server_params(server: Server) -> dict[str, Any]:
    """Return a virtual server's record (ksc-openapi.md section 5, from 14 a00020)."""
    return {
        "KLVSRV_ID": server.id,
        "KLVSRV_UID": server.uid,
        "KLVSRV_GRP": server.parent_group,
        "KLVSRV_DN": server.name,
        "KLVSRV_GROUPS": server.managed,
        "KLVSRV_SUPER": server.super,
        "KLVSRV_UNASSIGNED": server.unassigned,
        "KLVSRV_ENABLED": server.enabled,
        "KLVSRV_LIC_ENABLED": server.licenses_enabled,
        "KLVSRV_CUSTOM_INFO": server.custom_info,
        "KLVSRV_HST_UID": server.uid,
        "KLVSRV_CREATED": Time(server.created),
        "KLVSRV_NEW_HOSTS_PROHIBITED": server.full,
        "KLVSRV_TOO_MUCH_HOSTS": server.max_hosts is not None and len(server.hosts) > server.max_hosts,
    }


SERVER_ABSENT = {"KLVSRV_VS_DESCR", "KLVSRV_NF_CUSTOM_URL"}


def package_params(package: Package, world_name: str) -> dict[str, Any]:
    """Return a package's record (ksc-openapi.md section 6; the article's example)."""
    folder = "%s_%s" % (package.product, package.display_version)
    return {
        "KLPKG_NPI_PKGID": package.id,
        "KLPKG_NPI_NAME": package.name,
        "KLPKG_NPI_PRODUCT_NAME": package.product,
        "KLPKG_NPI_PRODUCT_VERSION": package.version,
        "KLPKG_NPI_PRODUCT_DISPL_NAME": package.name,
        "KLPKG_NPI_PRODUCT_DISPL_VERSION": package.display_version,
        "KLPKG_NPI_PACKAGE_PATH": "\\\\%s\\KLSHARE\\Packages\\%s" % (world_name, folder),
        "KLPKG_NPI_SIZE": Long(package.size),
        "KLPKG_NPI_CREATION_TIME": Time(package.created),
        "KLPKG_NPI_MODIF_TIME": Time(package.created),
        "KLPKG_NPI_SS_DESCR": "%s\\exec\\ss_install.xml|1" % folder,
    }


PLATFORM_CODES = {"windows": 2, "linux": 6}


def package_extra(package: Package) -> dict[str, Any]:
    """Return what GetPackages2 and GetPackageInfo2 add."""
    extra: dict[str, Any] = {"KLPKG_TYPE": 1}
    if package.platform in PLATFORM_CODES:
        extra["KLPKG_PLATFORM"] = PLATFORM_CODES[package.platform]
    return {"KLPKG_NPI_AV_BASES_UPD_SUPPORTED": package.product != AGENT, "KLPKG_NPI_EXTRA_DATA": extra}

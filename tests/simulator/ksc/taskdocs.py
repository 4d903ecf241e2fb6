# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Task documents: what AddTask takes, checked member by member.

Source: ksc-openapi.md sections 0, 8.3, 8.5; the task documents of the vendor's article, both generations (6.1 with
TASKSCH_RUN_MISSED_FLAG, 5.2 with PRTS_TASK_ENABLED).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Callable

from .errors import KscError, bad_format
from .settings import KscSettings
from .wire import plain

RECONNECT, INSTALL, REMOVE = "KLNAG_TASK_RECONNECTION", "Remote Installation", "Remote Deinstallation"
IDENTITIES = {RECONNECT: ("1103", "86", "1.0.0.0"), INSTALL: ("1093", "87", "1.0.0.0"), REMOVE: ("1093", "87", "1.0.0.0")}
KINDS = {RECONNECT: "reconnect", INSTALL: "install", REMOVE: "remove"}
PREFIXES = ("TASK_", "TASKSCH_", "KLPRTS_", "KLPRCI_", "PRTS_", "klprts-", "KLPRSS_")
USE = ("KLTSK_RI_USE_NAGENT", "KLTSK_RI_USE_SHARE", "KLTSK_RI_USE_SHARE_SRV")
ACCOUNT = {"klprts-TaskAccountAuthType": int, "klprts-TaskAccountUser": str, "klprts-TaskAccountPassword": str}
PASSWORD = "klprts-TaskAccountPassword"
MAX_NAME = 100
UNLOCK, UNLOCK_SINCE = "UNLOCK_PASSWORD_CRYPTED", (15, 1)
RESTART: dict[str, type] = {
    "KLTSK_RU_REBOOT_IMMEDIATELY": bool,
    "KLTSK_RU_REBOOT_ASK_FOR_REBOOT": bool,
    "KLTSK_RU_REBOOT_ASK_FOR_REBOOT_PERIOD": int,
    "KLTSK_RU_REBOOT_FORCE_REBOOT_PERIOD": int,
    "KLTSK_RU_REBOOT_MESSAGE": str,
    "KLTSK_RU_FORCE_APPS_CLOSED": bool,
}
"""What a task does about a restart (day-two.md sections 3 and 10); that they lie in TASK_ADDITIONAL_PARAMS is inferred."""


@dataclass
class Document:
    """A checked task document."""

    raw: dict[str, Any]
    type: str
    kind: str
    product: str
    version: str
    component: str
    display_name: str
    hosts: list[tuple[str, str]]
    group: int | None
    additional: dict[str, Any] = field(default_factory=dict)

    def unlock(self) -> str:
        """Return the protected password of a removal (Base64), "" without one."""
        return str(self.raw.get(UNLOCK, ""))

    def restart_delay(self) -> float | None:
        """Return after how many seconds a device that needs it is restarted, None when that is left to its users."""
        if self.additional.get("KLTSK_RU_REBOOT_IMMEDIATELY"):
            return 0.0
        minutes = self.additional.get("KLTSK_RU_REBOOT_FORCE_REBOOT_PERIOD", 0)
        return minutes * 60.0 if minutes and self.additional.get("KLTSK_RU_REBOOT_ASK_FOR_REBOOT") else None

    def account(self) -> tuple[str, dict[str, Any] | str] | None:
        """Return the OS user and the password as sent (text, or a wrapped binary), None when no user is given."""
        merged: dict[str, Any] = {}
        raw = self.raw["TASK_ADDITIONAL_PARAMS"]["value"].get("klprts-TaskAccounts") or []
        for item in raw:
            merged.update(item["value"])
        user = merged.get("klprts-TaskAccountUser")
        return (user, merged.get(PASSWORD, "")) if user else None


def _is(value: Any, kind: type) -> bool:
    return isinstance(value, kind) and not (kind is int and isinstance(value, bool))


def _member(data: Mapping[str, Any], name: str, kind: type, where: str, required: bool = True) -> Any:
    if name not in data:
        if required:
            raise bad_format("%s.%s is missing" % (where, name))
        return None
    if not _is(data[name], kind):
        raise bad_format("%s.%s: %s is needed, not %s" % (where, name, kind.__name__, type(data[name]).__name__))
    return data[name]


def _only(data: Mapping[str, Any], known: Any, where: str) -> None:
    for name in data:
        if name not in known:
            raise bad_format("%s.%s: no such member; known: %s" % (where, name, ", ".join(sorted(known))))


def _params(raw: Mapping[str, Any], name: str) -> dict[str, Any]:
    value = raw.get(name)
    if value is None:
        raise bad_format("pData.%s is missing" % name)
    if not isinstance(value, dict) or value.get("type") != "params":
        raise bad_format('pData.%s: params are needed: {"type": "params", "value": {...}}' % name)
    return value["value"]


def read(raw: dict[str, Any], settings: KscSettings) -> Document:
    """Check a document (wire types were checked before) and return it; bad_format says what is wrong."""
    if "pData" in raw:
        raise bad_format("pData.pData: one level of pData is enough")
    for name in ("TASKID_PRODUCT_NAME", "TASKID_COMPONENT_NAME", "TASKID_VERSION", "TASK_NAME"):
        _member(raw, name, str, "pData")
    if _member(raw, "TASKSCH_TYPE", int, "pData") not in range(8):
        raise bad_format("pData.TASKSCH_TYPE: 0 to 7 is needed")
    for name in ("TASKSCH_RUN_MISSED_FLAG", "TASK_DEL_AFTER_RUN_FLAG", "PRTS_TASK_ENABLED", "KLPRCI_TASK_INVISIBLE"):
        _member(raw, name, bool, "pData", required=False)
    known = {"TASKID_PRODUCT_NAME", "TASKID_COMPONENT_NAME", "TASKID_VERSION"}
    if settings.version >= UNLOCK_SINCE:
        known.add(UNLOCK)
        _member(raw, UNLOCK, str, "pData", required=False)
    for name in raw:
        if name not in known and not name.startswith(PREFIXES):
            raise bad_format("pData.%s: no such member" % name)
    info, additional = _params(raw, "TASK_INFO_PARAMS"), _params(raw, "TASK_ADDITIONAL_PARAMS")
    kind = KINDS.get(raw["TASK_NAME"], "other")
    identity = (raw["TASKID_PRODUCT_NAME"], raw["TASKID_COMPONENT_NAME"], raw["TASKID_VERSION"])
    if kind != "other" and identity != IDENTITIES[raw["TASK_NAME"]]:
        raise bad_format(
            "pData: a task %r belongs to product/component/version %s, not %s"
            % (raw["TASK_NAME"], "/".join(IDENTITIES[raw["TASK_NAME"]]), "/".join(identity))
        )
    checks: dict[str, Callable[[dict[str, Any], KscSettings], None]] = {
        "reconnect": _check_reconnect,
        "install": _check_install,
        "remove": _check_remove,
    }
    if kind in checks:
        checks[kind](additional, settings)
    hosts, group = _targets(info)
    display_name = _member(info, "DisplayName", str, "TASK_INFO_PARAMS")
    if not 0 < len(display_name) <= MAX_NAME:
        raise bad_format("TASK_INFO_PARAMS.DisplayName: 1 to %d characters are needed, not %d" % (MAX_NAME, len(display_name)))
    return Document(
        raw,
        raw["TASK_NAME"],
        kind,
        *(identity[0], identity[2], identity[1]),
        display_name=display_name,
        hosts=hosts,
        group=group,
        additional=plain(additional),
    )


def _targets(info: dict[str, Any]) -> tuple[list[tuple[str, str]], int | None]:
    group = _member(info, "PRTS_TASK_GROUPID", int, "TASK_INFO_PARAMS", required=False)
    if group == -1:
        group = None
    _member(info, "klprts-TaskScheduleSubtype", int, "TASK_INFO_PARAMS", required=False)
    listed = _member(info, "HostList", list, "TASK_INFO_PARAMS", required=group is None)
    if group is not None and listed:
        raise bad_format("TASK_INFO_PARAMS: either HostList or PRTS_TASK_GROUPID, not both")
    hosts = []
    for number, item in enumerate(listed or []):
        where = "TASK_INFO_PARAMS.HostList[%d]" % number
        if not isinstance(item, dict) or item.get("type") != "params":
            raise bad_format('%s: {"type": "params", "value": {...}} is needed' % where)
        _only(item["value"], ("HostName", "HostDispName"), where)
        hosts.append((_member(item["value"], "HostName", str, where), _member(item["value"], "HostDispName", str, where)))
    if group is None and not hosts:
        raise bad_format("TASK_INFO_PARAMS.HostList: at least one host is needed")
    names = [identity for identity, _name in hosts]
    if len(set(names)) != len(names):
        raise bad_format("TASK_INFO_PARAMS.HostList: a host is listed twice")
    return hosts, group


def _ports(data: dict[str, Any], name: str, required: bool) -> None:
    for port in _member(data, name, list, "TASK_ADDITIONAL_PARAMS", required) or []:
        if not _is(port, int) or not 0 < port < 65536:
            raise bad_format("TASK_ADDITIONAL_PARAMS.%s: a list of port numbers is needed" % name)


def _check_reconnect(data: dict[str, Any], _settings: KscSettings) -> None:
    where = "TASK_ADDITIONAL_PARAMS"
    _only(
        data,
        ("ServerAddress", "Serverports", "ServerSslPorts", "KLNAG_SSL_SERVER_CERT", "KLNAG_TASK_RECONNECTION_TIMEOUT", "KLNAG_VS_NAME"),
        where,
    )
    by_name = "KLNAG_VS_NAME" in data
    _member(data, "KLNAG_VS_NAME", str, where, required=False)
    address = _member(data, "ServerAddress", str, where, required=not by_name)
    if address is not None and not address.strip():
        raise bad_format("%s.ServerAddress: an address is needed" % where)
    _ports(data, "Serverports", required=not by_name)
    _ports(data, "ServerSslPorts", required=not by_name)
    _member(data, "KLNAG_TASK_RECONNECTION_TIMEOUT", int, where, required=False)


def restarts(settings: KscSettings) -> tuple[str, ...]:
    """Return the names that tell of restarts, none on a server that refuses them."""
    return () if settings.restart_keys == "refused" else tuple(RESTART)


def _check_install(data: dict[str, Any], settings: KscSettings) -> None:
    where = "TASK_ADDITIONAL_PARAMS"
    _only(data, ("KLTSK_RI_PACKAGES_IDS", "KLTSK_RI_GROUP_TO_MOVE_HOST", "klprts-TaskAccounts", *USE, *restarts(settings)), where)
    packages = _member(data, "KLTSK_RI_PACKAGES_IDS", list, where)
    if not packages or not all(_is(item, int) for item in packages):
        raise bad_format("%s.KLTSK_RI_PACKAGES_IDS: a list of package ids is needed" % where)
    _member(data, "KLTSK_RI_GROUP_TO_MOVE_HOST", int, where, required=False)
    _check_ways(data, settings)


def _check_remove(data: dict[str, Any], settings: KscSettings) -> None:
    where = "TASK_ADDITIONAL_PARAMS"
    _only(data, ("ProductName", "ProductVersion", "UninstallType", "klprts-TaskAccounts", *USE, *restarts(settings)), where)
    _member(data, "ProductName", str, where)
    _member(data, "ProductVersion", str, where)
    _member(data, "UninstallType", int, where)
    _check_ways(data, settings)


def _check_ways(data: dict[str, Any], settings: KscSettings) -> None:
    where = "TASK_ADDITIONAL_PARAMS"
    for way in USE:
        _member(data, way, bool, where)
    for name, kind in RESTART.items():
        _member(data, name, kind, where, required=False)
    accounts = _member(data, "klprts-TaskAccounts", list, where, required=False) or []
    sizes = set()
    for number, item in enumerate(accounts):
        here = "%s.klprts-TaskAccounts[%d]" % (where, number)
        if not isinstance(item, dict) or item.get("type") != "params":
            raise bad_format('%s: {"type": "params", "value": {...}} is needed' % here)
        value = item["value"]
        _only(value, ACCOUNT, here)
        sizes.add(len(value))
        for name, kind in ACCOUNT.items():
            if name == PASSWORD and name in value:
                _check_password(value[name], "%s.%s" % (here, name), settings)
            else:
                _member(value, name, kind, here, required=False)
    if settings.account_layout == "items" and sizes - {1}:
        raise bad_format("%s.klprts-TaskAccounts: one member per item is needed" % where)
    if settings.account_layout == "joined" and accounts and sizes != {3}:
        raise bad_format("%s.klprts-TaskAccounts: items with auth type, user and password together are needed" % where)


def _check_password(value: Any, where: str, settings: KscSettings) -> None:
    binary = isinstance(value, dict) and value.get("type") == "binary"
    if not binary and not isinstance(value, str):
        raise bad_format("%s: text, or the binary result of ProtectPassword, is needed" % where)
    if (settings.account_password == "plain" and binary) or (settings.account_password == "protected" and not binary):
        raise KscError(1192, "%s: the password must be %s" % (where, "plain text" if binary else "the binary result of ProtectPassword"))

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""What is wanted of a host: from variables and arguments to the entries of the modules."""

from __future__ import annotations

import ipaddress
import typing as t

from ansible_collections.ksv.light_agent.plugins.module_utils._ksc.api.groups import CONDITIONS

Data = t.Mapping[str, t.Any]
Entry = t.Dict[str, t.Any]

# The options of a connection, and the variable of a host that each comes from.
KSC = {
    "server": "ksv_ksc_server",
    "port": "ksv_ksc_port",
    "username": "ksv_ksc_username",
    "password": "ksv_ksc_password",
    "domain": "ksv_ksc_domain",
    "internal_user": "ksv_ksc_internal_user",
    "auth_method": "ksv_ksc_auth_method",
    "validate_certs": "ksv_ksc_validate_certs",
    "ca_path": "ksv_ksc_ca_path",
    "request_timeout": "ksv_ksc_request_timeout",
    "task_profile": "ksv_ksc_task_profile",
}
KSC_ACCOUNT = {
    "username": "ksv_virtual_server_username",
    "password": "ksv_virtual_server_password",
    "domain": "ksv_virtual_server_domain",
    "internal_user": "ksv_virtual_server_internal_user",
}
VIIS = {
    "server": "ksv_viis_server",
    "port": "ksv_viis_port",
    "username": "ksv_viis_username",
    "password": "ksv_viis_password",
    "validate_certs": "ksv_viis_validate_certs",
    "ca_path": "ksv_viis_ca_path",
    "request_timeout": "ksv_viis_request_timeout",
    "wire_types": "ksv_viis_wire_types",
}
# The other variables of a host. Each becomes an argument of host_request by its role's own task.
OF_TENANTS = ("ksv_virtual_server", "ksv_ip", "ksv_product")
OF_VIRTUAL_SERVERS = ("ksv_virtual_server", "ksv_parent_group", "ksv_administrator", "ksv_conditions", "ksv_groups")
OF_ACCOUNTS = ("ksv_os_username", "ksv_os_password", "ksv_password_format")
OF_REMOVALS = ("ksv_removal_password",)
OF_MOVES = ("ksv_group", "ksv_create_group", "ksv_agent_server_address", "ksv_agent_ports", "ksv_agent_ssl_ports")
OF_SVMS = ("ksv_infrastructure", "ksv_svm_name", "ksv_location")
OF_CLUSTERS = ("ksv_cluster", "ksv_viis_role", "ksv_viis_thumbprint", "ksv_trust_on_first_use")
OF_DEPLOYMENTS = (
    "ksv_storage",
    "ksv_flavor",
    "ksv_volume_type",
    "ksv_availability_zone",
    "ksv_server_group",
    "ksv_networks",
    "ksv_dns",
    "ksv_ksc",
    "ksv_root",
    "ksv_klconfig_password",
    "ksv_image",
)
READS: dict[str, tuple[str, ...]] = {
    "tenant": OF_VIRTUAL_SERVERS,
    "tenant_onboarding": (*OF_TENANTS, *OF_ACCOUNTS, *OF_MOVES),
    "tenant_offboarding": (*OF_TENANTS, *OF_ACCOUNTS, *OF_REMOVALS),
    "tenant_status": OF_TENANTS,
    "tenant_cleanup": ("ksv_virtual_server",),
    "svm_deployment": (*OF_SVMS, *OF_DEPLOYMENTS),
    "svm_removal": OF_SVMS,
    "svm_status": ("ksv_ip", "ksv_svm_name", "ksv_svm_activated"),
    "svm_replacement": ("ksv_replaces", "ksv_svm_name"),
    "ha_cluster": OF_CLUSTERS,
}
# The roles that log in to virtual servers with accounts of their own.
OF_TENANT_HOSTS = ("tenant_onboarding", "tenant_offboarding", "tenant_status", "tenant_cleanup")
# The roles that speak to the Integration Server. Those that look at SVMs as devices of the primary Administration Server do not.
OF_INTEGRATION_SERVERS = ("svm_deployment", "svm_removal", "ha_cluster")
ALIASES = {"ip_address": "ip_addresses"}
PRIMARY = "primary"
RESERVE = "reserve"
VIIS_PORT = 7271

PRODUCT = {
    "type": "dict",
    "options": {"name": {"type": "str"}, "version": {"type": "str"}, "display_version": {"type": "str"}},
}
ACCOUNT = {
    "type": "dict",
    "options": {
        "username": {"type": "str", "required": True},
        "password": {"type": "str", "required": True, "no_log": True},
        "domain": {"type": "str"},
    },
}
STATUS_CONDITIONS = {"type": "list", "elements": "str", "choices": list(CONDITIONS)}
ARGUMENTS: dict[str, t.Any] = {
    "role": {"type": "str", "required": True, "choices": list(READS)},
    "ip": {"type": "str"},
    "virtual_server": {"type": "str"},
    "product": PRODUCT,
    "agent": {"type": "dict", "options": {"name": {"type": "str"}, "version": {"type": "str"}}},
    "group": {"type": "str"},
    "create_group": {"type": "bool"},
    "agent_server_address": {"type": "str"},
    "agent_ports": {"type": "list", "elements": "int"},
    "agent_ssl_ports": {"type": "list", "elements": "int"},
    "os_username": {"type": "str"},
    "os_password": {"type": "str", "no_log": True},
    "password_format": {"type": "str", "choices": ["plain", "protected"], "no_log": False},
    "removal_password": {"type": "str", "no_log": True},
    "parent_group": {"type": "str"},
    "administrator": {
        "type": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "password": {"type": "str", "no_log": True},
            "update_password": {"type": "str", "choices": ["on_create", "always"], "no_log": False},
            "full_name": {"type": "str"},
            "description": {"type": "str"},
            "mail": {"type": "str"},
            "enabled": {"type": "bool"},
        },
    },
    "conditions": STATUS_CONDITIONS,
    "groups": {
        "type": "list",
        "elements": "dict",
        "options": {
            "path": {"type": "str", "required": True},
            "notify_days": {"type": "int"},
            "remove_days": {"type": "int"},
            "conditions": STATUS_CONDITIONS,
            "install_packages": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "name": {"type": "str", "required": True},
                    "version": {"type": "str", "required": True},
                    "display_version": {"type": "str"},
                },
            },
        },
    },
    "remove_virtual_server": {"type": "bool"},
    "move_hosts_to": {"type": "str"},
    "infrastructure": {
        "type": "dict",
        "options": {
            "type": {"type": "str"},
            "address": {"type": "str"},
            "infrastructure_id": {"type": "str"},
            "admin": ACCOUNT,
            "read_only": ACCOUNT,
            "protocol": {"type": "str", "choices": ["https", "http"]},
            "region": {"type": "str"},
            "thumbprints": {"type": "list", "elements": "str"},
            "trust_on_first_use": {"type": "bool"},
            "https_port": {"type": "int"},
            "ssh_port": {"type": "int"},
            "follow_primary": {"type": "bool"},
        },
    },
    "image": {"type": "dict", "options": {"manifest_path": {"type": "str"}, "image_id": {"type": "str"}}},
    "svm": {
        "type": "dict",
        "options": {
            "name": {"type": "str", "required": True},
            "location": {"type": "str"},
            "storage": {"type": "str"},
            "flavor": {"type": "str"},
            "volume_type": {"type": "str"},
            "availability_zone": {"type": "str"},
            "server_group": {"type": "str"},
            "networks": {
                "type": "list",
                "elements": "dict",
                "options": {
                    "network": {"type": "str", "required": True},
                    "primary": {"type": "bool"},
                    "addressing": {"type": "str", "choices": ["static", "dynamic"]},
                    "ip_addresses": {"type": "list", "elements": "str", "aliases": ["ip_address"]},
                    "mask": {"type": "str"},
                    "gateway": {"type": "str"},
                    "vlan_id": {"type": "int"},
                    "security_groups": {"type": "list", "elements": "str"},
                },
            },
            "dns": {"type": "dict", "options": {"main": {"type": "str"}, "alternative": {"type": "str"}}},
            "ksc": {
                "type": "dict",
                "options": {
                    "address": {"type": "str"},
                    "port": {"type": "int"},
                    "ssl_port": {"type": "int"},
                    "language": {"type": "str"},
                },
            },
            "root": {
                "type": "dict",
                "options": {"allow_ssh": {"type": "bool"}, "password": {"type": "str", "no_log": True}},
            },
            "klconfig_password": {"type": "str", "no_log": True},
        },
    },
    "replaces": {"type": "str"},
    "activated": {"type": "bool"},
    "server": {"type": "str"},
    "cluster": {"type": "str"},
    "server_role": {"type": "str"},
    "thumbprint": {"type": "str"},
    "trust_on_first_use": {"type": "bool"},
    "report": {"type": "str"},
    "report_language": {"type": "str", "choices": ["en", "ru"]},
}
# The roles that write reports, and what a report is by the end of its name.
OF_REPORTS = ("tenant_status", "tenant_onboarding")
REPORT_FORMATS = {".html": "html", ".htm": "html", ".md": "markdown", ".markdown": "markdown"}


class NotUsable(Exception):
    """What is wanted of the host cannot be done as it is said; one sentence for the person at the console."""


def build(host: str, wanted: Data, variables: Data) -> Entry:
    """The request of a host, for the plugins of _steps.py.

    ``wanted``: the arguments of host_request; ``variables``: those of the connection and of the account, by name.

    :raises NotUsable: something is missing or not what it should be
    """
    role = wanted["role"]
    if role == "ha_cluster":
        return _cluster_member(_given(wanted), _options(VIIS, variables))
    steps = _ROLES[role](host, _given(wanted))
    report = _report(wanted)
    if role in OF_INTEGRATION_SERVERS:
        return {
            "role": role,
            "label": str(variables.get("ksv_viis_server") or "the Integration Server"),
            "connection": _options(VIIS, variables),
            "virtual_server": None,
            "account": None,
            "steps": steps,
        }
    account = _options(KSC_ACCOUNT, variables) if role in OF_TENANT_HOSTS else {}
    if ("username" in account) != ("password" in account):
        raise NotUsable("ksv_virtual_server_username and ksv_virtual_server_password belong together; give both or neither.")
    return {
        "role": role,
        "label": str(variables.get("ksv_ksc_server") or "the Administration Server"),
        "connection": _options(KSC, variables),
        "virtual_server": wanted.get("virtual_server"),
        "account": {"name": wanted["virtual_server"], **account} if account else None,
        "build": (wanted.get("product") or {}).get("display_version"),
        "activated": wanted.get("activated"),
        "steps": steps,
        **({"report": report} if report else {}),
    }


def connection_variables(role: str) -> dict[str, str]:
    """Option by option of the connection and the account, the variable; see READS for the others."""
    if role in OF_TENANT_HOSTS:
        return {**KSC, **{"account_" + name: value for name, value in KSC_ACCOUNT.items()}}
    return VIIS if role in OF_INTEGRATION_SERVERS else KSC


def report_format(path: str) -> t.Optional[str]:
    """What a report is, by the name of its file; None where the name does not tell."""
    return next((format for ending, format in REPORT_FORMATS.items() if path.lower().endswith(ending)), None)


def _report(wanted: Data) -> Entry:
    """The report that a host is to be in: ``path`` and ``language``; empty if none is asked for."""
    path = wanted.get("report")
    if not path:
        return {}
    if report_format(path) is None:
        raise NotUsable('%s_report of this host is "%s"; give a file whose name ends in .html or .md.' % (wanted["role"], path))
    return {"path": path, "language": wanted.get("report_language") or "en"}


def _options(names: t.Mapping[str, str], variables: Data) -> Entry:
    """An empty text counts as unset, as in the environment: a field of an AWX credential that is left blank is one."""
    return {option: variables[name] for option, name in names.items() if variables.get(name) not in (None, "")}


def _given(value: t.Any) -> t.Any:
    """Without the options that are not given, and without aliases: what these give is under the name of the option, too."""
    if isinstance(value, t.Mapping):
        return {name: _given(member) for name, member in value.items() if member is not None and ALIASES.get(name) not in value}
    if isinstance(value, (list, tuple)):
        return [_given(member) for member in value]
    return value


def _chosen(wanted: Data, *names: str) -> Entry:
    return {name: wanted[name] for name in names if wanted.get(name) not in (None, "")}


# -- tenants ----------------------------------------------------------------------------------------------------------------


def _tenant(_host: str, wanted: Data) -> Entry:
    """What the hosts of a tenant say of it is one entry for all of them: the label tells which."""
    name = _virtual_server(wanted)
    on_it = {"virtual_server": name}
    administrator = wanted.get("administrator")
    groups = list(wanted.get("groups") or ())
    if wanted.get("conditions"):
        groups.insert(0, {"path": "/", "conditions": wanted["conditions"]})
    return {
        "tenant_server": [{"label": name, "name": name, **_chosen(wanted, "parent_group")}],
        "tenant_administrator": [{"label": "%s on %s" % (administrator["name"], name), **administrator, **on_it}] if administrator else [],
        "tenant_groups": [{"label": "%s on %s" % (group["path"], name), **group, **on_it} for group in groups],
    }


def _tenant_onboarding(host: str, wanted: Data) -> Entry:
    base = _tenant_host(host, wanted)
    product = _product(wanted, versioned=True)
    agent = wanted.get("agent") or {}
    placed = _chosen(wanted, "group", "create_group")
    packages = [{**package, "virtual_server": [base["virtual_server"]]} for package in (agent, product) if package]
    install = {**base, **placed, "product": product, **_os_account(wanted)}
    if agent:
        install["agent"] = dict(agent)
    look = {"tenant_onboarding_look": [{**base, "product": _chosen(product, "name", "version")}]} if wanted.get("report") else {}
    return {
        **look,
        "tenant_onboarding_packages": packages,
        "tenant_onboarding_move": [{**base, **_chosen(wanted, "agent_server_address", "agent_ports", "agent_ssl_ports")}],
        "tenant_onboarding_install": [install],
        "tenant_onboarding_placement": [{**base, **placed}] if "group" in placed else [],
    }


def _tenant_offboarding(host: str, wanted: Data) -> Entry:
    base = _tenant_host(host, wanted)
    product = _product(wanted, versioned=False)
    servers = [_removed_server(wanted)] if wanted.get("remove_virtual_server") else []
    return {
        "tenant_offboarding_found": [_chosen(server, "label", "name") for server in servers],
        "tenant_offboarding_removal": [{**base, "product": product, **_os_account(wanted), **_chosen(wanted, "removal_password")}],
        "tenant_offboarding_placement": [base],
        "tenant_offboarding_server": servers,
    }


def _removed_server(wanted: Data) -> Entry:
    name = wanted["virtual_server"]
    # An empty name is that of no server, but stands for the primary one in the module.
    return {"label": name, "name": name, **({"move_hosts_to": wanted["move_hosts_to"]} if wanted.get("move_hosts_to") else {})}


def _tenant_status(host: str, wanted: Data) -> Entry:
    product = _product(wanted, versioned=True)
    return {"tenant_status_look": [{**_tenant_host(host, wanted), "product": _chosen(product, "name", "version")}]}


def _tenant_cleanup(_host: str, wanted: Data) -> Entry:
    name = _virtual_server(wanted)
    entries = [{"label": name, "virtual_server": name}]
    return {"tenant_cleanup_look": entries, "tenant_cleanup_removal": entries}


def _virtual_server(wanted: Data) -> str:
    if not wanted.get("virtual_server"):
        raise NotUsable("ksv_virtual_server is not set for this host; name the virtual Administration Server of its tenant.")
    return str(wanted["virtual_server"])


def _tenant_host(host: str, wanted: Data) -> Entry:
    name = _virtual_server(wanted)
    address = str(wanted.get("ip") or "")
    if not _is_address(address):
        raise NotUsable(
            '"%s" is not an IPv4 address; set ansible_host or ksv_ip to the address of the host in Kaspersky Security Center.' % address
        )
    return {"label": host, "ip": address, "virtual_server": name}


def _is_address(text: str) -> bool:
    try:
        ipaddress.IPv4Address(text)
    except ValueError:
        return False
    return True


def _product(wanted: Data, versioned: bool) -> Entry:
    product = dict(wanted.get("product") or {})
    if not product.get("name") or (versioned and not product.get("version")):
        what = "name and version" if versioned else "the name"
        raise NotUsable("ksv_product is not set for this host, or is incomplete; give %s of its application." % what)
    return product


def _os_account(wanted: Data) -> Entry:
    given = _chosen(wanted, "os_username", "os_password", "password_format")
    if ("os_username" in given) != ("os_password" in given):
        raise NotUsable("ksv_os_username and ksv_os_password belong together; give both or neither.")
    return given


# -- SVMs -------------------------------------------------------------------------------------------------------------------


def _svm_deployment(host: str, wanted: Data) -> Entry:
    infrastructure = _infrastructure(wanted)
    image = wanted.get("image") or {}
    path = image.get("manifest_path") or image.get("image_id")
    if not path:
        raise NotUsable("ksv_image is not set for this host; give the manifest_path of the SVM image, or the image_id of a registered one.")
    svm = {"label": host, **wanted["svm"]}
    return {
        "svm_deployment_connections": [infrastructure],
        "svm_deployment_missing": [svm],
        "svm_deployment_images": [{"label": str(path), **image, "types": [infrastructure["type"]]}],
        "svm_deployment_deployment": [svm],
    }


def _svm_removal(host: str, wanted: Data) -> Entry:
    infrastructure = _infrastructure(wanted)
    found = _chosen(infrastructure, "label", "type", "address", "region", "infrastructure_id")
    svm = _chosen(wanted["svm"], "name", "location")
    return {
        "svm_removal_found": [found],
        "svm_removal_removal": [{"label": host, **svm}],
        "svm_removal_disconnection": [{**found, "leaving_svms": [svm["name"]]}],
    }


def _svm_status(host: str, wanted: Data) -> Entry:
    """By its address, since nobody knows for sure what name an SVM has in Kaspersky Security Center; by name where it gets any address."""
    address = str(wanted.get("ip") or "")
    chosen = {"ip": address} if _is_address(address) else {"name": wanted["svm"]["name"]}
    return {"svm_status_look": [{"label": host, **chosen}]}


def _svm_replacement(host: str, wanted: Data) -> Entry:
    old = str(wanted.get("replaces") or "").strip()
    if not old:
        raise NotUsable("ksv_replaces is not set for this host; give the name of the SVM that it replaces.")
    if old.casefold() == str(wanted["svm"]["name"]).casefold():
        raise NotUsable("ksv_replaces of this host is %s, its own name; give the name of the SVM that it replaces." % old)
    return {
        "svm_replacement_proof": [{"label": host}],
        "svm_replacement_record": [{"label": host, "name": old}],
    }


def _infrastructure(wanted: Data) -> Entry:
    given = dict(wanted.get("infrastructure") or {})
    if not given.get("type") or not given.get("address"):
        raise NotUsable(
            "ksv_infrastructure is not set for this host, or is incomplete; give type and address of the infrastructure that it is in."
        )
    given["type"] = str(given["type"]).upper()
    words = (given["type"], given["address"], given.get("region"))
    return {"label": " ".join(str(word) for word in words if word), **given}


# -- clusters of Integration Servers --------------------------------------------------------------------------------------------


def _cluster_member(wanted: Data, connection: Entry) -> Entry:
    role = wanted.get("server_role")
    if role not in (PRIMARY, RESERVE):
        raise NotUsable("ksv_viis_role of this host is %s; it must be primary or reserve." % (role or "not set"))
    server = str(connection.get("server") or wanted["server"])
    bracketed = "[%s]" % server if ":" in server and not server.startswith("[") else server
    return {
        "role": "ha_cluster",
        "connection": {**connection, "server": server},
        "cluster": wanted["cluster"],
        "server_role": role,
        "address": "%s:%s" % (bracketed, connection.get("port") or VIIS_PORT),
        **_chosen(wanted, "thumbprint", "trust_on_first_use"),
    }


_ROLES: dict[str, t.Callable[[str, Data], Entry]] = {
    "tenant": _tenant,
    "tenant_onboarding": _tenant_onboarding,
    "tenant_offboarding": _tenant_offboarding,
    "tenant_status": _tenant_status,
    "tenant_cleanup": _tenant_cleanup,
    "svm_deployment": _svm_deployment,
    "svm_removal": _svm_removal,
    "svm_status": _svm_status,
    "svm_replacement": _svm_replacement,
}

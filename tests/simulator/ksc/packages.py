# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``PackagesApi``: installation packages and their way to virtual servers. Source: ksc-openapi.md section 6."""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

import dataclasses
from typing import Any

from .actions import begin
from .api import Call, method
from .attributes import package_extra, package_params
from .errors import bad_format, not_found, not_permitted, unavailable
from .state import Package
from .vservers import primary_only, virtual_server
from .wire import bare, inner, plain

OPTIONS: dict[str, tuple[type, ...]] = {
    "KLPKG_CREATE_STANDALONE_PRODS": (bool,),
    "KLPKG_CREATE_STANDALONE_NAGT": (bool,),
    "KLPKG_USE_LANGUAGE_TAG": (bool, str),
    "KLPKG_TYPE": (int,),
    "KLPKG_LAZY_RETRANSLATION": (bool,),
}
TYPES = (1, 2, 4, 8, 16, 32)


def package_of(call: Call, number: int) -> Package:
    """Return a package of the session's server; not_found otherwise."""
    package = call.server.packages.get(number)
    if package is None:
        raise not_found("no package %d on server %r" % (number, call.server.title))
    return package


@method("PackagesApi.GetPackages", documented=True)
def get_packages(call: Call) -> dict[str, Any]:
    """Return the packages of the session's server."""
    return {"PxgRetVal": [inner(package_params(package, call.world.name)) for package in call.server.packages.values()]}


@method("PackagesApi.GetPackages2")
def get_packages2(call: Call) -> dict[str, Any]:
    """Return the packages with extra data."""
    return {
        "PxgRetVal": [
            inner(dict(package_params(package, call.world.name), **package_extra(package))) for package in call.server.packages.values()
        ]
    }


@method("PackagesApi.GetPackageInfo", {"nPackageId": "int"})
def get_package_info(call: Call, nPackageId: int) -> dict[str, Any]:
    """Return one package."""
    return {"PxgRetVal": bare(package_params(package_of(call, nPackageId), call.world.name))}


@method("PackagesApi.GetPackageInfo2", {"nPackageId": "int"})
def get_package_info2(call: Call, nPackageId: int) -> dict[str, Any]:
    """Return one package with extra data."""
    package = package_of(call, nPackageId)
    return {"PxgRetVal": bare(dict(package_params(package, call.world.name), **package_extra(package)))}


def check_options(options: dict[str, Any]) -> None:
    """Check pOptions of a retranslation; bad_format says what is wrong."""
    for name, value in plain(options).items():
        if name not in OPTIONS:
            raise bad_format("pOptions.%s: no such option; known: %s" % (name, ", ".join(OPTIONS)))
        kinds = OPTIONS[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
            raise bad_format("pOptions.%s: %s is needed" % (name, " or ".join(kind.__name__ for kind in kinds)))
        if name == "KLPKG_TYPE" and value not in TYPES:
            raise bad_format("pOptions.%s: %s is none of %s" % (name, value, ", ".join(map(str, TYPES))))


@method("PackagesApi.RetranslateToVServerAsync", {"nPackageId": "int", "nVServerId": "int", "pOptions": "params"}, documented=True)
def retranslate_to_vserver_async(call: Call, nPackageId: int, nVServerId: int, pOptions: dict[str, Any]) -> dict[str, Any]:
    """Begin to copy a package of the primary to a virtual server, where it gets an id of its own."""
    primary_only(call)
    package, server = package_of(call, nPackageId), virtual_server(call, nVServerId)
    check_options(pOptions)
    there = any(
        (item.product, item.version, item.display_version) == (package.product, package.version, package.display_version)
        for item in server.packages.values()
    )
    if there and call.settings.repeated_retranslation == "error":
        raise not_permitted("package %d is already on virtual server %r" % (package.id, server.name))

    limit = call.settings.max_retranslations
    if limit and sum(bool(action.fields.get("copy")) and not action.done for action in call.ksc.actions.values()) >= limit:
        raise unavailable("%d packages are being copied already" % limit)

    def finish(when: float) -> None:
        failure = package.failures.get(server.name) or package.failures.get("*")
        if failure:
            # Not 1195, the one code that means "later": a copy that failed is not repaired by a retry.
            raise not_permitted(failure)
        if not there or call.settings.repeated_retranslation == "duplicate":
            server.add_package(dataclasses.replace(package, id=0, created=when, failures={}))

    action = begin(call, call.settings.retranslate_seconds, finish, ok_code=0)
    action.fields["copy"] = True
    return {"PxgRetVal": action.guid}

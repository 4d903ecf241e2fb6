# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""Installation packages (contract ksc-openapi.md, section 6)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import InputError
from ..._core.naming import did_you_mean
from . import wire
from .hosts import Product
from .session import Session


@dataclass(frozen=True)
class Package:
    id: int
    name: str
    product: Product
    display_name: str
    display_version: str
    attributes: t.Mapping[str, t.Any]

    def is_for(self, product: Product, display_version: t.Optional[str] = None) -> bool:
        return (
            self.product.name.casefold() == product.name.casefold()
            and self.product.version == product.version
            and display_version in (None, self.display_version)
        )


def listing(session: Session) -> list[Package]:
    """The packages of this server, by PackagesApi.GetPackages."""
    return [
        Package(
            id=id,
            name=str(record.get("KLPKG_NPI_NAME", "")),
            product=Product(str(record.get("KLPKG_NPI_PRODUCT_NAME", "")), str(record.get("KLPKG_NPI_PRODUCT_VERSION", ""))),
            display_name=str(record.get("KLPKG_NPI_PRODUCT_DISPL_NAME", "")),
            display_version=str(record.get("KLPKG_NPI_PRODUCT_DISPL_VERSION", "")),
            attributes=record,
        )
        for record in wire.records(session.call("PackagesApi.GetPackages").get("PxgRetVal"))
        for id in [wire.number(record.get("KLPKG_NPI_PKGID"))]
        if id is not None
    ]


def pick(session: Session, packages: t.Iterable[Package], product: Product, display_version: t.Optional[str] = None) -> Package:
    """The package of a product on this server; of several builds the newest package.

    :raises InputError: there is none
    """
    packages = list(packages)
    matches = [package for package in packages if package.is_for(product, display_version)]
    if matches:
        return max(matches, key=lambda package: package.id)
    wanted = str(product) if display_version is None else "%s (build %s)" % (product, display_version)
    raise InputError(
        '%s has no installation package for "%s". %s'
        % (
            session,
            wanted,
            did_you_mean(wanted, ["%s (build %s)" % (package.product, package.display_version) for package in packages]),
        ),
        server=session.server.address,
        virtual_server=session.virtual_server,
        method="PackagesApi.GetPackages",
        package=wanted,
    )


def retranslate(primary: Session, package_id: int, virtual_server_id: int, options: t.Mapping[str, t.Any]) -> str:
    """Start copying a package of the primary to a virtual server; the id of the asynchronous action.

    :raises TemporarilyUnavailable: the server copies as many as it wants to at a time
    """
    return primary.call(
        "PackagesApi.RetranslateToVServerAsync",
        {"nPackageId": package_id, "nVServerId": virtual_server_id, "pOptions": dict(options)},
        write=True,
        patient=False,
    ).text("PxgRetVal")

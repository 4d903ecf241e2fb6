# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The request bodies of the documented operations (contract, section 5)."""

from __future__ import annotations

from .enumerations import HOST_TYPES, OPENSTACK_TYPES, PRIMARY, RESERVE, TYPES
from .schema import (
    Address,
    Choice,
    Exactly,
    Flag,
    HostPort,
    Kind,
    ListOf,
    Member,
    Must,
    Same,
    Secret,
    Shape,
    Some,
    Text,
    Variant,
    When,
    Whole,
    needed,
    optional,
)

PORT = Whole(1, 65535)
THREADS = Whole(1, 1000)
ADDRESSING = Choice(("static", "dynamic"))

RULE = Shape({"address": needed(HostPort()), "thumbprint": needed(Text())})
"""Operation 4."""

ROLE = Shape({"role": needed(Choice((PRIMARY,)))})
"""Operation 18."""

INSTANCE = Shape({"role": needed(Choice((RESERVE,))), "address": needed(HostPort()), "password": needed(Secret())})
"""Operations 19 and 22."""

NOTHING = Shape({})
"""Operations 9 and 13: no body, or an empty object."""

HOST_ACCOUNT = Shape({"name": needed(Text()), "password": needed(Secret())})
DOMAIN_ACCOUNT = Shape({"domain": needed(Text()), "name": needed(Text()), "password": needed(Secret())})


def _accounts(account: Shape) -> Member:
    return needed(Shape({"admin": needed(account), "readOnly": optional(account)}))


HOST_CONNECTION = Shape({"type": needed(Choice(HOST_TYPES)), "address": needed(Text()), "accounts": _accounts(HOST_ACCOUNT)})
OPENSTACK_CONNECTION = Shape(
    {
        "type": needed(Choice(OPENSTACK_TYPES)),
        "address": needed(Text()),
        "specificSettings": needed(Shape({"protocol": needed(Choice(("https", "http"))), "region": optional(Text())})),
        "accounts": _accounts(DOMAIN_ACCOUNT),
    }
)

CONNECTION = Variant("type", {**dict.fromkeys(HOST_TYPES, HOST_CONNECTION), **dict.fromkeys(OPENSTACK_TYPES, OPENSTACK_CONNECTION)})
"""Operation 6."""

TEST_CONNECTION = Variant("type", dict.fromkeys(OPENSTACK_TYPES, OPENSTACK_CONNECTION))
"""Operation 5."""

MANIFEST = Shape(
    {
        "manifestUrl": needed(Text(r"(?:/|[A-Za-z]:\\).*\.xml", "the absolute path of an .xml file is needed")),
        "hypervisors": needed(ListOf(Shape({"type": needed(Choice(tuple(TYPES)))}))),
    }
)
"""Operation 12."""

KSC = Shape({"address": needed(Text()), "port": needed(PORT), "sslPort": needed(PORT), "language": needed(Text())})
ROOT = Shape({"allowSshAccess": needed(Flag(quoted=True)), "password": needed(Secret())})
KLCONFIG = Shape({"password": needed(Secret())})
DNS = Shape({"main": needed(Address()), "alternative": optional(Address())})

HOST_NETWORK = Shape(
    {
        "id": needed(Text()),
        "vlanId": optional(Whole(0, 4095)),
        "isPrimary": needed(Flag()),
        "type": needed(ADDRESSING),
        "ipAddress": optional(Address()),
        "mask": optional(Address(mask=True)),
        "gateway": optional(Address()),
    },
    When("type", "static", ("ipAddress", "mask", "gateway")),
)
PORT_OF_NETWORK = Shape(
    {
        "isPrimary": needed(Flag()),
        "type": needed(ADDRESSING),
        "ipAddresses": optional(ListOf(Address(), single=True)),
        "mask": optional(Address(mask=True)),
        "gateway": optional(Address()),
        "vlanId": optional(Whole(0, 4095)),
        "portSecurityEnabled": optional(Flag()),
        "securityGroupIds": optional(ListOf(Text(), least=0)),
    },
    When("type", "static", ("ipAddresses", "mask", "gateway")),
    Must("securityGroupIds[]", "portSecurityEnabled", True),
)
PROJECT_NETWORK = Shape({"id": needed(Text()), "ports": needed(ListOf(PORT_OF_NETWORK))})

ONE_HOST_PRIMARY = Exactly("networks[].isPrimary", True)
ONE_PROJECT_PRIMARY = Exactly("networks[].ports[].isPrimary", True)
NETWORKS = "deploymentInfo.settings.networks[]"
DNS_FOR_STATIC = (
    When(NETWORKS + ".type", "static", ("svmSettings.dns.main",)),
    When(NETWORKS + ".ports[].type", "static", ("svmSettings.dns.main",)),
)
ONE_FAMILY = Same("svms[].deploymentInfo.type")
LOCATION = needed(Shape({"id": needed(Text())}))


def _info(family: str, target: Shape, settings: Shape | None) -> Member:
    members = {"type": needed(Choice((family,))), "target": needed(target)}
    if settings is not None:
        members["settings"] = needed(settings)
    return needed(Shape(members))


def _by_family(host: Shape, project: Shape) -> Kind:
    return Variant("deploymentInfo.type", {"host": host, "openstackProject": project})


def _new_svm(family: str, settings: Shape) -> Shape:
    return Shape(
        {
            "svmSettings": needed(
                Shape(
                    {
                        "name": needed(Text()),
                        "ksc": needed(KSC),
                        "users": needed(Shape({"root": needed(ROOT), "klconfig": needed(KLCONFIG)})),
                        "dns": optional(DNS),
                    }
                )
            ),
            "deploymentInfo": _info(family, Shape({"infrastructureId": needed(Text()), "location": LOCATION}), settings),
        },
        *DNS_FOR_STATIC,
    )


DEPLOYMENT = Shape(
    {
        "threadsCount": needed(THREADS),
        "image": needed(Shape({"id": needed(Text()), "skipCheckIntegrity": needed(Flag(quoted=True)), "localization": needed(Text())})),
        "svms": needed(
            ListOf(
                _by_family(
                    _new_svm("host", Shape({"storageId": needed(Text()), "networks": needed(ListOf(HOST_NETWORK))}, ONE_HOST_PRIMARY)),
                    _new_svm(
                        "openstackProject",
                        Shape(
                            {
                                "flavorId": needed(Text()),
                                "volumeTypeId": optional(Text()),
                                "availabilityZoneName": optional(Text()),
                                "serverGroupId": optional(Text()),
                                "networks": needed(ListOf(PROJECT_NETWORK)),
                            },
                            ONE_PROJECT_PRIMARY,
                        ),
                    ),
                )
            )
        ),
    },
    ONE_FAMILY,
)
"""Operation 15."""

EXISTING = Shape({"infrastructureId": needed(Text()), "svmId": needed(Text()), "location": LOCATION})


def configuration(partial: str) -> Shape:
    """Return the body of operation 16, where ``partial`` is the setting ``partial_elements``."""
    ksc, root, users = KSC, ROOT, {"root": optional(ROOT), "klconfig": optional(KLCONFIG)}
    if partial == "allow":
        ksc = Shape({name: optional(member.kind) for name, member in KSC.members.items()})
        root = Shape({name: optional(member.kind) for name, member in ROOT.members.items()})
        users["root"] = optional(root)
    elif partial == "refuse":
        users = {"root": needed(root), "klconfig": needed(KLCONFIG)}
    svm_settings = needed(
        Shape(
            {
                "password": needed(Secret()),
                "ksc": optional(ksc),
                "users": optional(Shape(users, Some(("root", "klconfig")))),
                "dns": optional(DNS),
            }
        )
    )

    def svm(family: str, network: Shape, primary: Exactly) -> Shape:
        networks = Shape({"networks": optional(ListOf(network))}, primary)
        return Shape({"svmSettings": svm_settings, "deploymentInfo": _info(family, EXISTING, networks)}, *DNS_FOR_STATIC)

    return Shape(
        {
            "threadsCount": needed(THREADS),
            "svms": needed(
                ListOf(
                    _by_family(svm("host", HOST_NETWORK, ONE_HOST_PRIMARY), svm("openstackProject", PROJECT_NETWORK, ONE_PROJECT_PRIMARY))
                )
            ),
        },
        ONE_FAMILY,
    )


CONFIGURATIONS = {partial: configuration(partial) for partial in ("documented", "refuse", "allow")}
"""Operation 16."""

REMOVAL = Shape(
    {
        "svms": needed(
            ListOf(
                _by_family(
                    Shape({"deploymentInfo": _info("host", EXISTING, None)}),
                    Shape({"deploymentInfo": _info("openstackProject", EXISTING, None)}),
                )
            )
        )
    },
    ONE_FAMILY,
)
"""Operation 17."""

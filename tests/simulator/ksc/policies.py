# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``Policy``: which policies there are, and which of them reach a group.

Source: day-two.md section 6, condition 9; ksc-wire.md section 5 (recorded list). What a policy says is nowhere public, so its contents
are a name only, which nothing reads.
"""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .api import Call, method
from .errors import bad_format, no_access, not_found
from .records import Policy
from .state import Server
from .wire import Time, bare, inner

CONTENTS = "contents of a policy"
MAX_LIFE = 7200


def permitted(call: Call) -> Server:
    """Return the session's server; no_access when reading policies is refused, as set."""
    if call.settings.effective_policies == "refused":
        raise no_access("the account has no right to read policies")
    return call.server


def policy_of(call: Call, number: int) -> Policy:
    """Return a policy of the session's server; not_found otherwise."""
    for policy in permitted(call).policies:
        if policy.id == number:
            return policy
    raise not_found("nPolicy: no policy %d on server %r" % (number, call.server.title))


def policy_params(server: Server, policy: Policy, group: int) -> dict[str, Any]:
    """Return a policy's record as seen from a group."""
    return {
        "KLPOL_ID": policy.id,
        "KLPOL_DN": policy.name,
        "KLPOL_PRODUCT": policy.product,
        "KLPOL_VERSION": policy.version,
        "KLPOL_ACTIVE": policy.active,
        "KLPOL_INHERITED": policy.group != group,
        "KLPOL_GROUP_ID": policy.group,
        "KLPOL_GROUP_NAME": server.groups[policy.group].name,
        "KLPOL_CREATED": Time(policy.created),
    }


@method("Policy.GetEffectivePoliciesForGroup", {"nGroupId": "int"})
def get_effective_policies_for_group(call: Call, nGroupId: int) -> dict[str, Any]:
    """Return the active policies that reach a group: of each version of a product the nearest."""
    server = permitted(call)
    if nGroupId not in server.groups:
        raise not_found("nGroupId: no group %d on server %r" % (nGroupId, server.title))
    found: dict[tuple[str, str], Policy] = {}
    for group in server.ancestors(nGroupId):
        for policy in server.policies:
            if policy.group == group and policy.active:
                found.setdefault((policy.product, policy.version), policy)
    return {"PxgRetVal": [inner(policy_params(server, policy, nGroupId)) for policy in found.values()]}


@method("Policy.GetPoliciesForGroup", {"nGroupId": "int"})
def get_policies_for_group(call: Call, nGroupId: int) -> dict[str, Any]:
    """Return the policies in a group, active or not."""
    server = permitted(call)
    if nGroupId not in server.groups:
        raise not_found("nGroupId: no group %d on server %r" % (nGroupId, server.title))
    return {"PxgRetVal": [inner(policy_params(server, policy, nGroupId)) for policy in server.policies if policy.group == nGroupId]}


@method("Policy.GetPolicyData", {"nPolicy": "int"})
def get_policy_data(call: Call, nPolicy: int) -> dict[str, Any]:
    """Return one policy."""
    policy = policy_of(call, nPolicy)
    return {"PxgRetVal": bare(policy_params(call.server, policy, policy.group))}


@method("Policy.GetPolicyContents", {"nPolicy": "int", "nRevisionId": "int", "nLifeTime": "int"})
def get_policy_contents(call: Call, nPolicy: int, nRevisionId: int, nLifeTime: int) -> dict[str, Any]:
    """Return the name under which the settings of a policy could be read; 0 is its current revision, the only one there is."""
    policy = policy_of(call, nPolicy)
    if nRevisionId:
        raise not_found("nRevisionId: policy %d has no revision %d" % (policy.id, nRevisionId))
    if not 0 < nLifeTime <= MAX_LIFE:
        raise bad_format("nLifeTime: a number of seconds from 1 to %d is needed, not %d" % (MAX_LIFE, nLifeTime))
    return {"PxgRetVal": call.keep(CONTENTS, policy, nLifeTime)}

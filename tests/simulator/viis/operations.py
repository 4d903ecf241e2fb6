# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The index of operations (contract, section 1), those that no document mentions, and the choice of one by method and path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Callable
from urllib.parse import unquote

from . import bodies, cluster, images, infrastructures, objects, sessions, svms, tasks, trust, undocumented
from .calls import PREFIX, Operation
from .enumerations import RESERVE, STANDALONE
from .errors import ApiError
from .peer import ROLE_PATH
from .schema import Choice, Shape, Text, needed
from .settings import ViisSettings

if TYPE_CHECKING:
    from .server import Server

RULES = PREFIX + "/sslConfig/certificateValidator/rules"
INFRASTRUCTURES = PREFIX + "/infrastructures"
ONE_INFRASTRUCTURE = INFRASTRUCTURES + "/{infrastructure}"
SVMS = PREFIX + "/management/deployment/svm/"
IMAGES = SVMS + "images"
TASKS = PREFIX + "/virtualization/tasks"
ROLE = PREFIX + "/server/configuration/role"
INSTANCES = PREFIX + "/ha/instances"
ONE_INSTANCE = INSTANCES + "/{instance}"
OBJECT_QUERY = ("objectTypes", "outputType", "parentId")


def _configuration(server: Server) -> Shape:
    return bodies.CONFIGURATIONS[server.settings.partial_elements]


DOCUMENTED = (
    Operation("get_token", 1, "GET", PREFIX + "/auth/tokens", sessions.get_token, reserve=True, public=True),
    Operation("get_certificate", 2, "GET", PREFIX + "/sslConfig/getCertificate", trust.get_certificate, query=("address",), reserve=True),
    Operation("get_ssh_key", 3, "GET", PREFIX + "/sshConfig/getSshKey", trust.get_ssh_key, query=("address",), reserve=True),
    Operation("trust_certificate", 4, "POST", RULES, trust.trust_certificate, 201, bodies.RULE),
    Operation(
        "test_connection", 5, "POST", INFRASTRUCTURES + "/testConnection", infrastructures.test_connection, body=bodies.TEST_CONNECTION
    ),
    Operation("connect_infrastructure", 6, "POST", INFRASTRUCTURES, infrastructures.connect, 201, bodies.CONNECTION),
    Operation("read_infrastructure", 7, "GET", ONE_INFRASTRUCTURE, infrastructures.read),
    Operation("remove_infrastructure", 8, "DELETE", ONE_INFRASTRUCTURE, infrastructures.remove),
    Operation("refresh_infrastructure", 9, "POST", ONE_INFRASTRUCTURE + "/refresh", infrastructures.refresh),
    Operation("list_objects", 10, "GET", ONE_INFRASTRUCTURE + "/objects", objects.list_objects, query=OBJECT_QUERY),
    Operation("read_object", 11, "GET", ONE_INFRASTRUCTURE + "/objects/{object}", objects.read_object),
    Operation("register_image", 12, "POST", IMAGES + "/register/manifest", images.register, 201, bodies.MANIFEST),
    Operation("validate_image", 13, "POST", IMAGES + "/{image}/validate", images.validate, 202),
    Operation("read_task", 14, "GET", TASKS + "/{task}", tasks.read),
    Operation("deploy_svms", 15, "POST", SVMS, svms.deploy, 202, bodies.DEPLOYMENT),
    Operation("configure_svms", 16, "PUT", SVMS, svms.configure, 202, _configuration),
    Operation("delete_svms", 17, "DELETE", SVMS, svms.delete, 202, bodies.REMOVAL),
    Operation("set_role", 18, "PUT", ROLE, cluster.set_role, body=bodies.ROLE, since="6.4"),
    Operation("register_instance", 19, "POST", INSTANCES, cluster.register, 201, bodies.INSTANCE, since="6.4"),
    Operation("list_instances", 20, "GET", INSTANCES, cluster.list_instances, reserve=True, since="6.4"),
    Operation("read_instance", 21, "GET", ONE_INSTANCE, cluster.read, reserve=True, since="6.4"),
    Operation("update_instance", 22, "PUT", ONE_INSTANCE, cluster.update, body=bodies.INSTANCE, since="6.4"),
    Operation("unregister_instance", 23, "DELETE", ONE_INSTANCE, cluster.unregister, since="6.4"),
)

UNDOCUMENTED = (
    Operation("list_infrastructures", 0, "GET", INFRASTRUCTURES, undocumented.list_infrastructures),
    Operation("list_rules", 0, "GET", RULES, undocumented.list_rules),
    Operation("list_images", 0, "GET", IMAGES, undocumented.list_images),
    Operation("read_image", 0, "GET", IMAGES + "/{image}", undocumented.read_image),
    Operation("list_tasks", 0, "GET", TASKS, undocumented.list_tasks, query=("createdFrom", "state", "type")),
    Operation("read_role", 0, "GET", ROLE, undocumented.read_role, reserve=True, since="6.4"),
)

SSH_RULES = Operation("trust_ssh_key", 0, "POST", PREFIX + "/sshConfig/certificateValidator/rules", trust.trust_ssh_key, 201, bodies.RULE)
TAKE_ROLE = Operation(
    "take_role",
    0,
    "PUT",
    ROLE_PATH,
    cluster.take_role,
    reserve=True,
    since="6.4",
    body=Shape({"role": needed(Choice((RESERVE, STANDALONE))), "primary": needed(Text())}),
)
ALL = (*DOCUMENTED, *UNDOCUMENTED, SSH_RULES, TAKE_ROLE)

READ_ONLY = frozenset(
    (
        "get_certificate",
        "get_ssh_key",
        "get_token",
        "list_images",
        "list_infrastructures",
        "list_instances",
        "list_objects",
        "list_rules",
        "list_tasks",
        "read_image",
        "read_infrastructure",
        "read_instance",
        "read_object",
        "read_role",
        "read_task",
        "test_connection",
    )
)
"""The operations that change nothing (contract, section 1). A refresh is none of them: it makes the server refresh an infrastructure."""

CONDITIONS: dict[str, Callable[[ViisSettings], bool]] = {
    "trust_ssh_key": lambda settings: settings.ssh_rules == "sshConfig",
    **{operation.name: lambda settings: settings.undocumented for operation in UNDOCUMENTED},
}
"""When the operations are there that are not always there."""


def verb_of(operation: Operation, settings: ViisSettings) -> str:
    """Return the HTTP method; that of operation 13 is a setting (A-02)."""
    return settings.validate_method if operation.name == "validate_image" else operation.verb


def available(operation: Operation, settings: ViisSettings) -> bool:
    """Say whether a server with these settings has the operation."""
    condition = CONDITIONS.get(operation.name)
    return operation.since <= settings.version and (condition is None or condition(settings))


def route(verb: str, raw_path: str, settings: ViisSettings) -> tuple[Operation, dict[str, str]]:
    """Return the operation and the decoded ids of its path; ApiError 404 or 405."""
    verbs, hidden = [], False
    for operation in ALL:
        found = operation.pattern.fullmatch(raw_path)
        if not found or (settings.trailing_slash == "documented" and bool(found.group("slash")) != operation.path.endswith("/")):
            continue
        fits = verb_of(operation, settings) == verb
        if not available(operation, settings):
            hidden = hidden or fits
        elif fits:
            return operation, {name: unquote(value) for name, value in found.groupdict().items() if name != "slash"}
        else:
            verbs.append(verb_of(operation, settings))
    if not verbs or (hidden and settings.undocumented_status == 404):
        raise ApiError(404, "NotFound", "There is nothing at this address.")
    raise ApiError(405, "MethodNotAllowed", "The method %s is not allowed here." % verb, headers={"Allow": ", ".join(sorted(set(verbs)))})

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that can be switched on one simulated Integration Server."""

from __future__ import annotations

import dataclasses
from typing import Any

from ..settings import reading

OTHER_SUCCESS = {"connect_infrastructure": 200, "deploy_svms": 200, "register_image": 200, "trust_certificate": 200}
EVENT: dict[str, Any] = {"values": ()}
"""Of a setting that is no reading of a document but something that happens."""


def choice(*values: Any) -> Any:
    """Return a field that takes one of ``values``; the first is the default."""
    make = dataclasses.field
    return make(default=values[0], metadata={"choices": values})


@dataclasses.dataclass
class ViisSettings:
    """Switches, with the contract's section 13 profile as defaults. All durations are simulated seconds.

    The server
        version: before 6.4 there is no cluster: its operations answer 404.
        undocumented: answer the reads that no document mentions (lists of infrastructures, rules, images, tasks; the role).
        undocumented_status: how those are refused otherwise, 404 or 405.
        list_shape: how a list of infrastructures looks (I-3): ``array``, ``named`` ({"infrastructures": []}) or ``items``.
        random_503: probability, 0 to 1, that a request is refused with 503 before it is handled.
        error_style: body of an error: RFC 7807 ``problem`` document, plain ``text``, ``xml`` or ``empty``.
        success: other success codes per operation, such as {"connect_infrastructure": 200} (A-30).

    Tokens (contract, section 2)
        token_active_seconds, token_valid_seconds: until ``activeTo`` and ``validTo``.
        token_slides: each request moves ``activeTo``, never beyond ``validTo``.

    Requests
        wire_types: ``liberal`` takes numbers and booleans quoted or bare; ``strict-documented`` wants quoted numbers and bare
            booleans, ``strict-native`` all bare, ``strict-quoted`` quotes wherever the documents print them (A-13, section 9).
        unknown_members: ``refuse`` (400) or ``ignore`` members and query parameters that no document names.
        object_types: ``liberal`` takes any separator in objectTypes, ``raw_plus`` only the printed ``+`` (A-04).
        trailing_slash: ``any`` or as ``documented`` (A-29).
        validate_method: HTTP method of operation 13 (A-02).
        address_with_port: whether the address of an infrastructure may have a port (question 18): ``accept`` or ``refuse``.
        partial_elements: of the optional elements of operation 16 ``documented`` wants ksc and root whole; ``refuse`` users, too;
            ``allow`` wants nothing whole (question 12).
        dns_with_stored_static: operation 16 without networks needs DNS when the SVM has a static address (A-40).
        several_openstack: whether one request may concern several OpenStack infrastructures (R-22): ``refuse`` or ``allow``.
        skip_check: ``needs_validation`` refuses skipCheckIntegrity for an image that was not validated (R-11), ``free`` does not.

    Trust
        is_accepted: ``trusted`` - true when there is a rule; ``always`` - true as printed (I-1).
        certificate_address: address in the answer ``with_port`` or ``bare`` (A-07).
        duplicate_rule: status for a rule that is already there.
        ssh_rules: where SSH keys are trusted: ``sslConfig`` or ``sshConfig``/certificateValidator/rules (A-08).
        renewed: list of host:port whose certificate or key has changed.

    Infrastructures
        connect_seconds, refresh_seconds: how long it takes, where the world says nothing.
        starts_disconnected: for the first half of that time the status is DISCONNECTED, NO_ERROR instead of CONNECTING.
        refresh_keeps_status: the old status is shown until the refresh is over.
        duplicate_infrastructure: ``allow`` a second record, ``refuse`` it (409), or ``refuse_naming_id`` (question 5).
        delete_with_svms: ``allow`` or ``refuse`` (409) the removal of an infrastructure with SVMs (question 20).
        objects_before_connected: ``error`` (409) or ``empty`` lists.
        read_only_record: host family: ``always`` or only ``with_account``.
        openstack_readonly: where that record is: at the ``top``, ``nested`` in connectionInfo, or ``absent`` (A-10, A-11).
        openstack_readonly_details: ``object``, ``text`` ("...") or ``null`` (A-12).
        openstack_accounts: operation 7 tells account names of OpenStack infrastructures (A-32).
        cyrillic_c: connectionInfo begins with U+0441 (A-06).

    Images
        duplicate_image: registering a manifest again: ``allow`` (a new id), ``merge`` (the old id) or ``refuse`` (409; question 19).
        listed_manifests: the list of images (undocumented) tells the path of each manifest.
        validation_seconds: duration of a validation task.

    Tasks and SVMs
        state_seconds: how long a task stays in each of Created, Queued, Starting and Stopping.
        step_seconds: duration of one step.
        task_answer: what operations 13 and 15-17 answer: the ``task``, ``taskId``, ``wrapped`` ({"task": {}}), ``string``,
            ``location`` (A-38).
        task_error: ``error`` of a failed task is an ``object`` (code, message), a ``text``, or ``absent``.
        early_svm_id: svmId and svmIpAddress are there as soon as the child runs (A-26).
        svm_id_in: svmId is in the child's ``result`` and ``parameters`` (``both``), in one of them, or at the ``top`` (A-25).
        parent_completes: the parent task is Completed although a child failed.
        cancelled: spelling of the state Cancelled (A-33).
        name_clash: a name that is taken at the location: ``refuse`` (409), ``fail`` the child, or ``allow``.
        unfinished_svm: while an SVM is being deployed its machine is ``absent`` from the lists, or is there as an ordinary ``vm``.
        listing_seconds: how long after its task an SVM is not listed yet, or still listed after its removal (6.3).
        svm_failures: list of failures, see :class:`simulator.viis.failures.Failure`; they add to those of the world.

    Cluster
        ha_connect_seconds: how long a connection to the reserve takes.
        ha_recheck_seconds: how often the primary looks whether the reserve is still there; 0: never.
    """

    version: str = choice("6.4", "6.3", "6.2", "6.1", "6.0")
    undocumented: bool = False
    undocumented_status: int = choice(404, 405)
    list_shape: str = choice("array", "named", "items")
    random_503: float = reading(0.0, 0.05)
    error_style: str = choice("problem", "text", "xml", "empty")
    success: dict[str, int] = dataclasses.field(default_factory=dict, metadata={"values": ({}, OTHER_SUCCESS)})

    token_active_seconds: float = reading(1800.0, 40.0)
    token_valid_seconds: float = reading(28800.0, 60.0)
    token_slides: bool = True

    wire_types: str = choice("liberal", "strict-documented", "strict-native", "strict-quoted")
    unknown_members: str = choice("refuse", "ignore")
    object_types: str = choice("liberal", "raw_plus")
    trailing_slash: str = choice("any", "documented")
    validate_method: str = choice("POST", "GET", "PUT")
    address_with_port: str = choice("accept", "refuse")
    partial_elements: str = choice("documented", "refuse", "allow")
    dns_with_stored_static: bool = False
    several_openstack: str = choice("refuse", "allow")
    skip_check: str = choice("needs_validation", "free")

    is_accepted: str = choice("trusted", "always")
    certificate_address: str = choice("with_port", "bare")
    duplicate_rule: int = choice(201, 409)
    ssh_rules: str = choice("sslConfig", "sshConfig")
    renewed: list[str] = dataclasses.field(default_factory=list, metadata=EVENT)

    connect_seconds: float = reading(5.0, 0.0, 300.0)
    refresh_seconds: float = reading(3.0, 0.0, 100.0)
    starts_disconnected: bool = False
    refresh_keeps_status: bool = False
    duplicate_infrastructure: str = choice("allow", "refuse", "refuse_naming_id")
    delete_with_svms: str = choice("allow", "refuse")
    objects_before_connected: str = choice("error", "empty")
    read_only_record: str = choice("always", "with_account")
    openstack_readonly: str = choice("top", "nested", "absent")
    openstack_readonly_details: str = choice("object", "text", "null")
    openstack_accounts: bool = True
    cyrillic_c: bool = False

    duplicate_image: str = choice("allow", "merge", "refuse")
    listed_manifests: bool = False
    validation_seconds: float = reading(30.0, 0.0, 300.0)

    state_seconds: float = reading(1.0, 0.0, 60.0)
    step_seconds: float = reading(20.0, 0.0, 600.0)
    task_answer: str = choice("task", "taskId", "wrapped", "string", "location")
    task_error: str = choice("object", "text", "absent")
    early_svm_id: bool = False
    svm_id_in: str = choice("both", "result", "parameters", "top")
    parent_completes: bool = False
    cancelled: str = choice("Cancelled", "Canceled", "Stopped")
    name_clash: str = choice("refuse", "fail", "allow")
    unfinished_svm: str = choice("absent", "vm")
    listing_seconds: float = reading(0.0, 60.0)
    svm_failures: list[Any] = dataclasses.field(default_factory=list, metadata=EVENT)

    ha_connect_seconds: float = reading(5.0, 0.0, 120.0)
    ha_recheck_seconds: float = reading(0.0, 30.0)

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the simulated KSC can be told: every open question of the documents is a switch here.

Sources of the defaults: ksc-openapi.md ("Open questions worth a switch in the simulator" and the places marked unconfirmed) and
ksc-wire.md sections 3-5.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from ..settings import reading


def _choice(default: str, *others: str) -> Any:
    make = dataclasses.field
    return make(default=default, metadata={"choices": (default, *others)})


@dataclass
class KscSettings:
    """All durations are simulated seconds, except where "client seconds" is said: wall time plus what the clock was advanced.

    Requests
      documented_only: only the methods of the vendor's article exist.
      ksc_version: decides whether RemoveHosts honors bForceDestroy (below 15.1) and whether a task may have UNLOCK_PASSWORD_CRYPTED
        (from 15.1), and is told by GetStaticInfo.
      omitted_arguments, null_arguments: optional arguments may be left out / sent as null (real clients do both).
      bare_sort_params: items of sort lists may lack the params wrapper (real clients do).
      unknown_arguments: arguments that a method does not have: reject or ignore.
      unknown_fields: names asked for that are no attributes: reject, or leave them absent.
      unsupported_attributes: search attributes that this server refuses, such as KLHST_WKS_PRODUCT_ID.
      bare_filters: a filter without outer parentheses is taken (a real client does it; outside the grammar).
      case_sensitive: `=` in filters tells upper from lower case.
      record_range_end: whether nEnd of record ranges is the first record not wanted, or the last one wanted (undocumented).

    Logging in
      wrong_password_status, expired_session_status, unauthenticated_status, unknown_vserver_status: HTTP statuses.
      logon_errors: a locked account and a wrong kind of account are told by HTTP status and text, or by PxgError (2013, 1453, 1184).
      session_idle_seconds: client seconds after which an unused session is gone; 0 = never.
      token_seconds: client seconds for which a token of Session.CreateToken is good.
      lock_after, lock_seconds: bad passwords in a row that lock an account (0 = never), and for how many client seconds.
      strict_vserver_header: a call whose X-KSC-VServer names another server than its session or login is refused (1184): a client that
        believes it works elsewhere must not stay green (ksc-wire.md section 7). False serves it on the server of the login.
      internal_user_as_os: an internal user who logs in with internal="0" is accepted (the vendor's samples do it), or refused.

    Result sets and actions
      dead_accessor_code, bad_filter_code: KLSTD codes of these errors.
      early_check: CheckActionState before lNextCheckDelay is an error (1195), or answered.
      action_ownership: CheckActionState from another session is an error (1184).
      action_error_layout: KLBLAG_ERROR_* nested in KLBLAG_ERROR_INFO, or flat.
      max_uncollected_actions: finished, uncollected actions of a session after which its connection is dropped; 0 = no limit.
      action_check_seconds: the longest wait that lNextCheckDelay asks for.
      action_seconds, retranslate_seconds: how long actions take.
      max_retranslations: copies of packages at a time; one more is refused with 1195. 0 = no limit.
      repeated_retranslation: a package that is there already: ignored, made again (duplicate), or refused (error).
      find_async_seconds: how long FindHostsAsync takes.

    Hosts
      move_unknown_host: MoveHostsToGroup with an unknown id: error, or ignored.
      deleted_hosts_return_seconds: a deleted host whose agent runs comes back to Unassigned devices after this; 0 = never.
      primary_record: what becomes of the record on the old server after a change of server: removed, or stays (without its agent).
      reconnect_delay_seconds: from the green task to the record on the new server; a machine may have its own (world).
      moved_host_id: a host that changes its server keeps its id (kept), or gets a new one there (new).
      duplicate_names: a second record of one display name on a server is shown as NAME~~number (suffixed, day-two.md section 5), or alike (same).
      status_delay_seconds: how much later the status (bits 0x01 and 0x08, times of the last connection) tells that a machine went on or off line.
      products_delay_seconds: how much later the list of products (and bit 0x10) follows what a task did: the agent's next synchronization.
      auto_remove: once a day the records of devices that were away for the days of their group (autoRemovePeriod) go: ignored, or honoured.
      undeletable_hosts: what RemoveHosts does about a record that may not be deleted: refuses all, or keeps it silently.

    Virtual servers, users and groups
      deleted_server_hosts: what becomes of the host records of a virtual server that is deleted: they go too (removed), or go to
        Unassigned devices of the primary (unassigned), without their agents, which keep the deleted server in their settings.
      user_names: names of internal users are unique over all servers (unique), or on each server (per_server).
      user_exists_error: module and code of the error for a name in use (its number is in no document).
      inherited_settings: writing days or status settings of a group that inherits them makes them its own (overridden), or, unless
        the flag of the inheritance is written too, changes nothing (kept).
      status_settings: what a written KLSRV_HSTSTAT_* leaves out stays (merged), or is off (replaced).
      auto_install: packages that a group orders for arrivals: honoured, or ignored (day-two.md section 2: the effect is inferred).

    Protection
      extended_mask: the attribute of hosts that carries the extended status mask, or none (day-two.md section 8: unconfirmed).
      license_info: LicenseInfoSync, LicenseKeys: served, or refused (1184) for want of a right.
      effective_policies: the methods of Policy: served, or refused (1184).

    Tasks
      run_running_task: RunTask for a task that is under way: ignored, or an error (1195).
      task_devices: the most devices of one task (the vendor's help for 14.2: 1 000); a longer HostList is 1229. 0 = no limit.
      task_pending_seconds: from RunTask to the start on a host that is online.
      install_seconds, remove_seconds, reconnect_seconds, other_seconds: how long a task runs on a host.
      stale_seconds: for so long after RunTask statistics and host states still show what was before.
      statistics2_shape: GetTaskStatistics2 answers like GetTaskStatistics, or not at all.
      unknown_task_host, unknown_package: an unknown host or package id in a new task: reject it, or let the host fail.
      account_layout: klprts-TaskAccounts: one member per item (items), all members in one item (joined), or any.
      restart_keys: KLTSK_RU_* in TASK_ADDITIONAL_PARAMS: honored (task), without effect (none), or no such members (refused).
      absent_product: the removal of what is not installed ends as failed, or as a warning (the vendor's help about other applications).
      upgrades_restart: an installation over an old version needs a restart.
      failure_language: language of the texts that tell why a host failed, which alone tell the class.
      account_password: the password as plain text, as output of ProtectPassword (protected), or any.
    """

    documented_only: bool = False
    ksc_version: str = reading("14.2", "12.2", "15.1", "16.0")
    omitted_arguments: bool = True
    null_arguments: bool = True
    bare_sort_params: bool = True
    unknown_arguments: str = _choice("reject", "ignore")
    unknown_fields: str = _choice("reject", "absent")
    unsupported_attributes: list[str] = dataclasses.field(default_factory=list, metadata={"values": ([], ["KLHST_WKS_PRODUCT_ID"])})
    bare_filters: bool = True
    case_sensitive: bool = False
    record_range_end: str = _choice("exclusive", "inclusive")

    wrong_password_status: int = reading(401, 403)
    expired_session_status: int = reading(403, 401)
    unauthenticated_status: int = reading(401, 403)
    unknown_vserver_status: int = reading(403, 404)
    logon_errors: str = _choice("http", "pxgerror")
    session_idle_seconds: float = reading(900.0, 4.0, 0.0)
    token_seconds: float = reading(180.0, 1.0)
    lock_after: int = reading(5, 1, 0)
    lock_seconds: float = reading(900.0, 0.0)
    strict_vserver_header: bool = True
    internal_user_as_os: str = _choice("accepted", "refused")

    dead_accessor_code: int = reading(1186, 1195)
    bad_filter_code: int = reading(1192, 1125)
    early_check: str = _choice("error", "ignore")
    action_ownership: bool = True
    action_error_layout: str = _choice("nested", "flat")
    max_uncollected_actions: int = reading(64, 1, 0)
    action_check_seconds: float = reading(2.0, 0.0, 600.0)
    action_seconds: float = reading(1.0, 60.0)
    retranslate_seconds: float = reading(10.0, 0.0, 300.0)
    max_retranslations: int = reading(0, 1)
    repeated_retranslation: str = _choice("ignored", "duplicate", "error")
    find_async_seconds: float = reading(1.0, 60.0)

    move_unknown_host: str = _choice("error", "ignore")
    deleted_hosts_return_seconds: float = reading(0.0, 3600.0)
    primary_record: str = _choice("removed", "stays")
    moved_host_id: str = _choice("kept", "new")
    duplicate_names: str = _choice("same", "suffixed")
    status_delay_seconds: float = reading(0.0, 60.0)
    products_delay_seconds: float = reading(0.0, 60.0)
    auto_remove: str = _choice("ignored", "honoured")
    undeletable_hosts: str = _choice("refuse", "keep")
    reconnect_delay_seconds: float = reading(75.0, 0.0, 400.0)

    deleted_server_hosts: str = _choice("removed", "unassigned")
    user_names: str = _choice("unique", "per_server")
    user_exists_error: str = _choice("KLSTD 1193", "SPL 2014", "KLSPL 1189")
    inherited_settings: str = _choice("overridden", "kept")
    status_settings: str = _choice("merged", "replaced")
    auto_install: str = _choice("honoured", "ignored")

    extended_mask: str = _choice("KLHST_WKS_STATUS_MASK", "none")
    license_info: str = _choice("served", "refused")
    effective_policies: str = _choice("served", "refused")

    run_running_task: str = _choice("ignored", "error")
    task_devices: int = reading(1000, 1, 0)
    task_pending_seconds: float = reading(2.0, 0.0, 60.0)
    install_seconds: float = reading(60.0, 0.0, 900.0)
    remove_seconds: float = reading(30.0, 0.0, 900.0)
    reconnect_seconds: float = reading(5.0, 0.0, 300.0)
    other_seconds: float = reading(5.0, 0.0)
    stale_seconds: float = reading(0.0, 30.0)
    statistics2_shape: str = _choice("same", "absent")
    unknown_task_host: str = _choice("reject", "fail")
    unknown_package: str = _choice("reject", "fail")
    restart_keys: str = _choice("task", "none", "refused")
    absent_product: str = _choice("failed", "warning")
    upgrades_restart: bool = False
    failure_language: str = _choice("english", "russian")
    account_layout: str = _choice("any", "items", "joined")
    account_password: str = _choice("any", "plain", "protected")

    @property
    def version(self) -> tuple[int, ...]:
        """``ksc_version`` as numbers."""
        return tuple(int(part) for part in self.ksc_version.split(".") if part.isdigit())

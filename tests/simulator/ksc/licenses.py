# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""``LicenseKeys``, ``LicenseInfoSync`` and the iterator that reads lists of keys.

Source: day-two.md section 6, condition 8, and section 10; argument names of the vendor's client, default life of an iterator from
go-ksc. The keys of a server are those on the SVMs that it has a record of: Light Agents need none (section 4).
"""

# ruff: noqa: N803 - arguments carry the API's own names
from __future__ import annotations

from typing import Any

from .api import Call, method
from .attributes import check_fields
from .errors import bad_format, no_access, not_found
from .records import Key
from .state import Host
from .wire import Time, inner, ordered, plain

ITERATOR = "group iterator"
DEFAULT_LIFE = 900
INSTALLED_ONLY = "KLLICSRV_ENOPT_INSTALLED_ONLY"
ABSENT = {
    "KLLIC_APP_ID",
    "KLLIC_APP_IDS",
    "KLLIC_CREATION_DATE",
    "KLLIC_CUSTOMER_INFO",
    "KLLIC_LICENSE_PERIOD",
    "KLLIC_LICINFO",
    "KLLIC_LICTYPE_IS_SUBSCRIPTION",
    "KLLIC_MAJ_VER",
    "KLLIC_PROD_SUITE_ID",
    "KLLIC_SUBSCRINFO_ENDDATE",
    "KLLIC_SUBSCRINFO_ENDDATETYPE",
    "KLLIC_SUBSCRINFO_GRACETERM",
    "KLLIC_SUBSCRINFO_PROVIDERURL",
    "KLLIC_SUBSCRINFO_STATE",
    "KLLIC_SUPPORT_INFO",
    "KLLICSRV_AUTOKEY",
    "KLLICSRV_KEYDATA",
    "KLLICSRV_KEY_INSTALLED",
}


def svm_records(call: Call) -> list[Host]:
    """Return the records of SVMs on the session's server; no_access when licenses are refused, as set."""
    if call.settings.license_info == "refused":
        raise no_access("the account has no right to read licenses")
    return [host for host in call.server.hosts.values() if host.machine.svm_of]


def key_params(key: Key, used: int) -> dict[str, Any]:
    """Return a key's record; ``used`` is the number of devices that have it as their active key."""
    return {
        "KLLIC_SERIAL": key.serial,
        "KLLIC_PROD_NAME": key.product,
        "KLLIC_KEY_TYPE": 1,
        "KLLIC_LIMIT_DATE": Time(key.expires),
        "KLLIC_NEAREST_EXPIRATION_DATE": Time(key.expires),
        "KLLIC_LIC_COUNT": key.count,
        "KLLIC_NHOSTS_ASCURRENT": used,
        "KLLIC_NHOSTS_ASNEXT": 0,
    }


@method("LicenseKeys.EnumKeys", {"pFields": "strings", "pFieldsToOrder": "strings?", "pOptions": "params?", "lTimeoutSec": "int?"})
def enum_keys(
    call: Call, pFields: list[str], pFieldsToOrder: list[str] | None, pOptions: dict[str, Any] | None, lTimeoutSec: int | None
) -> dict[str, Any]:
    """List the keys that the server knows; the count and an iterator are the answer."""
    for name, value in plain(pOptions or {}).items():
        if name != INSTALLED_ONLY or not isinstance(value, bool):
            raise bad_format("pOptions.%s: only %s (boolean) is known" % (name, INSTALLED_ONLY))
    held = [host.machine.key for host in svm_records(call) if host.machine.key is not None]
    keys = {key.serial: key for key in held}
    records = [key_params(key, sum(item.serial == key.serial for item in held)) for key in keys.values()]
    known = set(key_params(Key("", 0.0), 0)) | ABSENT
    fields = check_fields(pFields, known, (), call.settings)
    order = [(name, True) for name in check_fields(pFieldsToOrder or [], known, (), call.settings)]
    records = ordered(records, order, lambda record, name: plain(inner(record.get(name))))
    rows = [inner({name: record.get(name) for name in fields}) for record in records]
    return {"lKeyCount": len(rows), "wstrIterator": call.keep(ITERATOR, rows, lTimeoutSec or DEFAULT_LIFE)}


@method("GroupSyncIterator.GetNextItems", {"szwIterator": "string", "nCount": "int"})
def get_next_items(call: Call, szwIterator: str, nCount: int) -> dict[str, Any]:
    """Return the next rows of a list, at most ``nCount``, and whether they were the last."""
    if nCount < 1:
        raise bad_format("nCount: at least 1 is needed, not %d" % nCount)
    left = call.kept(ITERATOR, szwIterator)
    rows = left[:nCount]
    del left[: len(rows)]
    return {"PxgRetVal": len(rows), "bEOF": not left, "pData": {"KLCSP_ITERATOR_ARRAY": rows}}


@method("GroupSyncIterator.ReleaseIterator", {"szwIterator": "string"})
def release_iterator(call: Call, szwIterator: str) -> dict[str, Any]:
    """Give a list back."""
    call.release(ITERATOR, szwIterator)
    return {}


@method("LicenseInfoSync.AcquireKeysForProductOnHost", {"szwHostName": "string", "szwProduct": "string", "szwVersion": "string"})
def acquire_keys_for_product_on_host(call: Call, szwHostName: str, szwProduct: str, szwVersion: str) -> dict[str, Any]:
    """Return the serial numbers of a product's active and reserve key on a host, empty where there is none."""
    records = svm_records(call)
    host = call.host(szwHostName)
    product = host.products.get(szwProduct)
    if product is None or product.version != szwVersion:
        raise not_found("no product %s %s on host %s" % (szwProduct, szwVersion, host.name))
    key = host.machine.key if host in records else None
    return {"wstrActiveKey": "" if key is None else key.serial, "wstrReservedKey": ""}

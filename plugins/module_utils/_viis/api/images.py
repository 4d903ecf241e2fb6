# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

"""SVM images (contract, operations 12 and 13)."""

from __future__ import annotations

import typing as t
from dataclasses import dataclass

from ..._core.errors import NoSuchCall
from . import tasks, wire
from .session import Session
from .wire import Record

PATH = "management/deployment/svm/images"


@dataclass(frozen=True)
class Image:
    id: str
    svm_version: str
    size: str
    product_name: str
    types: tuple[str, ...]
    manifest_path: str  # answers do not repeat it, as far as the document says

    def is_for(self, types: t.Iterable[str]) -> bool:
        """Whether it is registered for all of these types, which are in upper case."""
        return set(types) <= {name.upper() for name in self.types}


def from_record(record: Record) -> Image:
    manifest = record.inner("manifest")
    vendor = manifest.inner("vendorInfo")
    return Image(
        id=record.text("id"),
        svm_version=manifest.text("svmVersion"),
        size=manifest.text("size"),
        product_name=(vendor.inner("en") or vendor.inner("ru")).text("productName"),
        types=tuple(entry.text("type") for entry in record.each("hypervisors")),
        manifest_path=record.text("manifestUrl") or manifest.text("manifestUrl"),
    )


def listing(session: Session) -> t.Optional[list[Image]]:
    """The registered images, where the server tells: the vendor documents no such request."""
    reply = session.probe(PATH)
    return None if reply is None else list(map(from_record, reply.records("images")))


def register(session: Session, manifest_path: str, types: t.Sequence[str]) -> Image:
    body = {"manifestUrl": manifest_path, "hypervisors": [{"type": type} for type in types]}
    return from_record(session.post(PATH + "/register/manifest", body).record)


def validate(session: Session, image_id: str) -> str:
    """Have the server check that an image is authentic; the id of the task."""
    path = "%s/%s/validate" % (PATH, wire.segment(image_id))
    try:
        reply = session.post(path)
    except NoSuchCall:  # the document leaves the method out
        try:
            reply = session.get(path)
        except NoSuchCall:
            reply = session.put(path)
    return tasks.started(session, reply, "validate image %s" % image_id)

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Operations 12 and 13: images of SVMs."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ..world import Reader
from .calls import Call
from .enumerations import TYPES
from .errors import ApiError, unknown
from .failures import Failure

if TYPE_CHECKING:
    from .server import Server

VENDOR_EN, VENDOR_RU = "AO Kaspersky Lab", 'АО "Лаборатория Касперского"'  # noqa: RUF001


@dataclass(frozen=True)
class Manifest:
    """An image with its description file on the Integration Server's disk. ``types``: where such an image runs."""

    path: str
    svm_version: str
    size: str
    product_name: str
    description_en: str
    description_ru: str
    authentic: bool
    types: tuple[str, ...]

    @classmethod
    def read(cls, reader: Reader) -> Manifest:
        """Return the manifest that a mapping describes; WorldError names a wrong key."""
        types = tuple(reader.texts("types", list(TYPES)))
        for name in types:
            if name not in TYPES:
                raise reader.fail("types", "%r is none of %s" % (name, ", ".join(TYPES)))
        manifest = cls(
            reader.text("path"),
            reader.text("svm_version"),
            reader.text("size", "0"),
            reader.text("product_name", "Kaspersky Security for Virtualization Light Agent"),
            reader.text("description_en", "SVM image"),
            reader.text("description_ru", "Образ SVM"),
            reader.flag("authentic", True),
            types,
        )
        reader.done()
        return manifest


@dataclass
class Image:
    """A registered image."""

    id: str
    manifest: Manifest
    types: tuple[str, ...]
    validated: bool = False

    def body(self) -> dict[str, Any]:
        """Return the image as operation 12 prints it: without the path, and with the size in quotes."""
        manifest = self.manifest
        vendor = {"en": (VENDOR_EN, manifest.description_en), "ru": (VENDOR_RU, manifest.description_ru)}
        return {
            "id": self.id,
            "manifest": {
                "svmVersion": manifest.svm_version,
                "size": manifest.size,
                "vendorInfo": {
                    language: {"productName": manifest.product_name, "vendor": name, "description": text, "publisher": name}
                    for language, (name, text) in vendor.items()
                },
            },
            "hypervisors": [{"type": name} for name in self.types],
        }


class Images:
    """Description files on the disk, and what was registered from them."""

    def __init__(self) -> None:
        self.manifests: dict[str, Manifest] = {}
        self._items: dict[str, Image] = {}

    def get(self, wanted: str) -> Image:
        """Return an image; ApiError 404."""
        if wanted not in self._items:
            raise unknown("Image", wanted)
        return self._items[wanted]

    def add(self, image: Image) -> None:
        """Keep an image."""
        self._items[image.id] = image

    def all(self) -> list[Image]:
        """Return all registered images."""
        return list(self._items.values())


def register(server: Server, call: Call) -> Any:
    """POST /management/deployment/svm/images/register/manifest."""
    manifest = server.images.manifests.get(call.body["manifestUrl"])
    types = tuple(dict.fromkeys(item["type"] for item in call.body["hypervisors"]))
    if manifest is None:
        raise ApiError(404, "ManifestNotFound", "There is no such file on the Integration Server.")
    for name in types:
        if name not in manifest.types:
            raise ApiError(400, "TypeIsNotSupported", "The image does not run on %s." % name)
    known = next((image for image in server.images.all() if image.manifest is manifest and set(image.types) == set(types)), None)
    if known is not None and server.settings.duplicate_image == "refuse":
        raise ApiError(409, "ImageExists", "This image is registered already.")
    if known is not None and server.settings.duplicate_image == "merge":
        return known.body()
    image = Image(str(uuid.uuid4()), manifest, types)
    server.images.add(image)
    call.exchange.scope = image.id
    return image.body()


def validate(server: Server, call: Call) -> Any:
    """(POST) /management/deployment/svm/images/{id}/validate: a task that fails when the image is not authentic."""
    image = server.images.get(call.ids["image"])

    def check() -> Failure | None:
        if not image.manifest.authentic:
            return Failure(code="ImageIsNotAuthentic", message="The image is not authentic.")
        image.validated = True
        return None

    return server.tasks.answer(server.tasks.single("ValidateSvmImage", server.settings.validation_seconds, check), call)

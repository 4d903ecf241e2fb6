# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Why an installation fails on a host, as its text says.

Source: day-two.md section 3 (classes from 16 a00301) and section 10: no documented field carries the class, so only the text does. The
texts here are made up, in English and in Russian; a real server answers in its own language.
"""

# ruff: noqa: RUF001 - Cyrillic letters are meant
from __future__ import annotations

TEXTS: dict[int, tuple[str, str]] = {
    2: ("The installation package was not found.", "Инсталляционный пакет не найден."),
    3: ("The device is offline.", "Устройство недоступно по сети."),
    5: (
        "Access is denied: the account has no administrator rights on the device.",
        "Отказано в доступе: недостаточно прав учетной записи.",
    ),
    10: ("There is not enough free disk space on the device.", "Недостаточно свободного места на диске устройства."),
    11: ("The installation timed out.", "Истекло время ожидания завершения установки."),
    12: ("There is no Network Agent on the device to upload the files.", "На устройстве нет Агента администрирования для загрузки файлов."),
    13: ("Another installation or removal is in progress on the device.", "На устройстве выполняется другая установка или удаление."),
    14: ("The maximum number of attempts has been reached.", "Исчерпано количество попыток."),
    15: (
        "The device was restarted unexpectedly. The result of the installation is unknown.",
        "Устройство было перезагружено, результат неизвестен.",
    ),
}
LANGUAGES = ("english", "russian")


def text_of(number: int, language: str) -> str:
    """Return the text of a class of failures in a language, that of any failure for no class."""
    return TEXTS.get(number, ("The task failed.", "Задача завершилась с ошибкой."))[LANGUAGES.index(language)]

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# ruff: noqa: RUF001 - there is Russian here

# Private: for the plugins of this collection only, may change in any release.

"""The catalog of what a report says, in each of its languages, and what the texts of one language know of its grammar.

``TEXTS`` are the report's own words. A text with several forms is a number's: one and more in English; one, few and many in
Russian. ``REASONS`` are sentences that the collection says of hosts elsewhere, in English; a report says them in its own language.
What a server has said stays as it is.
"""

from __future__ import annotations

import datetime
import functools
import re
import typing as t

LANGUAGES = ("en", "ru")
Text = t.Union[str, t.Tuple[str, ...]]

TEXTS: dict[str, dict[str, Text]] = {
    # -- the whole
    "title.tenant_status": {"en": "Protection status", "ru": "Состояние защиты"},
    "title.tenant_onboarding": {"en": "Onboarding report", "ru": "Отчёт о подключении к защите"},
    "kicker": {"en": "Kaspersky Security for Virtualization Light Agent", "ru": "Kaspersky Security для виртуальных сред Легкий агент"},
    "as_of": {"en": "As of {time}", "ru": "По состоянию на {time}"},
    "tenants": {"en": ("{n} tenant", "{n} tenants"), "ru": ("{n} клиент", "{n} клиента", "{n} клиентов")},
    "machines": {"en": ("{n} machine", "{n} machines"), "ru": ("{n} машина", "{n} машины", "{n} машин")},
    "more_machines": {"en": ("and {n} more", "and {n} more"), "ru": ("и ещё {n}", "и ещё {n}", "и ещё {n}")},
    "more_reasons": {
        "en": ("{n} more reason is in the table of the machines.", "{n} more reasons are in the table of the machines."),
        "ru": (
            "Ещё {n} причина указана в таблице машин.",
            "Ещё {n} причины указаны в таблице машин.",
            "Ещё {n} причин указаны в таблице машин.",
        ),
    },
    "limited": {
        "en": 'The run was limited to "{limit}". Other machines of the inventory are not in this report.',
        "ru": "Запуск был ограничен («{limit}»). Других машин инвентаря в этом отчёте нет.",
    },
    "lag": {
        "en": "The machines were looked at immediately after the onboarding. Kaspersky Security Center learns of a machine only when its "
        "Network Agent synchronizes, so protection may show several minutes later. The playbook tenant_status shows how it is then.",
        "ru": "Состояние машин прочитано сразу после подключения. Kaspersky Security Center узнаёт о машине только при синхронизации её "
        "Агента администрирования, поэтому защита может отобразиться через несколько минут. Состояние на тот момент покажет плейбук "
        "tenant_status.",
    },
    "primary": {"en": "Primary Administration Server", "ru": "Главный Сервер администрирования"},
    # -- totals
    "summary": {"en": "Summary", "ru": "Сводка"},
    "total": {"en": "Machines", "ru": "Машины"},
    "state.protected": {"en": "Protected", "ru": "Защищены"},
    "state.unprotected": {"en": "Not protected", "ru": "Не защищены"},
    "state.unknown": {"en": "Unknown", "ru": "Неизвестно"},
    "one.protected": {"en": "Protected", "ru": "Защищена"},
    "one.unprotected": {"en": "Not protected", "ru": "Не защищена"},
    "one.unknown": {"en": "Unknown", "ru": "Неизвестно"},
    "share": {"en": "{percent}% of the machines are protected", "ru": "Защищено {percent} % машин"},
    "chart": {
        "en": "{protected} protected, {unprotected} not protected, {unknown} unknown",
        "ru": "защищены: {protected}, не защищены: {unprotected}, неизвестно: {unknown}",
    },
    "chart_title": {"en": "Protection of the machines", "ru": "Защита машин"},
    "installed_on": {"en": "Application installed", "ru": "Программа установлена"},
    "agents_on": {"en": "Network Agent connected", "ru": "Агент администрирования подключён"},
    "of": {"en": "{n} of {total}", "ru": "{n} из {total}"},
    "result_counts": {"en": "Result of the run", "ru": "Результат запуска"},
    # -- what needs attention
    "attention": {"en": "Needs attention", "ru": "Требует внимания"},
    "because.unprotected": {"en": "Not protected because", "ru": "Не защищены, потому что"},
    "because.unknown": {"en": "Unknown because", "ru": "Неизвестно, потому что"},
    "no_reason": {"en": "No reason is known.", "ru": "Причина неизвестна."},
    "all_well": {"en": "All machines are protected. Nothing needs attention.", "ru": "Все машины защищены. Внимания ничего не требует."},
    "nobody": {"en": "There are no machines in this report.", "ru": "В этом отчёте нет машин."},
    "differs": {"en": "Differences from the inventory", "ru": "Отличия от инвентаря"},
    "undeclared": {
        "en": (
            "{n} machine on the server is not in the inventory",
            "{n} machines on the server are not in the inventory",
        ),
        "ru": (
            "{n} машины на сервере нет в инвентаре",
            "{n} машин на сервере нет в инвентаре",
            "{n} машин на сервере нет в инвентаре",
        ),
    },
    "groups": {"en": "Administration groups", "ru": "Группы администрирования"},
    "group.blind": {
        "en": "The condition suggested_by_product is turned off for the group, so a missing SVM does not show.",
        "ru": "В группе выключено условие «Статус предложен программой», поэтому отсутствие SVM не видно.",
    },
    "group.no_policy": {"en": "No active policy applies to the group.", "ru": "На группу не действует ни одна активная политика."},
    # -- the machines
    "show": {"en": "Show", "ru": "Показать"},
    "show.all": {"en": "All", "ru": "Все"},
    "machine": {"en": "Machine", "ru": "Машина"},
    "where": {"en": "Group", "ru": "Группа"},
    "agent": {"en": "Network Agent", "ru": "Агент"},
    "product": {"en": "Application", "ru": "Программа"},
    "protection": {"en": "Protection", "ru": "Защита"},
    "result": {"en": "Result", "ru": "Результат"},
    "virtual_server": {"en": "Virtual Administration Server", "ru": "Виртуальный Сервер администрирования"},
    "tenant": {"en": "Tenant", "ru": "Клиент"},
    "managed": {"en": "Managed devices", "ru": "Управляемые устройства"},
    "unassigned": {"en": "Unassigned devices", "ru": "Нераспределённые устройства"},
    "not_known": {"en": "not known", "ru": "неизвестно"},
    "agent.yes": {"en": "connected", "ru": "подключён"},
    "agent.no": {"en": "not connected", "ru": "не подключён"},
    "installed.yes": {"en": "installed", "ru": "установлена"},
    "installed.no": {"en": "not installed", "ru": "не установлена"},
    "build": {"en": "build {build}", "ru": "сборка {build}"},
    "build_there": {"en": "found: build {build}", "ru": "найдена сборка {build}"},
    "status": {"en": "status {status}", "ru": "статус: {status}"},
    "status.ok": {"en": "OK", "ru": "ОК"},
    "status.warning": {"en": "Warning", "ru": "Предупреждение"},
    "status.critical": {"en": "Critical", "ru": "Критический"},
    # -- what steps come to; those of the report that counts them first
    "outcome.changed": {"en": "Changed", "ru": "Изменены"},
    "outcome.unchanged": {"en": "Nothing to do", "ru": "Без изменений"},
    "outcome.pending": {"en": "Not finished", "ru": "Не завершены"},
    "outcome.failed": {"en": "Failed", "ru": "С ошибкой"},
    "word.changed": {"en": "changed", "ru": "изменено"},
    "word.distributed": {"en": "distributed", "ru": "распространено"},
    "word.failed": {"en": "failed", "ru": "ошибка"},
    "word.installed": {"en": "installed", "ru": "установлено"},
    "word.missing": {"en": "missing", "ru": "не найдено"},
    "word.moved": {"en": "moved", "ru": "перемещено"},
    "word.nothing": {"en": "nothing to do", "ru": "изменений не требуется"},
    "word.pending": {"en": "pending", "ru": "не завершено"},
    "word.unchanged": {"en": "unchanged", "ru": "без изменений"},
    "word.upgraded": {"en": "upgraded", "ru": "обновлено"},
    # -- license keys
    "keys": {"en": "License keys", "ru": "Лицензионные ключи"},
    "keys.server": {"en": "Administration Server", "ru": "Сервер администрирования"},
    "keys.expires": {"en": "Expires", "ru": "Истекает"},
    "keys.used": {"en": "Devices", "ru": "Устройства"},
    "keys.no_date": {"en": "no date", "ru": "без срока"},
    "keys.some_product": {"en": "an application", "ru": "программа"},
    "keys.unlimited": {"en": "{n}, unlimited", "ru": "{n}, без ограничения"},
    "keys.unknown": {
        "en": "The expiration of the license keys is not known: {reason}",
        "ru": "Срок лицензионных ключей неизвестен: {reason}",
    },
    "keys.expired": {"en": "expired", "ru": "истёк"},
    "keys.days": {"en": ("in {n} day", "in {n} days"), "ru": ("через {n} день", "через {n} дня", "через {n} дней")},
    # -- the end
    "legend": {"en": "How to read this report", "ru": "Как читать этот отчёт"},
    "legend.protected": {
        "en": "Everything that protection needs is known to be in order: the machine is in an administration group, its Network Agent is "
        "connected, the application runs and is connected to an SVM, an active policy reaches it, the databases are up to date, and no "
        "restart is required.",
        "ru": "Известно, что всё необходимое для защиты в порядке: машина находится в группе администрирования, её Агент "
        "администрирования подключён, программа работает и подключена к SVM, действует активная политика, базы актуальны, "
        "перезагрузка не требуется.",
    },
    "legend.unprotected": {
        "en": "At least one of these conditions is known not to be met.",
        "ru": "Известно, что хотя бы одно из этих условий не выполнено.",
    },
    "legend.unknown": {
        "en": "Kaspersky Security Center does not tell whether all of these conditions are met. Such a machine may be protected or not.",
        "ru": "Kaspersky Security Center не сообщает, выполнены ли все эти условия. Такая машина может быть защищена, а может и нет.",
    },
    "made_by": {"en": "Written by the Ansible collection ksv.light_agent", "ru": "Составлено коллекцией Ansible ksv.light_agent"},
    "made_at": {"en": "on {time}", "ru": "{time}"},
}


class Reason(t.NamedTuple):
    """A sentence about a host, without its full stop, and the heading under which hosts with such a sentence are listed together.

    ``{name}`` stands for what is filled in; a ``{time}`` is a date. Without headings, each different sentence is a heading.
    ``doubt``: it says that something is not known, which is not why a host is not protected.
    """

    en: str
    ru: str
    heading: t.Optional[tuple[str, str]] = None
    doubt: bool = False


REASONS = (
    # -- protection.py
    Reason("It is in Unassigned devices, where no policy applies", "Машина в нераспределённых устройствах, где политики не действуют"),
    Reason(
        "Its Network Agent has not synchronized yet, so the state of the host is not known",
        "Агент администрирования ещё не синхронизирован, поэтому состояние машины неизвестно",
        doubt=True,
    ),
    Reason(
        "Other records with its address or name also have a connected Network Agent: {records}",
        "Агент администрирования подключён и у других записей с тем же адресом или именем: {records}",
        (
            "Other records with its address or name also have a connected Network Agent",
            "Агент администрирования подключён и у других записей с тем же адресом или именем",
        ),
        doubt=True,
    ),
    Reason(
        "The server does not report whether its Network Agent is connected",
        "Сервер не сообщает, подключён ли Агент администрирования",
        doubt=True,
    ),
    Reason(
        "Its Network Agent is not active; it last connected at {time}",
        "Агент администрирования неактивен; последнее подключение: {time}",
        ("Network Agent is not active", "Агент администрирования неактивен"),
    ),
    Reason(
        "Its Network Agent is not active",
        "Агент администрирования неактивен",
        ("Network Agent is not active", "Агент администрирования неактивен"),
    ),
    Reason(
        "Its Network Agent is not connected; it last connected at {time}",
        "Агент администрирования не подключён; последнее подключение: {time}",
        ("Network Agent is not connected", "Агент администрирования не подключён"),
    ),
    Reason(
        "Its Network Agent is not connected",
        "Агент администрирования не подключён",
        ("Network Agent is not connected", "Агент администрирования не подключён"),
    ),
    Reason(
        "The server does not report whether {product} is installed",
        "Сервер не сообщает, установлена ли программа {product}",
        doubt=True,
    ),
    Reason(
        "{product} is not installed; another application or version is installed (build {build})",
        "Программа {product} не установлена; установлена другая программа или версия, сборка {build}",
        ("{product} is not installed; another application or version is", "Вместо {product} установлена другая программа или версия"),
    ),
    Reason("{product} is not installed", "Программа {product} не установлена"),
    Reason("{product} is installed but not running", "Программа {product} установлена, но не работает"),
    Reason("Real-time protection is stopped", "Постоянная защита остановлена"),
    Reason("Real-time protection is suspended", "Постоянная защита приостановлена"),
    Reason("Real-time protection has failed", "Сбой постоянной защиты"),
    Reason("Real-time protection is off", "Постоянная защита выключена"),
    Reason("Real-time protection is starting", "Постоянная защита запускается", doubt=True),
    Reason(
        "The server does not report whether real-time protection is on", "Сервер не сообщает, включена ли постоянная защита", doubt=True
    ),
    Reason(
        "The level of real-time protection differs from the one that its group requires",
        "Уровень постоянной защиты не соответствует заданному в группе",
    ),
    Reason(
        "It is not connected to an SVM: the application itself reports a problem, as a Light Agent without an SVM does",
        "Нет подключения к SVM: о проблеме сообщает сама программа, так Легкий агент показывает отсутствие SVM",
        ("No connection to an SVM", "Нет подключения к SVM"),
    ),
    Reason(
        "It cannot be determined whether it is connected to an SVM: it is not known which conditions are turned on for its group ({why})",
        "Неизвестно, есть ли подключение к SVM: условия статуса группы неизвестны ({why})",
        doubt=True,
    ),
    Reason(
        "It cannot be determined whether it is connected to an SVM: the condition suggested_by_product (18) is turned off for its group, "
        "so a status of OK proves nothing",
        "Неизвестно, есть ли подключение к SVM: в группе выключено условие «Статус предложен программой» (условие 18), поэтому хороший "
        "статус ни о чём не говорит",
        doubt=True,
    ),
    Reason(
        "It cannot be determined whether it is connected to an SVM: the server does not report its status",
        "Неизвестно, есть ли подключение к SVM: сервер не сообщает статус машины",
        doubt=True,
    ),
    Reason(
        "It cannot be determined whether it is connected to an SVM: its status is not OK, and the server does not report why",
        "Неизвестно, есть ли подключение к SVM: статус машины плохой, а причину сервер не сообщает",
        doubt=True,
    ),
    Reason("There is a problem with its license", "Проблема с лицензией"),
    Reason(
        "It is not known whether an active policy for {product} applies to its group ({why})",
        "Неизвестно, действует ли на группу активная политика для {product} ({why})",
        doubt=True,
    ),
    Reason("No active policy for {product} applies to its group", "На группу не действует активная политика для {product}"),
    Reason(
        "The server does not report whether the policies for {product} that apply to its group are active",
        "Сервер не сообщает, активны ли политики для {product}, действующие на группу",
        doubt=True,
    ),
    Reason(
        "The active policy that applies to its group is for version {versions}; it is not known whether it also applies to {product}",
        "Активная политика группы создана для версии {versions}; неизвестно, действует ли она для {product}",
        doubt=True,
    ),
    Reason("The server does not report whether its databases are up to date", "Сервер не сообщает, актуальны ли базы", doubt=True),
    Reason(
        "Its databases are out of date, they are dated {time}",
        "Базы устарели, их дата: {time}",
        ("The databases are out of date", "Базы устарели"),
    ),
    Reason("Its databases are out of date", "Базы устарели", ("The databases are out of date", "Базы устарели")),
    Reason("The server does not report whether a restart is required", "Сервер не сообщает, требуется ли перезагрузка", doubt=True),
    Reason("A restart is required", "Требуется перезагрузка"),
    # -- selection.py
    Reason(
        "{machine} has no record on {server}",
        "Нет записи: {machine} ({server})",
        ("No record on the server", "На сервере нет такой машины"),
    ),
    Reason(
        "{machine} has {number} records on {server}: {records}",
        "Несколько записей ({number}): {machine} ({server}): {records}",
        ("Several records of one address or name", "Несколько записей с одним адресом или именем"),
    ),
    # -- _requests.py
    Reason(
        '"{value}" is not an IPv4 address; set ansible_host or ksv_ip to the address of the host in Kaspersky Security Center',
        "«{value}» — не адрес IPv4; укажите в ansible_host или ksv_ip адрес, известный серверу",
        ("The inventory has no IPv4 address of the machine", "В инвентаре нет адреса IPv4 машины"),
    ),
    Reason(
        "ksv_virtual_server is not set for this host; name the virtual Administration Server of its tenant",
        "Для машины не задана ksv_virtual_server; укажите виртуальный Сервер администрирования её клиента",
    ),
    Reason(
        "ksv_product is not set for this host, or is incomplete; give {what} of its application",
        "Для машины не задана или неполна ksv_product ({what})",
    ),
    Reason(
        "The variable {variable} of this host cannot be read: {why}",
        "Переменную {variable} этой машины прочитать не удалось: {why}",
        ("The variable {variable} cannot be read", "Не удалось прочитать переменную {variable}"),
    ),
    # -- _outcome.py and the report itself
    Reason("{virtual_server}: its state is not known", "{virtual_server}: состояние машины неизвестно"),
    Reason(
        "The play has not reached this host, or an earlier task of the play failed for it",
        "До этой машины запуск не дошёл, или на ней завершилась с ошибкой более ранняя задача",
    ),
    Reason("it is declared but has no record", "есть в инвентаре, но записи на сервере нет"),
    Reason(
        "{product} is declared, but another application or version is installed (build {build})",
        "в инвентаре указана {product}, установлена другая программа или версия, сборка {build}",
    ),
    Reason("build {declared} is declared, but build {build} is installed", "в инвентаре указана сборка {declared}, установлена {build}"),
    Reason("other records have its address or name: {records}", "есть другие записи с тем же адресом или именем: {records}"),
    # -- what steps say
    Reason("a restart is required", "требуется перезагрузка"),
    Reason("task {task} was started", "задача {task} запущена"),
    Reason(
        "task {task} has completed on the host, but the host did not appear on {server} within {limit}; check whether it can reach {address} "
        "on the agent ports",
        "задача {task} на машине выполнена, но машина не появилась на {server} за {limit}; проверьте, доступен ли ей {address} по портам "
        "Агента администрирования",
    ),
    Reason(
        "task {task} is {state} on the host; check whether the host is on and its Network Agent is connected. The task remains and starts when it is",
        "задача {task} на машине не началась (состояние: {state}). Включена ли машина, подключён ли её Агент администрирования? Задача "
        "остаётся и начнётся, когда машина станет доступна",
        (
            "The task has not started: check whether the host is on and its Network Agent is connected",
            "Задача не началась: проверьте, включена ли машина и подключён ли Агент администрирования",
        ),
    ),
    Reason("task {task} is still running on the host after {limit} s", "задача {task} всё ещё выполняется спустя {limit} с"),
    Reason("task {task} has not completed: {statistics}", "задача {task} не завершена: {statistics}"),
    Reason("its Network Agent is still connected", "её Агент администрирования всё ещё подключён"),
    Reason("the server copies it in the background", "сервер копирует пакет в фоновом режиме"),
    Reason("wave {wave} of {waves} was not started: {why}", "волна {wave} из {waves} не запущена: {why}"),
)

MONTHS = {
    "en": (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
    "ru": (
        *("января", "февраля", "марта", "апреля", "мая", "июня"),
        *("июля", "августа", "сентября", "октября", "ноября", "декабря"),
    ),
}
DAY = {"en": "{day} {month} {year}", "ru": "{day} {month} {year} г."}
MOMENT = {"en": "{date}, {time} ({zone})", "ru": "{date}, {time} ({zone})"}
SLOT = re.compile(r"\\{(\w+)\\}")


def plural(language: str, number: int) -> int:
    """Which form a number takes: one and more in English; one, few and many in Russian (CLDR plural rules, cardinals)."""
    if language == "en":
        return 0 if number == 1 else 1
    if number % 10 == 1 and number % 100 != 11:
        return 0
    return 1 if number % 10 in (2, 3, 4) and number % 100 not in (12, 13, 14) else 2


class Said(t.NamedTuple):
    """A sentence, the heading that it belongs under, whether it only says what is not known, and whether it is not translated."""

    text: str
    heading: str = ""
    doubt: bool = False
    foreign: bool = False


class Language:
    """The texts of one language."""

    def __init__(self, code: str, zone: t.Optional[datetime.tzinfo] = None) -> None:
        """``zone``: in which times are told; None is that of this machine."""
        self.code = code
        self._zone = zone
        self._reasons: dict[str, Said] = {}

    def text(self, key: str, n: t.Optional[int] = None, **values: t.Any) -> str:
        found = TEXTS[key][self.code]
        if not isinstance(found, str):
            found = found[plural(self.code, n or 0)]
        if n is not None:
            values["n"] = self.number(n)
        return found.format(**values)

    def number(self, number: int) -> str:
        return f"{number:,}".replace(",", "," if self.code == "en" else "\N{NO-BREAK SPACE}")

    def day(self, when: datetime.datetime) -> str:
        return DAY[self.code].format(day=when.day, month=MONTHS[self.code][when.month - 1], year=when.year)

    def moment(self, when: datetime.datetime) -> str:
        """A date and a time of day with its zone."""
        local = when.astimezone(self._zone)
        offset = local.strftime("%z")
        zone = "UTC" if offset == "+0000" else "UTC%s:%s" % (offset[:3], offset[3:5])
        return MOMENT[self.code].format(date=self.day(local), time=local.strftime("%H:%M"), zone=zone)

    def time(self, text: t.Any) -> str:
        """A time of ISO 8601 as a date and time of day; what is none stays."""
        when = moment(text)
        return str(text) if when is None else self.moment(when)

    def reason(self, sentence: str) -> Said:
        """A sentence about a host, in this language if it is one of ours."""
        if sentence not in self._reasons:
            self._reasons[sentence] = self._reason(sentence)
        return self._reasons[sentence]

    def _reason(self, sentence: str) -> Said:
        bare = sentence.rstrip(". ")
        for reason, pattern in _patterns():
            found = pattern.fullmatch(bare)
            if found is None:
                continue
            values = {name: self.time(value) if name == "time" else value for name, value in found.groupdict().items()}
            column = LANGUAGES.index(self.code)
            words = (reason.en, reason.ru)[column].format(**values)
            heading = words if reason.heading is None else reason.heading[column].format(**values)
            return Said(words + ".", heading, reason.doubt)
        return Said(bare + ".", bare, foreign=self.code != "en")


@functools.cache
def _patterns() -> tuple[tuple[Reason, t.Pattern[str]], ...]:
    return tuple((reason, re.compile(SLOT.sub(r"(?P<\1>.+?)", re.escape(reason.en)), re.DOTALL)) for reason in REASONS)


def moment(text: t.Any) -> t.Optional[datetime.datetime]:
    """A time of ISO 8601 in UTC, as modules tell it."""
    try:
        return datetime.datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
    except ValueError:
        return None

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the plugins of this collection only, may change in any release.

"""What the inventory plugins share: options, cache, names of hosts and groups. It runs on the controller, in Ansible's own process."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import typing as t

from ansible.errors import AnsibleError, AnsibleParserError
from ansible.inventory.group import to_safe_group_name
from ansible.module_utils.basic import missing_required_lib
from ansible.plugins.inventory import BaseInventoryPlugin, Cacheable, Constructable
from ansible.utils.unsafe_proxy import wrap_var
from ansible_collections.ksv.light_agent.plugins.module_utils._core.errors import CollectionError
from ansible_collections.ksv.light_agent.plugins.module_utils._core.https import REQUESTS_ERROR, Secrets
from ansible_collections.ksv.light_agent.plugins.module_utils._core.module import Context
from ansible_collections.ksv.light_agent.plugins.module_utils._core.naming import did_you_mean, printable

try:
    from ansible.template import trust_as_template
except ImportError:  # before ansible-core 2.19, which does not trust anything that it is not told to

    def trust_as_template(value: str) -> str:
        return value


View = t.Dict[str, t.Any]
Key = t.Tuple[str, str]  # of a group: the variable that it is for, and the value
Identity = t.Tuple[t.Any, ...]

# A change here makes cached hosts of older releases unusable, so that they are read again.
CACHE_FORMAT = 1
# Names that mean something else in Ansible.
RESERVED = ("localhost", "127.0.0.1", "::1", "all", "ungrouped")
TEMPLATE_CHARACTERS = re.compile(r"[{}#%]")  # also those of a text that chooses delimiters of its own
SHOWN = 10  # names in one warning
PATH_SEPARATOR = "__"  # in the name of a group that is made of a path


class Found(t.Protocol):
    """What a source has found, see the jobs named inventory."""

    hosts: list[View]
    failed: dict[t.Any, CollectionError]
    warnings: list[str]


class ServerInventory(BaseInventoryPlugin, Constructable, Cacheable):
    """An inventory source that is a server of the product.

    A subclass says how its files are called, what it reads, and which groups and names its hosts have.
    """

    ENDING: str  # of the names of files, without .yml
    ENVIRONMENT: str  # prefix of the environment variables of the connection
    VARIABLE: str  # prefix of the variables of hosts
    IDENTITY: t.Sequence[str] = ("server", "id")  # what tells one machine from another
    TEMPLATED: t.Sequence[str]  # options that may be templates
    SECRET: t.Sequence[str] = ("password",)
    REQUIRED: t.Sequence[str] = ("server", "username", "password")

    _sanitize_group_name = staticmethod(lambda name: safe_group_name(str(name)))

    def fetch(self, context: Context) -> Found:
        """Read the hosts from the server.

        :raises CollectionError: nothing could be read
        """
        raise NotImplementedError

    def paths_of(self, host: View) -> list[list[Key]]:
        """The groups of a host, each after those that it is in."""
        raise NotImplementedError

    def names_of(self, host: View) -> list[str]:
        """How a host may be called, best first; the last one is its id."""
        raise NotImplementedError

    def role_variables(self, host: View) -> View:
        """The variables of a host that roles read."""
        raise NotImplementedError

    # -- the life of a source --------------------------------------------------------------------------------------------

    def verify_file(self, path: str) -> bool:
        name = os.path.basename(path)
        return bool(re.search(r"(^|\.)%s\.ya?ml$" % self.ENDING, name)) and super().verify_file(path)

    def parse(self, inventory: t.Any, loader: t.Any, path: str, cache: bool = True) -> None:
        super().parse(inventory, loader, path, cache)
        if REQUESTS_ERROR is not None:
            raise AnsibleError("%s %s" % (missing_required_lib("requests"), REQUESTS_ERROR))
        with _without_empty(self.ENVIRONMENT):
            config = self._read_config_data(path)
        self._refuse_unknown_options(config)
        params = self._params()
        secrets = Secrets(value for value in secret_values(params, (*self.SECRET,)) if value)

        def warn(text: str) -> None:
            self.display.warning(printable(secrets.mask(text)))

        try:
            hosts = self._hosts(Context(params, warn, secrets=secrets), path, cache)
        except CollectionError as error:
            raise AnsibleParserError(printable(secrets.mask(error.message))) from None
        self._populate(hosts, warn)

    def _refuse_unknown_options(self, config: t.Mapping[str, t.Any]) -> None:
        known = [*self.option_definitions, "plugin"]
        for name in config:
            if name not in known:
                raise AnsibleParserError('There is no option "%s" of %s. %s' % (name, self.NAME, did_you_mean(str(name), known)))

    def _params(self) -> View:
        """The options; those that may be templates are evaluated, with extra variables."""
        params = dict(self.get_options())
        self.templar.available_variables = self._vars or {}
        for name in self.TEMPLATED:
            try:
                params[name] = self._evaluated(params[name])
            except Exception as error:
                raise AnsibleParserError("%s: the template cannot be evaluated: %s" % (name, error)) from None
        for name in self.REQUIRED:
            if not params[name]:
                variable = self.ENVIRONMENT + name.upper()
                raise AnsibleParserError("%s is not set. Give it in the file, or in the environment variable %s." % (name, variable))
        return params

    def _evaluated(self, value: t.Any) -> t.Any:
        if isinstance(value, str):
            return self.templar.template(value) if self.templar.is_template(value) else value
        if isinstance(value, t.Mapping):
            return {name: self._evaluated(inner) for name, inner in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._evaluated(inner) for inner in value]
        # Before ansible-core 2.19 a value that Ansible Vault encrypts is decrypted when it becomes a text.
        return str(value) if getattr(value, "__ENCRYPTED__", False) else value

    # -- cache -----------------------------------------------------------------------------------------------------------

    def _hosts(self, context: Context, path: str, cache: bool) -> list[View]:
        """The hosts, from the cache if they are there and were read with the same options."""
        cached = self.get_option("cache")
        key = self.get_cache_key(path)
        selection = self._selection(context.params)
        if cached and cache:
            try:
                entry = self._cache[key]
            except KeyError:
                entry = None
            except AnsibleError as error:
                context.warn("The cached inventory cannot be read, so the server is asked: %s" % error)
                entry = None
            if isinstance(entry, t.Mapping) and entry.get("format") == CACHE_FORMAT and entry.get("selection") == selection:
                return list(entry["hosts"])
        found = self.fetch(context)
        for text in found.warnings:
            context.warn(text)
        for refusal in found.failed.values():
            if context.params["on_failure"] == "fail":
                raise refusal
            context.warn("The inventory is incomplete: %s" % refusal.message)
        if cached and not found.failed:
            self._cache[key] = {"format": CACHE_FORMAT, "selection": selection, "hosts": found.hosts}
        return found.hosts

    def _selection(self, params: View) -> str:
        """What the hosts depend on: everything but passwords, and what is made of them afterwards."""
        later = ("cache", "cache_", "compose", "groups", "keyed_groups", "strict", "use_extra_vars", "leading_separator")
        chosen = {name: value for name, value in params.items() if not name.startswith(later) and name not in self.SECRET}
        text = json.dumps(_without_secrets(chosen, self.SECRET), sort_keys=True, default=str)
        return hashlib.sha256(text.encode(errors="surrogatepass")).hexdigest()

    # -- hosts and groups ------------------------------------------------------------------------------------------------

    def _populate(self, hosts: t.Sequence[View], warn: t.Callable[[str], None]) -> None:
        names = self._inventory_names(hosts, warn)
        groups = group_names({key for host in hosts for path in self.paths_of(host) for key in path}, self.VARIABLE)
        related: set[tuple[str, str]] = set()
        for host, name in zip(hosts, names):
            self.inventory.add_host(name)
            for variable, value in self._variables(host).items():
                self.inventory.set_variable(name, variable, unsafe(value))
            for path in self.paths_of(host):
                above = None
                for key in path:
                    group = groups[key]
                    if (above or "", group) not in related:
                        related.add((above or "", group))
                        self.inventory.add_group(group)
                        if above is not None:
                            self.inventory.add_child(above, group)
                    above = group
                self.inventory.add_child(above, name)
        compose, conditions, keyed = (self.get_option(name) for name in ("compose", "groups", "keyed_groups"))
        if not (compose or conditions or keyed):
            return
        strict = self.get_option("strict")
        for name in names:
            self._set_composite_vars(compose, self.inventory.get_host(name).get_vars(), name, strict=strict)
            variables = self.inventory.get_host(name).get_vars()
            self._add_host_to_composed_groups(conditions, variables, name, strict=strict, fetch_hostvars=False)
            self._add_host_to_keyed_groups(keyed, variables, name, strict=strict, fetch_hostvars=False)

    def _variables(self, host: View) -> View:
        variables = {"%s_%s" % (self.VARIABLE, name): value for name, value in host.items()}
        if host.get("ip"):
            variables["ansible_host"] = host["ip"]
        if self.get_option("role_variables"):
            variables.update(self.role_variables(host))
        return variables

    def _inventory_names(self, hosts: t.Sequence[View], warn: t.Callable[[str], None]) -> list[str]:
        """A name for each host that no other machine has."""
        candidates = [[safe_host_name(name) for name in self.names_of(host)] for host in hosts]
        there = {name: self._identity(host.vars, self.VARIABLE + "_") for name, host in self.inventory.hosts.items()}
        taken = {name: identity for name, identity in there.items() if None not in identity}
        names, renamed = unique_names(candidates, [self._identity(host) for host in hosts], taken)
        if renamed:
            listed = ["%s: %s" % (name, ", ".join(longer)) for name, longer in sorted(renamed.items())]
            more = "" if len(listed) <= SHOWN else " and %d more" % (len(listed) - SHOWN)
            warn(
                "Hosts of the same name, or of a name that means something else in Ansible, are listed under longer names (%s%s). "
                "Choose names that are unique with the option hostnames." % ("; ".join(listed[:SHOWN]), more)
            )
        return names

    def _identity(self, values: t.Mapping[str, t.Any], prefix: str = "") -> Identity:
        """Which machine a host is; None in it for one that this plugin did not list."""
        return tuple(values.get(prefix + name) for name in self.IDENTITY)


def unique_names(
    candidates: t.Sequence[t.Sequence[str]],
    identities: t.Sequence[Identity],
    taken: t.Mapping[str, Identity],
) -> tuple[list[str], dict[str, list[str]]]:
    """The first name of each host that stands for it alone, and those that are not the first one, by that.

    A name that several hosts could have is given to none of them, so that nobody takes one for the other. It depends on the hosts
    only, not on their order. ``taken``: the machines that have a name already.
    """
    names: list[t.Optional[str]] = [None] * len(candidates)
    used = dict(taken)
    reserved = set(RESERVED)
    level = 0
    while None in names:
        left = [number for number, name in enumerate(names) if name is None]
        wanted: dict[str, list[int]] = {}
        for number in left:
            wanted.setdefault(candidates[number][min(level, len(candidates[number]) - 1)], []).append(number)
        last = all(level >= len(candidates[number]) - 1 for number in left)
        for name, numbers in wanted.items():
            free = name not in reserved and all(used.get(name, identities[number]) == identities[number] for number in numbers)
            if free and len(numbers) == 1:
                names[numbers[0]] = name
                used[name] = identities[numbers[0]]
            elif last:
                for count, number in enumerate(numbers):
                    names[number] = numbered = "%s_%d" % (name, count + 1)
                    used[numbered] = identities[number]
            else:
                reserved.add(name)
        level += 1
    chosen = t.cast(t.List[str], names)
    renamed: dict[str, list[str]] = {}
    for number, name in enumerate(chosen):
        if name != candidates[number][0]:
            renamed.setdefault(candidates[number][0], []).append(name)
    return chosen, renamed


def safe_host_name(name: str) -> str:
    """A name that is no pattern, no range, no option of a command and no template."""
    return re.sub(r"[^\w.@~-]|^[.@~-]", "_", name)


def safe_group_name(name: str) -> str:
    return str(to_safe_group_name(name, force=True, silent=True))


def group_names(keys: t.Iterable[Key], prefix: str) -> dict[Key, str]:
    """The name of each group: the variable that it is for, and the value. Values that would give one name get longer ones."""
    by_name: dict[str, list[Key]] = {}
    for variable, value in keys:
        words = [prefix, variable, *([value.replace("/", PATH_SEPARATOR)] if value else [])]
        by_name.setdefault(safe_group_name("_".join(words)), []).append((variable, value))
    names = {}
    for name, same in by_name.items():
        for variable, value in same:
            digest = hashlib.sha256(value.encode(errors="surrogatepass")).hexdigest()[:8]
            names[variable, value] = name if len(same) == 1 else "%s_%s" % (name, digest)
    return names


def unsafe(value: t.Any) -> t.Any:
    """A value of which no text is ever evaluated as a template.

    Texts that cannot be templates stay plain: ansible-inventory shows others as a dictionary, and AWX keeps them so.
    """
    if isinstance(value, str):
        return wrap_var(value) if TEMPLATE_CHARACTERS.search(value) else trust_as_template(value)
    if isinstance(value, t.Mapping):
        return {name: unsafe(inner) for name, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [unsafe(inner) for inner in value]
    return value


def secret_values(value: t.Any, names: t.Sequence[str]) -> t.Iterator[str]:
    """The values of options that are passwords, also of those inside others."""
    if isinstance(value, t.Mapping):
        for name, inner in value.items():
            if name in names and isinstance(inner, str):
                yield inner
            else:
                yield from secret_values(inner, names)
    elif isinstance(value, (list, tuple)):
        for inner in value:
            yield from secret_values(inner, names)


def _without_secrets(value: t.Any, names: t.Sequence[str]) -> t.Any:
    if isinstance(value, t.Mapping):
        return {str(name): _without_secrets(inner, names) for name, inner in value.items() if name not in names}
    if isinstance(value, (list, tuple)):
        return [_without_secrets(inner, names) for inner in value]
    return value


@contextlib.contextmanager
def _without_empty(prefix: str) -> t.Iterator[None]:
    """An environment variable that is empty counts as unset, as in modules: else an empty KSC_VALIDATE_CERTS would mean no."""
    empty = [name for name, value in os.environ.items() if name.startswith(prefix) and not value]
    for name in empty:
        del os.environ[name]
    try:
        yield
    finally:
        os.environ.update(dict.fromkeys(empty, ""))

# Copyright: (c) 2026, ksv.light_agent contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private: for the modules of this collection only, may change in any release.

from __future__ import annotations


class ModuleDocFragment:
    # The connection to the Integration Server.
    DOCUMENTATION = r"""
options:
  server:
    description:
      - Address or name of the Integration Server. In a cluster, of the primary Integration Server.
      - If not set, the environment variable E(VIIS_SERVER) is used.
    type: str
    required: true
  port:
    description:
      - TCP port of the REST API of the Integration Server.
      - If not set, the environment variable E(VIIS_PORT) is used.
    type: int
    default: 7271
  username:
    description:
      - Account on the Integration Server. Only the administrator account may use the REST API.
      - If not set, the environment variable E(VIIS_USERNAME) is used.
    type: str
    default: admin
  password:
    description:
      - Password of the account on the Integration Server. A password that the server does not accept is never tried again.
      - If not set, the environment variable E(VIIS_PASSWORD) is used.
    type: str
    required: true
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the Integration Server. Set O(ca_path) rather than turning this off.
      - If not set, the environment variable E(VIIS_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - File with the certificates to trust, in PEM form, on the machine that runs the module.
      - If not set, the environment variable E(VIIS_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE).
    type: path
  request_timeout:
    description:
      - How long one request may wait for its answer, in seconds.
    type: float
    default: 60
  wire_types:
    description:
      - How requests write those numbers and booleans that the vendor's document prints in quotes. Change this only for a server that
        refuses requests because of their types.
      - V(documented) writes these numbers as strings, booleans as booleans.
      - V(native) writes numbers as numbers, booleans as booleans.
      - V(quoted) writes both as strings.
    type: str
    choices: [documented, native, quoted]
    default: documented
requirements:
  - requests
notes:
  - The module talks to the server from the machine that it runs on. Usually that is the controller, so delegate to C(localhost).
"""

    # TLS certificates and SSH keys.
    CERTIFICATE = r"""
options:
  certificates:
    description:
      - The certificates and keys to trust. An option that most of them share may be given once, beside this list; the value of an entry
        takes precedence.
      - An empty list is nothing to do.
    type: list
    elements: dict
    suboptions:
      label: &label
        description:
          - What messages and results call this entry, such as the name of an inventory host.
        type: str
      address:
        description: &address
          - Address and TCP port of the machine whose certificate or key is to be trusted, as C(host:port), exactly as the Integration
            Server is going to use it.
          - An IPv6 address is written in brackets.
        type: str
        required: true
      kind:
        description: &kind
          - Whether the address presents a TLS certificate or an SSH host key.
          - The default is V(https).
        type: str
        choices: [https, ssh]
      thumbprint: &thumbprint
        description:
          - Expected thumbprint of the certificate or key. Any other is an error, even if the server trusts it already.
          - Case, colons, hyphens and spaces do not matter.
        type: str
      trust_on_first_use:
        description: &trust_on_first_use
          - Whether to trust whatever certificate or key the address presents when no thumbprint is given and the server trusts none yet.
            A man in the middle at that moment is trusted, too.
          - A certificate that is known to have changed is never trusted this way.
          - The default is V(false).
        type: bool
      force:
        description: &force
          - Whether to add a rule even for a certificate or key that the server already accepts.
          - The default is V(false).
        type: bool
  address:
    description: *address
    type: str
  kind:
    description: *kind
    type: str
    choices: [https, ssh]
    default: https
  thumbprint: *thumbprint
  trust_on_first_use:
    description: *trust_on_first_use
    type: bool
    default: false
  force:
    description: *force
    type: bool
    default: false
"""

    # Connections to infrastructures.
    INFRASTRUCTURE = r"""
options:
  infrastructures:
    description:
      - The infrastructures. An option that most of them share may be given once, beside this list; the value of an entry takes precedence.
      - An empty list is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description:
          - What messages and results call this entry, such as the name of an inventory host.
          - Two entries with different labels for one infrastructure are an error of both.
        type: str
      address: &address
        description:
          - Address of the hypervisor, of the virtualization management server or of the Keystone microservice, depending on the type.
          - A TCP port in it is also the port whose certificate or key is trusted.
          - Required with O(state=present).
        type: str
      infrastructure_id: &infrastructure_id
        description:
          - Id of the infrastructure on the Integration Server, as an earlier run returned it.
          - Without it the infrastructure is looked for by type and address, on servers that list their infrastructures.
        type: str
      leaving_svms:
        description:
          - With O(state=absent), names of SVMs that do not count as SVMs of the infrastructure, because another step removes them. This makes
            check mode tell what the run is going to do.
        type: list
        elements: str
      type: &type
        description:
          - Type of the infrastructure, in upper or lower case.
          - One of V(HYPERV), V(XEN), V(NUMAVSERVER), V(LIBVIRT), V(PROXMOX), V(VMWARE), V(ROSPLATFORMA), V(BASISVCONTROL),
            V(FUSIONCOMPUTE), V(NUTANIXPRISM), V(ALTVIRTUALIZATIONSERVER), V(ASTRALINUX), or, of the OpenStack family, V(TIONIXOPENSTACK),
            V(OPENSTACK), V(VKCLOUDOPENSTACK).
          - Required with O(state=present).
        type: str
      admin: &admin
        description:
          - Account that may deploy, configure and remove SVMs in the infrastructure.
          - Required with O(state=present).
        type: dict
        suboptions: &account
          username:
            description:
              - Name of the account in the infrastructure.
            type: str
            required: true
          password:
            description:
              - Password of the account in the infrastructure.
            type: str
            required: true
          domain:
            description:
              - OpenStack domain of the account. Required for the OpenStack family, and only for that.
            type: str
      read_only: &read_only
        description:
          - Account with fewer rights, for everything that only reads the infrastructure. Without it the account of O(admin) is used.
        type: dict
        suboptions: *account
      protocol: &protocol
        description:
          - Protocol of the Keystone microservice, for the OpenStack family. Without this option it is V(https).
        type: str
        choices: [https, http]
      region: &region
        description:
          - OpenStack region to connect. Without it, all regions are connected.
        type: str
      thumbprints:
        description: &thumbprints
          - Thumbprints of the certificates and keys that may be trusted on the way, including those of OpenStack microservices. If there are
            any, every other certificate is an error.
          - Case, colons, hyphens and spaces do not matter.
        type: list
        elements: str
      https_port: &https_port
        description:
          - TCP port whose TLS certificate is trusted, if it is neither the usual one of the type nor part of the address.
        type: int
      ssh_port: &ssh_port
        description:
          - TCP port whose SSH host key is trusted, if it is not 22.
        type: int
      trust_on_first_use:
        description: &trust_on_first_use
          - Whether to trust whatever certificate or key the infrastructure presents when no thumbprint is given and the server trusts none
            yet. A man in the middle at that moment is trusted, too.
          - A certificate that is known to have changed is never trusted this way.
          - The default is V(false).
        type: bool
      follow_primary:
        description: &follow_primary
          - Whether to connect the primary hypervisor of a XenServer or Numa vServer pool if the address is that of a secondary one. Only the
            primary hypervisor can be connected.
          - The default is V(false).
        type: bool
      cleanup_on_failure:
        description: &cleanup_on_failure
          - Whether a connection that this run has added is removed again if it fails. A connection that was there before is never removed.
          - A connection that is only slow stays; run the task again to wait for it.
          - The default is V(true).
        type: bool
      update_password:
        description: &update_password
          - V(on_create) sets the accounts of new connections only.
          - V(always) removes an existing connection and adds it anew, with a new id, because the server cannot change accounts. What can be
            tested is tested first. It is refused while the infrastructure has SVMs, unless O(force=true).
          - The default is V(on_create).
        type: str
        choices: [on_create, always]
      in_use:
        description: &in_use
          - What to do with O(state=absent) about an infrastructure that still has SVMs.
          - V(fail) is an error, V(keep) leaves the infrastructure connected.
          - The default is V(fail).
        type: str
        choices: [fail, keep]
      force:
        description: &force
          - Whether the connection may be removed although the infrastructure still has SVMs, which are then no longer managed.
          - The default is V(false).
        type: bool
  address: *address
  infrastructure_id: *infrastructure_id
  type: *type
  admin: *admin
  read_only: *read_only
  protocol: *protocol
  region: *region
  thumbprints:
    description: *thumbprints
    type: list
    elements: str
    default: []
  https_port: *https_port
  ssh_port: *ssh_port
  trust_on_first_use:
    description: *trust_on_first_use
    type: bool
    default: false
  follow_primary:
    description: *follow_primary
    type: bool
    default: false
  cleanup_on_failure:
    description: *cleanup_on_failure
    type: bool
    default: true
  update_password:
    description: *update_password
    type: str
    choices: [on_create, always]
    default: on_create
  in_use:
    description: *in_use
    type: str
    choices: [fail, keep]
    default: fail
  force:
    description: *force
    type: bool
    default: false
"""

    # SVM images.
    IMAGE = r"""
options:
  images:
    description:
      - The images. An option that most of them share may be given once, beside this list; the value of an entry takes precedence.
      - Entries with the same manifest and types are one image, which is registered and checked once.
      - An empty list is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description:
          - What messages and results call this entry, such as the name of an inventory host.
        type: str
      manifest_path: &manifest_path
        description:
          - Absolute path of the image description file (C(*.xml)) on the machine of the Integration Server.
        type: str
        aliases: [manifest_url]
      image_id: &image_id
        description:
          - Id of an image that is registered already. The image is only checked.
        type: str
      types: &types
        description:
          - Infrastructure types that the image is going to be deployed to, in upper or lower case; see
            O(ksv.light_agent.viis_infrastructure#module:type). Required with O(manifest_path).
        type: list
        elements: str
      validate:
        description: &validate
          - Whether the server is to check that the image is authentic. An image that is not authentic is an error.
          - The default is V(true).
        type: bool
  manifest_path: *manifest_path
  image_id: *image_id
  types: *types
  validate:
    description: *validate
    type: bool
    default: true
"""

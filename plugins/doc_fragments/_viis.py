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
      - Account on the Integration Server. Only the administrator account (C(admin)) has access to the REST API.
      - If not set, the environment variable E(VIIS_USERNAME) is used.
    type: str
    default: admin
  password:
    description:
      - Password of the account on the Integration Server. A rejected password is never tried again, because repeated failures may lock the
        account.
      - If not set, the environment variable E(VIIS_PASSWORD) is used.
    type: str
    required: true
  validate_certs:
    description:
      - Whether to verify the TLS certificate of the Integration Server. Set O(ca_path) instead of turning the verification off.
      - If not set, the environment variable E(VIIS_VALIDATE_CERTS) is used.
    type: bool
    default: true
  ca_path:
    description:
      - Path of a PEM file with the CA certificates to trust, on the machine that runs the module.
      - If not set, the environment variable E(VIIS_CA_PATH) is used, then E(REQUESTS_CA_BUNDLE).
    type: path
  request_timeout:
    description:
      - Request timeout in seconds.
    type: float
    default: 60
  wire_types:
    description:
      - Data types in which requests contain the numbers and booleans that the vendor's documentation shows in quotes. Change this only for
        a server that rejects requests because of their types.
      - V(documented) sends these numbers as strings and booleans as booleans.
      - V(native) sends numbers as numbers and booleans as booleans.
      - V(quoted) sends both as strings.
    type: str
    choices: [documented, native, quoted]
    default: documented
requirements:
  - requests
notes:
  - The module connects to the server from the machine that it runs on. Usually this is the controller, so delegate the task to
    C(localhost).
"""

    # TLS certificates and SSH keys.
    CERTIFICATE = r"""
options:
  certificates:
    description:
      - List of certificates and keys to trust. An option that applies to most of them can be set once, outside this list; the value in an
        entry takes precedence.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label: &label
        description:
          - Name of this entry in messages and results, such as the name of an inventory host.
        type: str
      address:
        description: &address
          - Address and TCP port of the machine whose certificate or key is to be trusted, as C(host:port), exactly as the Integration
            Server connects to it.
          - Enclose an IPv6 address in brackets.
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
          - Expected thumbprint of the certificate or key. Any other thumbprint is an error, even if the server already trusts it.
          - Case, colons, hyphens and spaces do not matter.
        type: str
      trust_on_first_use:
        description: &trust_on_first_use
          - Whether to trust any certificate or key that the address presents if no thumbprint is given and the server does not trust one
            yet. B(Security risk.) This does not protect against a man-in-the-middle attack at that moment; set a thumbprint instead.
          - A certificate or key that is known to have changed is never trusted this way.
          - The default is V(false).
        type: bool
      force:
        description: &force
          - Whether to add a rule even if the server already trusts the certificate or key.
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
      - List of infrastructures. An option that applies to most of them can be set once, outside this list; the value in an entry takes
        precedence.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description:
          - Name of this entry in messages and results, such as the name of an inventory host.
          - If two entries with different labels describe the same infrastructure, both fail.
        type: str
      address: &address
        description:
          - Address of the hypervisor, of the virtualization management server or of the Keystone microservice, depending on the type.
          - If the address contains a TCP port, the certificate or key of that port is trusted.
          - Required with O(state=present).
        type: str
      infrastructure_id: &infrastructure_id
        description:
          - Id of the infrastructure on the Integration Server, as an earlier run returned it.
          - If not set, the infrastructure is identified by type and address, on servers that list their infrastructures.
        type: str
      leaving_svms:
        description:
          - With O(state=absent), names of SVMs to ignore because another task removes them. In check mode, this allows the module to
            predict what the run would do.
        type: list
        elements: str
      type: &type
        description:
          - Type of the infrastructure, in uppercase or lowercase.
          - One of V(HYPERV), V(XEN), V(NUMAVSERVER), V(LIBVIRT), V(PROXMOX), V(VMWARE), V(ROSPLATFORMA), V(BASISVCONTROL),
            V(FUSIONCOMPUTE), V(NUTANIXPRISM), V(ALTVIRTUALIZATIONSERVER), V(ASTRALINUX), or, of the OpenStack family, V(TIONIXOPENSTACK),
            V(OPENSTACK), V(VKCLOUDOPENSTACK).
          - Required with O(state=present).
        type: str
      admin: &admin
        description:
          - Account in the infrastructure with the rights to deploy, configure and remove SVMs.
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
          - Account in the infrastructure with read-only rights. If not set, O(admin) is also used for reading.
        type: dict
        suboptions: *account
      protocol: &protocol
        description:
          - Protocol of the Keystone microservice, for the OpenStack family. If not set, this is V(https).
        type: str
        choices: [https, http]
      region: &region
        description:
          - OpenStack region to connect. If not set, all regions are connected.
        type: str
      thumbprints:
        aliases: [thumbprint]
        description: &thumbprints
          - Thumbprints of the certificates and keys of the infrastructure to trust, including those of OpenStack microservices. If set, any
            other certificate or key is an error.
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
          - Whether to trust any certificate or key that the infrastructure presents if no thumbprint is given and the server does not trust
            one yet. B(Security risk.) This does not protect against a man-in-the-middle attack at that moment; set thumbprints instead.
          - A certificate or key that is known to have changed is never trusted this way.
          - The default is V(false).
        type: bool
      follow_primary:
        description: &follow_primary
          - Whether to connect the primary hypervisor of a XenServer or Numa vServer pool if the address is that of a secondary one. Only
            the primary hypervisor can be connected.
          - The default is V(false).
        type: bool
      cleanup_on_failure:
        description: &cleanup_on_failure
          - Whether to remove a connection that this run has added if it fails. An existing connection is never removed.
          - A connection that is still being established is kept; run the task again to wait for it.
          - The default is V(true).
        type: bool
      update_password:
        description: &update_password
          - V(on_create) sets O(admin) and O(read_only) only for new connections.
          - V(always) removes an existing connection and adds it again with a new id, because the server cannot change accounts.
            Certificates are checked first. This is an error while the infrastructure has SVMs, unless O(force=true).
          - The default is V(on_create).
        type: str
        choices: [on_create, always]
      in_use:
        description: &in_use
          - What to do with O(state=absent) if the infrastructure still has SVMs.
          - V(fail) reports an error, V(keep) leaves the infrastructure connected.
          - The default is V(fail).
        type: str
        choices: [fail, keep]
      force:
        description: &force
          - Whether to remove the connection even if the infrastructure still has SVMs. These SVMs are then no longer managed.
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
    aliases: [thumbprint]
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
      - List of SVM images. An option that applies to most of them can be set once, outside this list; the value in an entry takes
        precedence.
      - Entries with the same manifest and types are the same image, which is registered and validated once.
      - With an empty list, there is nothing to do.
    type: list
    elements: dict
    suboptions:
      label:
        description:
          - Name of this entry in messages and results, such as the name of an inventory host.
        type: str
      manifest_path: &manifest_path
        description:
          - Absolute path of the image description file (C(*.xml)) on the machine of the Integration Server.
        type: str
        aliases: [manifest_url]
      image_id: &image_id
        description:
          - Id of an image that is registered already. The image is only validated.
        type: str
      types: &types
        description:
          - Types of the infrastructures to which the image is deployed, in uppercase or lowercase; see
            O(ksv.light_agent.viis_infrastructure#module:type). Required with O(manifest_path).
        type: list
        elements: str
      validate:
        description: &validate
          - Whether the server validates the authenticity of the image. An image that is not authentic is an error.
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

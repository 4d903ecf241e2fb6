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
      - Address or name of the Integration Server. In a cluster, of the primary one.
      - If not set, the environment variable E(VIIS_SERVER) is used.
    type: str
    required: true
  port:
    description:
      - Port of its REST API.
      - If not set, the environment variable E(VIIS_PORT) is used.
    type: int
    default: 7271
  username:
    description:
      - Account on the Integration Server. The API is for its administrator.
      - If not set, the environment variable E(VIIS_USERNAME) is used.
    type: str
    default: admin
  password:
    description:
      - Password of that account. A password that the server does not accept is never tried again.
      - If not set, the environment variable E(VIIS_PASSWORD) is used.
    type: str
    required: true
  validate_certs:
    description:
      - Whether to verify the certificate of the server. Set O(ca_path) rather than turning this off.
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
      - How numbers and booleans are written that the vendor's document prints in quotes. Change this only for a server that
        refuses requests because of their types.
      - V(documented) writes these numbers as strings, booleans as booleans.
      - V(native) writes both as they are.
      - V(quoted) writes both as strings.
    type: str
    choices: [documented, native, quoted]
    default: documented
requirements:
  - requests
notes:
  - The module talks to the server from the machine that it runs on. Usually that is the controller, so delegate to C(localhost).
"""

    # What may be trusted.
    TRUST = r"""
options:
  trust_on_first_use:
    description:
      - Whether to trust what the address presents when nothing is pinned and the server does not trust it yet. Whoever is in
        between at that moment is trusted, too.
      - A certificate that is known to have changed is never trusted this way.
    type: bool
    default: false
"""

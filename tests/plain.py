"""Plain HTTP to this machine: what a client is given that never speaks TLS.

Without it each client reads every certificate that the machine trusts, which takes longer than most of its requests.
It must never be given to who calls https: it trusts nobody.
"""

import ssl
from typing import Final

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

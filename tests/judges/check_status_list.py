"""Reads one place of a status list with joserfc and the standard's own words; nothing of the product is imported.

    python check_status_list.py TOKEN CERTIFICATE INDEX NOW

Token Status List, sections 4.1, 5.1 and 8.3: prints the value, and who says so until when.
"""

import base64
import json
import sys
import zlib
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import load_der_x509_certificate
from joserfc import jws
from joserfc.jwk import ECKey

token, certificate, index, now = (
    Path(sys.argv[1]).read_bytes(),
    sys.argv[2],
    int(sys.argv[3]),
    int(sys.argv[4]),
)
public = load_der_x509_certificate(Path(certificate).read_bytes()).public_key()
key = ECKey.import_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
registry = jws.JWSRegistry(algorithms=["ES256"])
registry.max_payload_length = 2**21
opened = jws.deserialize_compact(token, key, registry=registry)
assert opened.headers()["typ"] == "statuslist+jwt"
claims = json.loads(opened.payload)
assert claims["iat"] <= now < claims["exp"], "not in force"
bits, lst = claims["status_list"]["bits"], claims["status_list"]["lst"]
array = zlib.decompress(base64.urlsafe_b64decode(lst + "=" * (-len(lst) % 4)))
value = array[index * bits // 8] >> index * bits % 8 & (1 << bits) - 1
print(
    json.dumps({"value": value, "sub": claims["sub"], "places": len(array) * 8 // bits, "ttl": claims["ttl"]})
)

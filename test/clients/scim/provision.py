"""Lets a qiwei server provision scim2-server, and looks at what it has then.

    QIWEI_CREDENTIALS=…/credentials.json QIWEI_BIN=…/qiwei python provision.py
"""

import json
import os
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request

DATA = os.path.dirname(os.environ["QIWEI_CREDENTIALS"])
CORP = json.load(open(os.environ["QIWEI_CREDENTIALS"]))


def qiwei(*args, **kw):
    return subprocess.check_output([os.environ["QIWEI_BIN"], *args, "--data", DATA], text=True, **kw)


def call(path, **query):
    """Calls WeCom's API as contact sync or as the self-built application."""
    corp = CORP["corps"][0]
    kind = query.pop("kind")
    secret = next(a["secret"] for a in corp["apps"] if a["kind"] == kind)
    body = query.pop("body", None)
    token = fetch(f"/cgi-bin/gettoken?corpid={corp['corpid']}&corpsecret={secret}")["access_token"]
    got = fetch(path + "?" + urllib.parse.urlencode({"access_token": token, **query}), body)
    assert got["errcode"] == 0, got
    return got


def fetch(path, body=None):
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(CORP["base_url"] + path, data) as r:
        return json.load(r)


class Product:
    def __init__(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        command = os.path.join(os.path.dirname(sys.executable), "scim2-server")
        self.process = subprocess.Popen([command, "--port", str(port), "--bearer-token", "secret"], stderr=subprocess.DEVNULL)
        self.url = f"http://127.0.0.1:{port}/v2"
        self.until(lambda: self.get("/ServiceProviderConfig"), "it answers")

    def get(self, path, **query):
        request = urllib.request.Request(self.url + path + ("?" + urllib.parse.urlencode(query) if query else ""), headers={"Authorization": "Bearer secret"})
        try:
            with urllib.request.urlopen(request) as r:
                return json.load(r)
        except OSError:
            return None

    def user(self, name):
        found = self.get("/Users", filter=f'userName eq "{name}"')["Resources"] or [None]
        return found[0]

    def members(self, group):
        found = self.get("/Groups", filter=f'displayName eq "{group}"').get("Resources") or []
        return len(found[0].get("members", [])) if found else None

    def until(self, done, what):
        for _ in range(300):
            if done():
                print("ok  ", what)
                return
            time.sleep(0.1)
        raise SystemExit(f"not within half a minute: {what}")


def main():
    product = Product()
    try:
        everyone = len(call("/cgi-bin/user/list", kind="self_built", department_id=1, fetch_child=1)["userlist"])
        center = len(call("/cgi-bin/user/list", kind="self_built", department_id=2, fetch_child=1)["userlist"])
        qiwei("scim", "target", "add", "product", "--url", product.url, "--groups", env={**os.environ, "QIWEI_SCIM_TARGET_TOKEN": "secret"})
        product.until(lambda: product.get("/Users")["totalResults"] == everyone, f"all {everyone} members")
        product.until(lambda: product.members("研发中心") == center, f"{center} members of a department")
        sync = {"kind": "contact_sync"}
        call("/cgi-bin/user/create", body={"userid": "newcomer", "name": "欧阳新", "mobile": "13800138000", "department": [2], "position": "工程师"}, **sync)
        product.until(lambda: (product.user("newcomer") or {}).get("title") == "工程师", "a newcomer")
        product.until(lambda: product.members("研发中心") == center + 1, "in his department")
        call("/cgi-bin/user/update", body={"userid": "newcomer", "name": "欧阳旧"}, **sync)
        product.until(lambda: product.user("newcomer")["displayName"] == "欧阳旧", "his new name")
        call("/cgi-bin/user/delete", userid="newcomer", **sync)
        product.until(lambda: product.user("newcomer")["active"] is False, "his leaving")
        product.until(lambda: product.members("研发中心") == center, "also of his department")
        state = json.loads(qiwei("scim", "target", "list", "--json"))[0]
        assert state["refused"] == 0, qiwei("scim", "target", "show", "product")
        print("9 passed, 0 failed")
    finally:
        product.process.terminate()
        product.process.wait()


if __name__ == "__main__":
    main()

"""Programs that know WeCom's own hosts only, each with the environment of `qiwei intercept env python`.

Some heed a variable (requests, httpx, urllib), some ask certifi and heed none, and one is a robot at
its SDK's default address. README.md says how to run it.
"""

import asyncio
import json
import os
import ssl
import unittest
import urllib.request

import certifi
import httpx
import requests
import urllib3
from wecom_aibot_sdk import WSClient

with open(os.environ["QIWEI_CREDENTIALS"], encoding="utf-8") as f:
    CREDENTIALS = json.load(f)
CORP = CREDENTIALS["corps"][0]
APP = next(a for a in CORP["apps"] if a["kind"] == "self_built")
BOT = next(b for b in CORP["bots"] if b["mode"] == "websocket")
TOKEN = f"https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid={CORP['corpid']}&corpsecret={APP['secret']}"
PROXY = os.environ["HTTPS_PROXY"]


class Hosts(unittest.TestCase):
    def check(self, answer):
        self.assertEqual(answer["errcode"], 0, answer)

    def test_requests(self):
        self.check(requests.get(TOKEN, timeout=10).json())

    def test_requests_with_the_list_of_certifi(self):
        self.check(requests.get(TOKEN, timeout=10, verify=certifi.where()).json())

    def test_httpx(self):
        self.check(httpx.get(TOKEN).json())

    def test_httpx_with_the_list_of_certifi(self):
        self.check(httpx.get(TOKEN, verify=ssl.create_default_context(cafile=certifi.where())).json())

    def test_urllib(self):
        with urllib.request.urlopen(TOKEN, timeout=10) as answer:
            self.check(json.load(answer))

    def test_urllib3_with_the_list_of_certifi(self):
        with urllib3.ProxyManager(PROXY, ca_certs=certifi.where()) as pool:
            self.check(pool.request("GET", TOKEN).json())

    def test_the_list_has_the_authorities_of_the_machine_too(self):
        self.assertGreater(certifi.contents().count("BEGIN CERTIFICATE"), 1)

    def test_the_servers_own_address_through_a_fixed_proxy(self):
        with httpx.Client(proxy=PROXY, trust_env=False) as client:
            self.assertEqual(client.get(CREDENTIALS["base_url"] + "/healthz").text, "ok\n")


class Robot(unittest.IsolatedAsyncioTestCase):
    async def test_the_long_connection_at_its_default_address(self):
        subscribed = asyncio.Event()
        client = WSClient(BOT["bot_id"], BOT["secret"])
        client.on("authenticated", subscribed.set)
        await client.connect()
        self.addAsyncCleanup(client.disconnect)
        await asyncio.wait_for(subscribed.wait(), 10)


if __name__ == "__main__":
    unittest.main()

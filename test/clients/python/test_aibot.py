"""wecom-aibot-sdk, unchanged but for ws_url, against a running qiwei. README.md says how to run it."""

import asyncio
import json
import os
import unittest
import urllib.parse
import urllib.request

from wecom_aibot_sdk import WSClient, generate_req_id

with open(os.environ["QIWEI_CREDENTIALS"], encoding="utf-8") as f:
    CREDENTIALS = json.load(f)
BASE_URL = CREDENTIALS["base_url"].rstrip("/")
CORP = CREDENTIALS["corps"][0]
BOT = next(b for b in CORP["bots"] if b["mode"] == "websocket")


class Phone:
    """A signed-in member's page."""

    def __init__(self, userid):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
        form = urllib.parse.urlencode({"corpid": CORP["corpid"], "userid": userid}).encode()
        self.opener.open(BASE_URL + "/_qiwei/sign-in", form)

    def _ask(self, method, path, body=None):
        request = urllib.request.Request(
            BASE_URL + "/phone/api/" + path,
            method=method,
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Content-Type": "application/json", "Origin": BASE_URL},
        )
        with self.opener.open(request) as answer:
            return json.load(answer)

    async def ask(self, *args):
        return await asyncio.to_thread(self._ask, *args)


class LongConnection(unittest.IsolatedAsyncioTestCase):
    async def test_a_member_is_answered_in_a_stream(self):
        subscribed, asked = asyncio.Event(), asyncio.Queue()
        client = WSClient(BOT["bot_id"], BOT["secret"], ws_url=BASE_URL.replace("http", "ws", 1))
        client.on("authenticated", subscribed.set)
        client.on("message.text", asked.put)
        await client.connect()
        self.addAsyncCleanup(client.disconnect)
        await asyncio.wait_for(subscribed.wait(), 10)

        lisi = Phone("lisi")
        await lisi.ask("POST", "bots/messages", {"bot": BOT["bot_id"], "msgtype": "text", "content": "你好"})
        frame = await asyncio.wait_for(asked.get(), 10)
        self.assertEqual(frame["body"]["text"]["content"], "你好")
        self.assertEqual(frame["body"]["from"]["userid"], "lisi")

        stream = generate_req_id("stream")
        await client.reply_stream(frame, stream, "正在思考", False)
        last = (await lisi.ask("GET", "bots/messages?bot=" + BOT["bot_id"]))["messages"][-1]
        self.assertEqual((last["body"]["content"], last["open"]), ("正在思考", True))
        await client.reply_stream(frame, stream, "正在思考\n\n你好，李四", True)
        await client.send_message("lisi", {"msgtype": "markdown", "markdown": {"content": "**再见**"}})
        messages = (await lisi.ask("GET", "bots/messages?bot=" + BOT["bot_id"]))["messages"][-2:]
        self.assertEqual(messages[0]["body"], {"content": "正在思考\n\n你好，李四", "finish": True})
        self.assertEqual(messages[1]["body"], {"content": "**再见**"})


if __name__ == "__main__":
    unittest.main()

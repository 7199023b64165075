"""What wecom-aibot-sdk makes of connections that misbehave: whether it hears the next message of a member without
anybody's help. docs/testing.md has the table. README.md says how to run it."""

import asyncio
import json
import time
import unittest
import urllib.request
import uuid

from wecom_aibot_sdk import WSClient

from test_aibot import BASE_URL, BOT, Phone

PATIENCE = 6


def _faults(method, body=None):
    data = json.dumps(body).encode() if body is not None else None
    with urllib.request.urlopen(urllib.request.Request(BASE_URL + "/_qiwei/faults", data, method=method)) as answer:
        return json.load(answer)


async def fault(**what):
    return await asyncio.to_thread(_faults, "POST", {"bot": BOT["bot_id"], **what})


class Misbehaving(unittest.IsolatedAsyncioTestCase):
    async def asyncSetUp(self):
        subscribed, self.heard = asyncio.Event(), []
        self.client = WSClient(
            BOT["bot_id"], BOT["secret"], ws_url=BASE_URL.replace("http", "ws", 1), heartbeat_interval=300, reconnect_interval=100
        )
        self.client.on("authenticated", subscribed.set)
        self.client.on("message.text", self.heard.append)
        self.client.on("error", lambda *_: None)
        await self.client.connect()
        self.addAsyncCleanup(self.client.disconnect)
        self.addAsyncCleanup(asyncio.to_thread, _faults, "DELETE")
        await asyncio.wait_for(subscribed.wait(), 10)
        self.phone = await asyncio.to_thread(Phone, "lisi")

    async def hears(self):
        """Says whether the program hears what the member writes now."""
        text = "听到吗" + uuid.uuid4().hex
        await self.phone.ask("POST", "bots/messages", {"bot": BOT["bot_id"], "msgtype": "text", "content": text})
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            for frame in self.heard:
                if frame["body"]["text"]["content"] == text:
                    # The member has three messages in hand at most.
                    await self.client.reply_stream(frame, uuid.uuid4().hex, "听到", True)
                    return True
            await asyncio.sleep(0.05)
        return False

    async def after(self, recovers, *faults):
        self.assertTrue(await self.hears(), "before the fault")
        for one in faults:
            await fault(**one)
        await asyncio.sleep(1.5)
        self.assertEqual(await self.hears(), recovers)
        if not recovers:  # leave nothing in the member's hand
            await asyncio.to_thread(_faults, "DELETE")
            await self.client.disconnect()
            await self.answer_the_rest()

    async def answer_the_rest(self):
        again, rest = asyncio.Event(), asyncio.Queue()
        client = WSClient(BOT["bot_id"], BOT["secret"], ws_url=BASE_URL.replace("http", "ws", 1))
        client.on("authenticated", again.set)
        client.on("message.text", rest.put)
        await client.connect()
        await asyncio.wait_for(again.wait(), 10)
        frame = await asyncio.wait_for(rest.get(), 10)
        await client.reply_stream(frame, uuid.uuid4().hex, "听到", True)
        await client.disconnect()

    async def test_no_close_frame(self):
        await self.after(True, {"at": "now", "drop": True})

    async def test_reset(self):
        await self.after(True, {"at": "now", "reset": True})

    async def test_closed_with_1011(self):
        await self.after(True, {"at": "now", "close": 1011})

    # When this SDK itself closes a connection, because heartbeats stay away or its subscription is refused, it does
    # not connect again: its loop of messages ends without an error then.

    async def test_silent(self):
        await self.after(False, {"at": "now", "silent": True})

    async def test_half_open(self):
        await self.after(False, {"at": "now", "half_open": True})

    async def test_disconnected_event_and_an_open_socket(self):
        await self.after(False, {"at": "now", "disconnected": True})

    async def test_another_program_takes_over(self):
        await self.after(False, {"at": "now", "taken": True})

    async def test_no_connection(self):
        await self.after(True, {"bot": "*", "at": "connect", "status": 503, "times": 2}, {"at": "now", "drop": True})

    async def test_accepted_and_silent(self):
        await self.after(False, {"bot": "*", "at": "accepted", "silent": True, "times": 1}, {"at": "now", "drop": True})

    async def test_refused_subscriptions(self):
        await self.after(False, {"at": "aibot_subscribe", "errcode": 853000, "times": 2}, {"at": "now", "drop": True})

    async def test_a_subscription_that_is_not_acknowledged(self):
        await self.after(True, {"at": "aibot_subscribe", "lost": True, "times": 1}, {"at": "now", "drop": True})

    async def test_heartbeats_that_are_not_acknowledged(self):
        await self.after(False, {"at": "ping", "lost": True, "times": 3})

    async def test_heartbeats_that_are_answered_846609(self):
        await self.after(False, {"at": "ping", "errcode": 846609, "times": 3})

    async def test_a_message_that_comes_twice_is_handed_on_twice(self):
        await fault(at="aibot_msg_callback", twice=True)
        self.assertTrue(await self.hears())
        await asyncio.sleep(0.2)
        self.assertEqual(len(self.heard), 2)

    async def test_acknowledgements_that_are_refused_lost_or_late(self):
        self.assertTrue(await self.hears())
        await fault(at="aibot_send_msg", script=[{"errcode": 846609}, {"lost": True}, {"delay": "7s"}])
        message = {"msgtype": "markdown", "markdown": {"content": "消息"}}
        for want in ("846609", "timeout", "timeout"):
            with self.assertRaises(Exception) as caught:
                await self.client.send_message("lisi", message)
            self.assertIn(want, str(caught.exception).lower())
        await self.client.send_message("lisi", message)

"""wechatpy sends every type of message that it can, and is the receiver of callbacks. README.md says how to run it."""

import http.server
import json
import os
import queue
import struct
import subprocess
import threading
import unittest
import urllib.parse
import urllib.request
import zlib

import requests
import xmltodict
from wechatpy.exceptions import InvalidSignatureException
from wechatpy.work import parse_message
from wechatpy.work.crypto import WeChatCrypto
from wechatpy.work.replies import create_reply

from test_wechatpy import BASE_URL, CORP, PLATFORM, Browser, ToServer, app, client, unique

DATA = os.path.dirname(os.path.abspath(os.environ["QIWEI_CREDENTIALS"]))


def png():
    """A picture of 8 by 8 grey points."""

    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", 8, 8, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress((b"\0" + b"\x80" * 8) * 8)) + chunk(b"IEND", b"")


def mp4():
    """A film of five seconds that shows nothing."""

    def box(kind, data=b""):
        return struct.pack(">I", 8 + len(data)) + kind + data

    mvhd = b"\0" * 12 + struct.pack(">II", 10, 50) + b"\0" * 80
    return box(b"ftyp", b"isom\0\0\x02\0isommp41") + box(b"free") + box(b"moov", box(b"mvhd", mvhd))


FILES = {
    "image": ("图.png", png()),
    "voice": ("a.amr", b"#!AMR\n" + (b"\x3c" + b"\0" * 31) * 50),
    "video": ("a.mp4", mp4()),
    "file": ("合同.txt", "合同正文".encode()),
}


def qiwei(*args):
    """Runs the program beside the server, as an administrator does."""
    done = subprocess.run([os.environ["QIWEI_BIN"], *args, "--data", DATA], capture_output=True, text=True, timeout=60)
    if done.returncode:
        raise AssertionError(f"qiwei {' '.join(args)}: {done.stderr}")
    return done.stdout


def inbox(userid, agentid):
    """What the member has from the application, oldest first."""
    out = json.loads(qiwei("inbox", userid, "--json", "--limit", "200", "--agentid", str(agentid)))
    return [m for c in out if "chatid" not in c for m in c["messages"]]


class Receiver:
    """A callback URL made of the library's cryptography and Python's own HTTP server."""

    def __init__(self, token, key):
        self.crypto = WeChatCrypto(token, key, CORP["corpid"])
        self.got, self.faults = queue.Queue(), []
        self.answer = lambda message: None
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def serve(self, body):
                query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(self.path).query))
                try:
                    out = receiver.serve(query, body)
                    self.send_response(200)
                except InvalidSignatureException:
                    out = b"signature"
                    self.send_response(403)
                except Exception as e:  # the tests look at them: the server only sees a failure
                    receiver.faults.append(e)
                    out = repr(e).encode()
                    self.send_response(500)
                self.send_header("Content-Length", str(len(out)))
                self.end_headers()
                self.wfile.write(out)

            def do_GET(self):
                self.serve(None)

            def do_POST(self):
                self.serve(self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}/wecom"

    def serve(self, query, body):
        sign = query["msg_signature"], query["timestamp"], query["nonce"]
        if body is None:
            return self.crypto.check_signature(*sign, query["echostr"]).encode()
        plain = self.crypto.decrypt_message(body, *sign)
        message = parse_message(plain)
        reply = self.answer(message)
        self.got.put((message, xmltodict.parse(plain)["xml"]))
        if not reply:
            return b""
        return self.crypto.encrypt_message(create_reply(reply, message).render(), query["nonce"], query["timestamp"]).encode()

    def next(self):
        """The next push: as the library reads it, and its elements."""
        try:
            return self.got.get(timeout=20)
        except queue.Empty:
            raise AssertionError(f"nothing is pushed; faults {self.faults}")

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def listen(test, agentid):
    """Makes a receiver the callback of the application, which the server verifies first."""
    receiver = Receiver("xyToken2025", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
    test.addCleanup(receiver.close)
    qiwei("app", "set", "--agentid", str(agentid), "--callback-url", receiver.url, "--callback-token", "xyToken2025",
          "--callback-aes-key", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
    test.addCleanup(qiwei, "app", "set", "--agentid", str(agentid), "--callback-url", "")
    return receiver


class Sends(unittest.TestCase):
    def test_every_type(self):
        c, agent, member = client("self_built"), app("self_built")["agentid"], CORP["members"][1]
        ids = {kind: c.media.upload(kind, file)["media_id"] for kind, file in FILES.items()}
        article = {"title": "新闻", "description": "今天", "url": "https://corp.example/1", "image": "https://corp.example/1.png"}
        paper = {"title": "图文", "thumb_media_id": ids["image"], "author": "甲", "content_source_url": "https://corp.example/2",
                 "content": "<b>正文</b>", "digest": "摘要", "show_cover_pic": 1}
        before = len(inbox(member, agent))
        to = (agent, member)
        for kind, sent in [
            ("text", lambda: c.message.send_text(*to, "你好")),
            ("textcard", lambda: c.message.send_text_card(*to, "标题", "描述", "https://corp.example/", "更多")),
            ("image", lambda: c.message.send_image(*to, ids["image"])),
            ("voice", lambda: c.message.send_voice(*to, ids["voice"])),
            ("video", lambda: c.message.send_video(*to, ids["video"], title="片", description="五秒")),
            ("file", lambda: c.message.send_file(*to, ids["file"], safe=1)),
            ("news", lambda: c.message.send_articles(*to, [article])),
            ("mpnews", lambda: c.message.send_mp_articles(*to, [paper])),
            ("markdown", lambda: c.message.send_markdown(*to, "**加粗**")),
        ]:
            with self.subTest(kind):
                answer = sent()
                self.assertEqual((answer["errcode"], answer["errmsg"]), (0, "ok"))
                self.assertRegex(answer["msgid"], "^[A-Za-z0-9_-]{32,}$")
                last = inbox(member, agent)[-1]
                self.assertEqual(last["msgtype"], kind)
        got = inbox(member, agent)[before:]
        self.assertEqual(len(got), 9)
        self.assertEqual([f["name"] for m in got for f in m.get("files", [])], ["图.png", "a.amr", "a.mp4", "合同.txt", "图.png"])
        phone = Browser(member)
        for m in got:
            for f in m.get("files", []):
                with phone.opener.open(BASE_URL + f["path"], timeout=20) as res:
                    self.assertEqual(res.read(), FILES[f["kind"]][1])

    def test_chat(self):
        c = client("self_built")
        ids = {kind: c.media.upload(kind, file)["media_id"] for kind, file in FILES.items()}
        chat = c.appchat.create(chat_id=unique("chat"), name="群", owner=CORP["members"][0], user_list=CORP["members"][:2])["chatid"]
        for kind, content in [
            ("text", {"content": "你好"}), ("image", {"media_id": ids["image"]}), ("voice", {"media_id": ids["voice"]}),
            ("video", {"media_id": ids["video"], "title": "片", "description": "五秒"}), ("file", {"media_id": ids["file"]}),
            ("textcard", {"title": "标题", "description": "描述", "url": "https://corp.example/"}), ("markdown", {"content": "**加粗**"}),
        ]:
            with self.subTest(kind):
                self.assertEqual(c.appchat.send(chat, kind, **content)["errcode"], 0)
        out = json.loads(qiwei("inbox", CORP["members"][1], "--json", "--chatid", chat))
        self.assertEqual([m["msgtype"] for m in out[0]["messages"]], ["text", "image", "voice", "video", "file", "textcard", "markdown"])


class Receives(unittest.TestCase):
    def test_wrong_token(self):
        receiver = Receiver("another", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8")
        self.addCleanup(receiver.close)
        with self.assertRaisesRegex(AssertionError, "40057"):
            qiwei("app", "set", "--agentid", str(app("self_built")["agentid"]), "--callback-url", receiver.url, "--callback-token", "xyToken2025")

    def test_contact_events(self):
        """Contact sync is told of every kind of change that an administrator makes in the console."""
        receiver = listen(self, app("contact_sync")["agentid"])
        console = requests.Session()

        def change_in(method, path, body=None):
            done = console.request(method, BASE_URL + "/console/api/" + path, json=body, headers={"Origin": BASE_URL}, timeout=20)
            self.assertEqual(done.status_code, 200, done.text)
            return done.json()

        change_in("POST", "session/demo", {"corpid": CORP["corpid"]})
        user, department = unique("u"), change_in("POST", "departments", {"name": unique("部门"), "parent": 1})["id"]
        parent = next(d["id"] for d in client("self_built").department.list() if d["id"] not in (1, department))
        tag = change_in("POST", "tags", {"name": unique("标签")})["id"]
        new = {"userid": user, "name": "新人", "departments": [department], "email": user + "@corp.example"}
        for change, want in [
            (lambda: change_in("PUT", f"departments/{department}", {"name": unique("改名"), "parent": parent}), ("update_party", {"Id": str(department), "ParentId": str(parent)})),
            (lambda: change_in("POST", "members", new), ("create_user", {"UserID": user, "Department": str(department)})),
            (lambda: change_in("PUT", f"members/{user}", {"departments": [1]}), ("update_user", {"UserID": user, "Department": "1"})),
            (lambda: change_in("POST", f"tags/{tag}/content", {"add": {"Users": [user]}}), ("update_tag", {"TagId": str(tag), "AddUserItems": user})),
            (lambda: change_in("DELETE", f"members/{user}"), ("delete_user", {"UserID": user})),
            (lambda: change_in("DELETE", f"departments/{department}"), ("delete_party", {"Id": str(department)})),
        ]:
            if want[0] == "update_party":
                _, created = receiver.next()
                self.assertEqual((created["ChangeType"], created["Id"]), ("create_party", str(department)))
            change()
            while True:  # a deleted member leaves the tag as well
                message, xml = receiver.next()
                if xml["ChangeType"] == want[0]:
                    break
            with self.subTest(want[0]):
                self.assertEqual((xml["ToUserName"], xml["FromUserName"], xml["Event"]), (CORP["corpid"], "sys", "change_contact"))
                self.assertEqual({k: xml[k] for k in want[1]}, want[1])
                self.assertEqual(message.target, CORP["corpid"])
        self.assertEqual(receiver.faults, [])

    def test_members(self):
        """A member does all that there is to do with an application; the library reads it, and answers."""
        agent, member = app("self_built")["agentid"], CORP["members"][1]
        c, receiver, phone = client("self_built"), listen(self, agent), Browser(CORP["members"][1])
        receiver.answer = lambda message: "收到 " + (message.event if message.type == "event" else message.type)
        c.agent.set(agent, is_report_enter=1, report_location_flag=1)
        c.menu.create(agent, {"button": [
            {"type": "click", "name": "今日", "key": "today"},
            {"name": "更多", "sub_button": [{"type": "view", "name": "网页", "url": "https://corp.example/"},
                                          {"type": "scancode_push", "name": "扫", "key": "scan"}, {"type": "scancode_waitmsg", "name": "扫等", "key": "wait"},
                                          {"type": "location_select", "name": "位置", "key": "where"}]},
            {"name": "拍", "sub_button": [{"type": "pic_sysphoto", "name": "拍照", "key": "p1"}, {"type": "pic_photo_or_album", "name": "拍选", "key": "p2"},
                                         {"type": "pic_weixin", "name": "选", "key": "p3"}]}]})
        self.addCleanup(c.menu.delete, agent)

        def post(path, **body):
            req = urllib.request.Request(BASE_URL + "/phone/api/" + path, json.dumps({"agentid": agent} | body).encode(), {"Content-Type": "application/json"})
            with phone.opener.open(req, timeout=20) as res:
                return json.load(res)

        def upload(kind):
            jar = {ck.name: ck.value for h in phone.opener.handlers if hasattr(h, "cookiejar") for ck in h.cookiejar}
            res = requests.post(f"{BASE_URL}/phone/api/files?type={kind}", files={"media": FILES[kind]}, cookies=jar, timeout=20)
            self.assertEqual(res.status_code, 200, res.text)
            return res.json()["media_id"]

        ids = {kind: upload(kind) for kind in FILES}
        place = {"latitude": 23.134, "longitude": 113.358, "scale": 15, "label": "珠江"}
        menu = lambda kind, key, **more: lambda: post("menu", type=kind, key=key, **more)
        for do, kinds, check in [
            (lambda: post("enter"), ["enter_agent"], lambda m: m.agent == agent),
            (lambda: post("location", latitude=23.104, longitude=113.32, precision=65), ["location"], lambda m: (m.latitude, m.longitude, m.precision) == (23.104, 113.32, 65)),
            (menu("click", "today"), ["click"], lambda m: m.key == "today"),
            (menu("view", "https://corp.example/"), ["view"], lambda m: m.url == "https://corp.example/"),
            (menu("scancode_push", "scan", scan_result="A-17"), ["scancode_push"], lambda m: (m.scan_type, m.scan_result) == ("qrcode", "A-17")),
            (menu("scancode_waitmsg", "wait", scan_result="A-18"), ["scancode_waitmsg"], lambda m: m.scan_result == "A-18"),
            (menu("pic_sysphoto", "p1", pictures=[ids["image"]]), ["pic_sysphoto", "image"], lambda m: len(m.pictures) == 1),
            (menu("pic_photo_or_album", "p2", pictures=[ids["image"]]), ["pic_photo_or_album", "image"], lambda m: len(m.pictures[0]["PicMd5Sum"]) == 32),
            (menu("pic_weixin", "p3", pictures=[ids["image"]] * 2), ["pic_weixin", "image", "image"], lambda m: len(m.pictures) == 2),
            (menu("location_select", "where", location=place), ["location_select", "location"], lambda m: (m.location_x, m.scale, m.label) == ("23.134", "15", "珠江")),
            (lambda: post("messages", msgtype="text", content="你好"), ["text"], lambda m: m.content == "你好"),
            (lambda: post("messages", msgtype="image", media_id=ids["image"]), ["image"], lambda m: m.media_id == ids["image"] and requests.get(m.image, timeout=20).content == FILES["image"][1]),
            (lambda: post("messages", msgtype="voice", media_id=ids["voice"]), ["voice"], lambda m: (m.media_id, m.format) == (ids["voice"], "amr")),
            (lambda: post("messages", msgtype="video", media_id=ids["video"], thumb_media_id=ids["image"]), ["video"], lambda m: (m.media_id, m.thumb_media_id) == (ids["video"], ids["image"])),
            (lambda: post("messages", msgtype="file", media_id=ids["file"]), ["unknown"], lambda m: True),
            (lambda: post("messages", msgtype="location", **place), ["location"], lambda m: (m.location_x, m.location_y, m.scale, m.label) == ("23.134", "113.358", "15", "珠江")),
            (lambda: post("messages", msgtype="link", title="t", description="d", url="https://a.example/", picurl="https://a.example/p"), ["link"], lambda m: (m.title, m.url, m.pic_url) == ("t", "https://a.example/", "https://a.example/p")),
        ]:
            do()
            for i, kind in enumerate(kinds):
                message, xml = receiver.next()
                name = message.event if message.type == "event" else message.type
                with self.subTest(name):
                    self.assertEqual(name, kind)
                    self.assertEqual((message.source, message.target), (member, CORP["corpid"]))
                    if i == 0:
                        self.assertTrue(check(message), xml)
                    if "MediaId" in xml:
                        url = c.media.get_url(xml["MediaId"]).replace(PLATFORM, BASE_URL)
                        self.assertIn(requests.get(url, timeout=20).content, [f[1] for f in FILES.values()])
        # Each push was answered; those that may be are in the member's hands now.
        texts = self.eventually(lambda: [m["body"]["content"] for m in inbox(member, agent) if m["msgtype"] == "text" and m["from"] == "app"],
                                lambda got: got[-1:] == ["收到 link"])
        for kind in ["enter_agent", "location", "click", "view", "scancode_waitmsg", "text", "image", "voice", "video", "link"]:
            self.assertIn("收到 " + kind, texts)
        for kind in ["scancode_push", "pic_sysphoto", "pic_photo_or_album", "pic_weixin", "location_select"]:
            self.assertNotIn("收到 " + kind, texts)
        self.assertEqual(receiver.faults, [])

    def eventually(self, get, ready):
        """The server does what an answer asks for in the moment after it was given."""
        for _ in range(100):
            got = get()
            if ready(got):
                break
        return got


if __name__ == "__main__":
    unittest.main()

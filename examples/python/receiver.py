"""An application's callback URL: it proves itself to WeCom, opens what it is sent, and answers what members
write (doc 90930)."""

import os
import time
import xml.etree.ElementTree as ElementTree
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit
from xml.sax.saxutils import escape

from wecom import Crypt

crypt = Crypt(os.environ["WECOM_TOKEN"], os.environ["WECOM_AES_KEY"], os.environ["WECOM_CORPID"])


class Receiver(BaseHTTPRequestHandler):
    def do_GET(self):
        # The administrator has saved the URL: answer with what echostr hides.
        query = self.query()
        self.serve(lambda: crypt.open(query, query.get("echostr", "")))

    def do_POST(self):
        self.serve(self.push)

    def push(self):
        query = self.query()
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1 << 20))
        push = ElementTree.fromstring(crypt.open(query, ElementTree.fromstring(body).findtext("Encrypt", "")))
        field = lambda name: push.findtext(name, "")
        print(field("MsgType"), field("Event"), field("ChangeType"), field("FromUserName"), flush=True)
        if field("MsgType") != "text":
            return b""  # taken, and nothing to say
        now = str(int(time.time()))
        answer = (
            f"<xml><ToUserName>{escape(field('FromUserName'))}</ToUserName><FromUserName>{escape(field('ToUserName'))}</FromUserName>"
            f"<CreateTime>{now}</CreateTime><MsgType>text</MsgType><Content>{escape('收到：' + field('Content'))}</Content></xml>"
        )
        sealed, signature = crypt.seal(answer, now, query["nonce"])
        return (
            f"<xml><Encrypt>{sealed}</Encrypt><MsgSignature>{signature}</MsgSignature>"
            f"<TimeStamp>{now}</TimeStamp><Nonce>{escape(query['nonce'])}</Nonce></xml>"
        ).encode()

    def query(self):
        return dict(parse_qsl(urlsplit(self.path).query))

    def serve(self, make):
        try:
            status, body = 200, make()
        except (ValueError, KeyError, IndexError, ElementTree.ParseError) as problem:
            status, body = 403, str(problem).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Receiver)
print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()

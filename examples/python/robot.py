"""An intelligent robot (智能机器人) that repeats what members write to it, in the callback form (doc 100719):
JSON in envelopes of JSON."""

import json
import os
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qsl, urlsplit

from wecom import Crypt

crypt = Crypt(os.environ["WECOM_TOKEN"], os.environ["WECOM_AES_KEY"])  # a robot has no receive_id


class Robot(BaseHTTPRequestHandler):
    def do_GET(self):
        query = self.query()
        self.serve(lambda: crypt.open(query, query.get("echostr", "")))

    def do_POST(self):
        self.serve(self.push)

    def push(self):
        query = self.query()
        body = self.rfile.read(min(int(self.headers.get("Content-Length", 0)), 1 << 20))
        said = json.loads(crypt.open(query, json.loads(body)["encrypt"]))
        print(said["msgtype"], said.get("text", {}).get("content", ""), flush=True)
        if said["msgtype"] != "text":
            return b""
        # A stream may come in parts; this one is finished at once.
        stream = {"id": said["msgid"], "finish": True, "content": said["text"]["content"]}
        now = int(time.time())
        sealed, signature = crypt.seal(json.dumps({"msgtype": "stream", "stream": stream}), str(now), query["nonce"])
        return json.dumps({"encrypt": sealed, "msgsignature": signature, "timestamp": now, "nonce": query["nonce"]}).encode()

    def query(self):
        return dict(parse_qsl(urlsplit(self.path).query))

    def serve(self, make):
        try:
            status, body = 200, make()
        except (ValueError, KeyError, IndexError, TypeError) as problem:
            status, body = 403, str(problem).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


server = ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8080"))), Robot)
print(f"listening on http://127.0.0.1:{server.server_port}/", flush=True)
server.serve_forever()

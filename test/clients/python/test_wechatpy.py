"""wechatpy.work against a running qiwei. README.md says how to run it."""

import hashlib
import http.cookiejar
import json
import os
import secrets
import time
import unittest
import urllib.error
import urllib.parse
import urllib.request

import requests
from wechatpy.exceptions import WeChatClientException
from wechatpy.work import WeChatClient

with open(os.environ["QIWEI_CREDENTIALS"], encoding="utf-8") as f:
    CREDENTIALS = json.load(f)
BASE_URL = CREDENTIALS["base_url"].rstrip("/")
CORP = CREDENTIALS["corps"][0]
PLATFORM = "https://qyapi.weixin.qq.com"


def app(kind):
    return next(a for a in CORP["apps"] if a["kind"] == kind)


class ToServer(requests.adapters.HTTPAdapter):
    """Sends what the library addresses to WeCom's host to the server."""

    def send(self, request, **kwargs):
        request.url = BASE_URL + request.url.removeprefix(PLATFORM)
        return super().send(request, **kwargs)


def client(kind):
    c = WeChatClient(CORP["corpid"], app(kind)["secret"], timeout=20)
    # The library puts tokens right by itself, again and again without an end; here that would hide a fault.
    c.auto_retry = False
    # Intercepted, the library runs as it is: its environment leads it here.
    if not os.environ.get("QIWEI_INTERCEPTED"):
        c._http.mount(PLATFORM, ToServer())
    return c


def unique(prefix):
    return prefix + secrets.token_hex(4)


class Browser:
    """A signed-in member's browser: no scripts, and redirects are looked at, not followed."""

    class _Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args):
            return None

    def __init__(self, userid):
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), self._Stay
        )
        form = urllib.parse.urlencode({"corpid": CORP["corpid"], "userid": userid}).encode()
        with self.opener.open(BASE_URL + "/_qiwei/sign-in", form, timeout=20) as res:
            assert res.status == 204, res.status

    def authorize(self, link):
        """Returns where the authorisation link leads, as a parsed address and its query."""
        parts = urllib.parse.urlsplit(link)
        try:
            with self.opener.open(BASE_URL + parts.path + "?" + parts.query, timeout=20) as res:
                raise AssertionError(f"no redirect but {res.status}: {res.read().decode()}")
        except urllib.error.HTTPError as res:
            assert res.code == 302, (res.code, res.read().decode())
            to = urllib.parse.urlsplit(res.headers["Location"])
        return to, urllib.parse.parse_qs(to.query, keep_blank_values=True)


class Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.app, cls.sync = client("self_built"), client("contact_sync")

    def refused(self, code, call, *args, **kwargs):
        with self.assertRaises(WeChatClientException) as caught:
            call(*args, **kwargs)
        self.assertEqual(caught.exception.errcode, code, caught.exception)

    def test_token(self):
        answer = client("self_built").fetch_access_token()
        self.assertIs(type(answer["access_token"]), str)
        self.assertLessEqual(len(answer["access_token"]), 512)
        self.assertIs(type(answer["expires_in"]), int)
        self.assertGreater(answer["expires_in"], 60, "the library fetches anew in the last minute")
        self.assertEqual((answer["errcode"], answer["errmsg"]), (0, "ok"))
        self.assertEqual(client("self_built").access_token, answer["access_token"])
        self.assertNotEqual(client("contact_sync").access_token, answer["access_token"])

        wrong = client("self_built")
        wrong.secret += "x"
        self.refused(40001, wrong.fetch_access_token)

    def test_a_spoilt_token_is_replaced(self):
        c = client("self_built")
        c.auto_retry = True
        c.session.set(c.access_token_key, "spoilt", 7200)
        c.expires_at = int(time.time()) + 7200
        self.assertEqual(c.agent.get(app("self_built")["agentid"])["errcode"], 0)
        self.assertNotEqual(c.access_token, "spoilt")

    def test_departments(self):
        name = unique("市场部")
        made = self.sync.department.create(name, parent_id=1, order=5, name_en=unique("Market"))
        self.assertEqual(made["errmsg"], "created")
        self.assertIs(type(made["id"]), int)
        below = self.sync.department.create("华南组", parent_id=made["id"])["id"]
        renamed = unique("销售部")
        self.assertEqual(self.sync.department.update(made["id"], name=renamed)["errmsg"], "updated")

        got = self.app.department.get(made["id"])
        self.assertEqual(
            {k: got[k] for k in ("id", "name", "parentid", "order")},
            {"id": made["id"], "name": renamed, "parentid": 1, "order": 5},
        )
        self.assertEqual(sorted(d["id"] for d in self.app.department.list(made["id"])), [made["id"], below])
        self.assertLessEqual({1, made["id"], below}, {d["id"] for d in self.app.department.list()})
        simple = self.sync.department.simple_list(made["id"])
        self.assertIn((below, made["id"]), [(d["id"], d["parentid"]) for d in simple])
        self.refused(48009, self.sync.department.list)
        self.refused(60006, self.sync.department.delete, made["id"])
        for d in (below, made["id"]):
            self.assertEqual(self.sync.department.delete(d)["errmsg"], "deleted")
        self.refused(48002, self.app.department.create, unique("x"))

    def test_members(self):
        department = self.sync.department.create(unique("客服部"))["id"]
        below = self.sync.department.create("夜班", parent_id=department)["id"]
        userid = unique("wechatpy_")
        mobile = "137" + str(secrets.randbelow(10**8)).zfill(8)
        fields = dict(
            name="微信派", department=[below], position="客服", mobile=mobile, gender=1,
            email=userid + "@corp.example", to_invite=False, alias="派", telephone="010-8888",
            order=[3], is_leader_in_dept=[1], main_department=below,
        )
        # The library sends no Content-Type, and what it does not know it sends as it is.
        # Numbers for strings (gender) may earn a warning behind the word, as at WeCom.
        self.assertRegex(self.sync.user.create(userid, **fields)["errmsg"], "^created")
        self.refused(60102, self.sync.user.create, userid, **fields)
        self.refused(48002, self.app.user.create, unique("x"), **fields)
        self.refused(48009, self.sync.user.get, userid)

        got = self.app.user.get(userid)
        want = {
            "userid": userid, "name": "微信派", "department": [below], "order": [3], "is_leader_in_dept": [1],
            "position": "客服", "alias": "派", "telephone": "010-8888", "main_department": below, "status": 4,
            "direct_leader": [],
        }
        self.assertEqual({k: got.get(k) for k in want}, want)
        self.assertIs(type(got["gender"]), str)

        self.assertEqual(self.sync.user.update(userid, position="主管")["errmsg"], "updated")
        got = self.app.user.get(userid)
        self.assertEqual((got["position"], got["name"], got["department"]), ("主管", "微信派", [below]))

        self.assertEqual([u["userid"] for u in self.app.user.list(below)], [userid])
        self.assertEqual(self.app.user.list(department), [])
        self.assertEqual([u["userid"] for u in self.app.user.list(department, fetch_child=True)], [userid])
        simple = self.app.user.list(below, simple=True)
        self.assertEqual([(u["userid"], u["name"], u["department"]) for u in simple], [(userid, "微信派", [below])])
        self.assertEqual(self.app.department.get_users(below)[0]["userid"], userid)
        self.assertEqual(self.app.user.getuserid(mobile), userid)
        self.refused(46004, self.app.user.getuserid, "13000000000")

        other = unique("wechatpy_")
        self.sync.user.create(other, "另一位", department=[below], email=other + "@corp.example", to_invite=False)
        self.refused(60005, self.sync.department.delete, below)
        self.assertEqual(self.sync.user.delete(userid)["errmsg"], "deleted")
        self.assertEqual(self.sync.user.batch_delete([other])["errmsg"], "deleted")
        self.refused(60111, self.app.user.get, userid)
        for d in (below, department):
            self.sync.department.delete(d)

    def test_list_id(self):
        # The library has no call for it; its generic one must do.
        pairs, cursor = [], ""
        while True:
            page = self.sync.post("user/list_id", data={"cursor": cursor, "limit": 2})
            self.assertLessEqual(len(page["dept_user"]), 2)
            pairs += [(row["userid"], row["department"]) for row in page["dept_user"]]
            cursor = page["next_cursor"]
            if not cursor:
                break
        self.assertEqual(len(pairs), len(set(pairs)))
        self.assertLessEqual(set(CORP["members"]), {userid for userid, _ in pairs})

    def test_tags(self):
        userid = CORP["members"][0]
        name = unique("标签")
        tag = self.app.tag.create(name)
        self.assertEqual(tag["errmsg"], "created")
        self.assertIs(type(tag["tagid"]), int)
        tag = tag["tagid"]
        self.refused(40071, self.app.tag.create, name)
        added = self.app.tag.add_users(tag, user_ids=[userid, "nobody_at_all"], department_ids=[1])
        self.assertEqual((added["errmsg"], added["invalidlist"]), ("ok", "nobody_at_all"))
        renamed = unique("标签")
        self.assertEqual(self.app.tag.update(tag, renamed)["errmsg"], "updated")
        got = self.app.tag.get_users(tag)
        self.assertEqual((got["tagname"], got["partylist"]), (renamed, [1]))
        self.assertEqual([u["userid"] for u in got["userlist"]], [userid])
        self.assertIn({"tagid": tag, "tagname": renamed}, self.app.tag.list())
        self.assertEqual(self.app.tag.delete_users(tag, user_ids=[userid], department_ids=[1])["errmsg"], "deleted")
        got = self.app.tag.get_users(tag)
        self.assertEqual((got["userlist"], got["partylist"]), ([], []))
        self.assertEqual(self.app.tag.delete(tag)["errmsg"], "deleted")
        self.refused(40068, self.app.tag.get_users, tag)

    def test_sign_in(self):
        userid = CORP["members"][0]
        browser = Browser(userid)
        domain = app("self_built")["redirect_domain"]
        link = self.app.oauth.authorize_url(f"https://{domain}/back?x=1", state="a.b-c")
        to, query = browser.authorize(link)
        self.assertEqual((to.netloc, to.path, query["x"], query["state"]), (domain, "/back", ["1"], ["a.b-c"]))
        code = query["code"][0]
        who = self.app.oauth.get_user_info(code)
        self.assertEqual(who["UserId"], userid)
        self.assertIn("DeviceId", who)
        self.assertNotIn("OpenId", who)
        self.refused(40029, self.app.oauth.get_user_info, code)

        # The newer address in its own spelling, by the library's generic call; no agentid, no state.
        to, query = browser.authorize(self.app.oauth.authorize_url(f"https://{domain}/"))
        self.assertEqual(query["state"], [""], "a missing state comes back empty")
        who = self.app.get("auth/getuserinfo", params={"code": query["code"][0]})
        self.assertEqual(who["userid"], userid)
        self.assertNotIn("UserId", who)
        self.assertNotIn("openid", who)
        self.assertNotIn("user_ticket", who)

    def test_user_detail(self):
        userid = os.environ.get("QIWEI_CONSENTED_MEMBER")
        if not userid:
            self.skipTest("withserver makes the member who has consented")
        address = unique("天河路")
        self.sync.user.update(userid, address=address)
        # The library has neither the scope nor the call; its generic one must do.
        link = self.app.oauth.authorize_url(f"https://{app('self_built')['redirect_domain']}/")
        link = link.replace("snsapi_base", f"snsapi_privateinfo&agentid={app('self_built')['agentid']}")
        _, query = Browser(userid).authorize(link)
        who = self.app.get("auth/getuserinfo", params={"code": query["code"][0]})
        self.assertEqual(who["userid"], userid)
        detail = self.app.post("auth/getuserdetail", data={"user_ticket": who["user_ticket"]})
        want = {"userid": userid, "gender": "1", "email": userid + "@corp.example", "address": address}
        self.assertEqual({k: detail.get(k) for k in want}, want)
        self.assertEqual(self.app.post("user/getuserdetail", data={"user_ticket": who["user_ticket"]}), detail)
        self.refused(84015, self.app.post, "auth/getuserdetail", data={"user_ticket": "no such ticket"})

    def test_jsapi(self):
        corp, agent = self.app.jsapi.get_ticket(), self.app.jsapi.get_agent_ticket()
        for answer in (corp, agent):
            self.assertIs(type(answer["expires_in"]), int)
            self.assertEqual((answer["errcode"], answer["errmsg"]), (0, "ok"))
        self.assertNotEqual(corp["ticket"], agent["ticket"])
        self.assertEqual(self.app.jsapi.get_jsapi_ticket(), corp["ticket"])
        self.assertEqual(self.app.jsapi.get_agent_jsapi_ticket(), agent["ticket"])
        signature = self.app.jsapi.get_jsapi_signature("n", corp["ticket"], 1414587457, "http://a.example/?b=c")
        text = f"jsapi_ticket={corp['ticket']}&noncestr=n&timestamp=1414587457&url=http://a.example/?b=c"
        self.assertEqual(signature, hashlib.sha1(text.encode()).hexdigest())

    def test_agent(self):
        it = app("self_built")
        got = self.app.agent.get(it["agentid"])
        self.assertEqual((got["agentid"], got["name"], got["redirect_domain"]), (it["agentid"], it["name"], it["redirect_domain"]))
        self.assertIs(type(got["allow_partys"]["partyid"]), list)
        self.assertIs(type(got["allow_userinfos"]["user"]), list)
        self.assertIs(type(got["close"]), int)
        self.assertIn(it["agentid"], [a["agentid"] for a in self.app.agent.list()])
        self.refused(301002, self.app.agent.get, it["agentid"] + 1)

    def test_media(self):
        content = "合同正文".encode() * 100
        file = self.app.media.upload("file", ("合同.txt", content))
        self.assertIs(type(file["created_at"]), str)
        self.assertEqual((file["errmsg"], file["type"]), ("ok", "file"))
        # The library's download is one GET of an address whose host is a constant.
        url = self.app.media.get_url(file["media_id"]).replace(PLATFORM, BASE_URL)
        back = requests.get(url)
        self.assertEqual(back.content, content)
        self.assertIn("filename*=utf-8''%E5%90%88%E5%90%8C.txt", back.headers["Content-Disposition"])
        self.assertEqual(back.headers["Content-Type"], "application/octet-stream")
        self.refused(40004, self.app.media.upload, "image", ("a.png", b"no picture"))
        self.refused(40005, self.app.media.upload, "audio", ("a.amr", b"#!AMR\n"))
        self.refused(44001, self.app.media.upload, "file", ("empty.txt", b""))
        part = requests.get(url, headers={"Range": "bytes=0-11"})
        self.assertEqual((part.status_code, part.content), (206, "合同正文".encode()))

    def test_addresses(self):
        for ip in self.app.misc.get_wechat_ips():
            self.assertIs(type(ip), str)


if __name__ == "__main__":
    unittest.main()

"""Authlib signs a member in by OpenID Connect. README.md says how to run it."""

import html
import http.cookiejar
import json
import os
import re
import unittest
import urllib.error
import urllib.parse
import urllib.request

import requests
from authlib.common.security import generate_token
from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken, UserInfo
from joserfc import jwt
from joserfc.jwk import KeySet

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # the server of a test speaks no TLS

with open(os.environ["QIWEI_CREDENTIALS"], encoding="utf-8") as f:
    CREDENTIALS = json.load(f)
BASE_URL = CREDENTIALS["base_url"].rstrip("/")
CORP = CREDENTIALS["corps"][0]
CLIENT = json.loads(os.environ["QIWEI_OIDC"])
CALLBACK = CLIENT["redirect_uris"][0]
METADATA = requests.get(CLIENT["issuer"] + "/.well-known/openid-configuration", timeout=20).json()


class Browser:
    """A member's browser without scripts. It follows the server's pages and fills in their forms."""

    class _Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args):
            return None

    def __init__(self):
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()), self._Stay
        )

    def open(self, url, form=None):
        """Returns the page, or where it leads."""
        data = urllib.parse.urlencode(form).encode() if form is not None else None
        try:
            with self.opener.open(url, data, timeout=20) as res:
                return None, res.read().decode()
        except urllib.error.HTTPError as res:
            if res.code not in (302, 303):
                raise AssertionError(f"{url}: {res.code} {res.read().decode()}") from None
            return urllib.parse.urljoin(url, res.headers["Location"]), None

    def follow(self, url):
        to, page = self.open(url)
        for _ in range(12):
            if to:
                if not to.startswith(BASE_URL):
                    return to
                url, (to, page) = to, self.open(to)
                continue
            fields = {n: html.unescape(v) for n, v in re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page)}
            if 'action="/account/pick"' in page:
                query = {n: fields[n] for n in ("corp", "next", "agentid")} | {"way": "password"}
                to = BASE_URL + "/account/sign-in?" + urllib.parse.urlencode(query)
                continue
            if 'name="password"' in page:
                fields |= CORP["admin"]
            else:
                fields["decision"] = "allow"
            action = html.unescape(re.search(r'<form method="post" action="([^"]*)"', page)[1])
            url = urllib.parse.urljoin(url, action)
            to, page = self.open(url, fields)
        raise AssertionError("lost at " + url)


def session(**more):
    return OAuth2Session(
        CLIENT["client_id"], CLIENT["client_secret"], scope="openid profile email groups wecom", redirect_uri=CALLBACK,
        code_challenge_method="S256", token_endpoint=METADATA["token_endpoint"], **more
    )


def sign_in(browser, **parameters):
    """Returns the session with its token, and the ID token's claims, checked by the library."""
    s, verifier, nonce = session(), generate_token(48), generate_token(20)
    link, state = s.create_authorization_url(METADATA["authorization_endpoint"], code_verifier=verifier, nonce=nonce, **parameters)
    token = s.fetch_token(METADATA["token_endpoint"], authorization_response=browser.follow(link), state=state, code_verifier=verifier)
    keys = KeySet.import_key_set(requests.get(METADATA["jwks_uri"], timeout=20).json())
    opened = jwt.decode(token["id_token"], keys, algorithms=METADATA["id_token_signing_alg_values_supported"])
    claims = CodeIDToken(
        opened.claims, opened.header,
        {"iss": {"value": METADATA["issuer"]}, "aud": {"value": CLIENT["client_id"]}},
        {"nonce": nonce, "access_token": token["access_token"], "client_id": CLIENT["client_id"]},
    )
    claims.validate(leeway=5)
    return s, claims


class Test(unittest.TestCase):
    def test_sign_in(self):
        browser = Browser()
        s, claims = sign_in(browser)
        self.assertEqual(claims["preferred_username"], CORP["admin"]["userid"])
        self.assertEqual(claims["amr"], ["pwd"])
        info = UserInfo(s.get(METADATA["userinfo_endpoint"], timeout=20).json())
        self.assertEqual(info.sub, claims["sub"])
        self.assertTrue(info["groups"] and all(g.startswith("/" + CORP["name"]) for g in info["groups"]), info)

        _, silent = sign_in(browser, prompt="none")
        self.assertEqual((silent["sub"], silent["auth_time"]), (claims["sub"], claims["auth_time"]))
        _, again = sign_in(browser, prompt="login")
        self.assertGreaterEqual(again["auth_time"], claims["auth_time"])
        self.assertEqual(again["sid"], claims["sid"], "a new sign-in of the same member goes on with the session")

    def test_refresh_and_revoke(self):
        s, _ = sign_in(Browser())
        old = s.token["refresh_token"]
        s.refresh_token(METADATA["token_endpoint"])
        self.assertNotEqual(s.token["refresh_token"], old)
        state = s.introspect_token(METADATA["introspection_endpoint"], token=s.token["access_token"]).json()
        self.assertTrue(state["active"], state)
        self.assertEqual(s.revoke_token(METADATA["revocation_endpoint"], token=s.token["access_token"]).status_code, 200)
        self.assertEqual(s.get(METADATA["userinfo_endpoint"], timeout=20).status_code, 401)
        with self.assertRaises(OAuthError) as caught:
            s.refresh_token(METADATA["token_endpoint"])
        self.assertEqual(caught.exception.error, "invalid_grant")

    def test_nobody_is_signed_in(self):
        # The library's session looks for a code alone; its integrations read the error themselves.
        link, state = session().create_authorization_url(
            METADATA["authorization_endpoint"], code_verifier=generate_token(48), prompt="none"
        )
        back = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(Browser().follow(link)).query))
        self.assertEqual((back["error"], back["state"], back["iss"]), ("login_required", state, METADATA["issuer"]))


if __name__ == "__main__":
    unittest.main()

// openid-client, unchanged, lets the administrator in: he signs in with his password, agrees on the
// page of consent, and the library checks all that comes back.

import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import * as client from 'openid-client';
import { baseUrl, corp } from './server.js';

if (!process.env.QIWEI_OIDC) {
  throw new Error('QIWEI_OIDC holds no client; run this by withserver');
}
const registered = JSON.parse(process.env.QIWEI_OIDC);
const redirectUri = registered.redirect_uris[0];

let config;
before(async () => {
  config = await client.discovery(new URL(registered.issuer), registered.client_id, registered.client_secret, undefined,
    { execute: [client.allowInsecureRequests] });
});

/** A browser without scripts: it keeps cookies, and fills in the forms that it is shown. */
class Browser {
  cookies = new Map();

  async fetch(url, init = {}) {
    const res = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...init.headers, cookie: [...this.cookies].map(([n, v]) => `${n}=${v}`).join('; ') },
    });
    for (const line of res.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(line);
      this.cookies.set(name, value);
    }
    return res;
  }

  /** Follows a link through this server's pages to the address of the product. */
  async follow(link, answers = {}) {
    let url = new URL(link);
    let res = await this.fetch(url);
    for (let step = 0; step < 12; step++) {
      const to = res.headers.get('location');
      if (to) {
        url = new URL(to, url);
        if (url.origin !== baseUrl) return url;
        res = await this.fetch(url);
        continue;
      }
      const page = await res.text();
      assert.equal(res.status, 200, page);
      if (page.includes('/account/pick"')) {
        // The picker of a development server; the form with the password is behind it.
        const at = new URL('/account/sign-in?way=password', url);
        for (const name of ['corp', 'next', 'agentid']) at.searchParams.set(name, field(page, name));
        url = at;
        res = await this.fetch(url);
        continue;
      }
      const action = /<form method="post" action="([^"]*)"/.exec(page);
      assert.ok(action, page);
      const form = new URLSearchParams();
      for (const [, name, value] of page.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)">/g)) form.set(name, plain(value));
      if (page.includes('name="password"')) {
        form.set('userid', corp.admin.userid);
        form.set('password', corp.admin.password);
      } else {
        form.set('decision', answers.decision ?? 'allow');
        this.asked = page;
      }
      url = new URL(plain(action[1]), url);
      res = await this.fetch(url, { method: 'POST', body: form });
    }
    throw new Error(`lost at ${url}`);
  }
}

const plain = (text) => text.replaceAll('&#43;', '+').replaceAll('&#34;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
const field = (page, name) => plain(new RegExp(`name="${name}" value="([^"]*)"`).exec(page)?.[1] ?? '');

async function request(parameters = {}) {
  const verifier = client.randomPKCECodeVerifier();
  const checks = { pkceCodeVerifier: verifier, expectedState: client.randomState(), expectedNonce: client.randomNonce() };
  const link = client.buildAuthorizationUrl(config, {
    redirect_uri: redirectUri, scope: 'openid profile email groups wecom',
    code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
    state: checks.expectedState, nonce: checks.expectedNonce, ...parameters,
  });
  return { link, checks };
}

test('a member signs in with his password', async () => {
  const browser = new Browser();
  const { link, checks } = await request();
  const back = await browser.follow(link);
  const tokens = await client.authorizationCodeGrant(config, back, checks);
  const claims = tokens.claims();
  assert.equal(claims.userid, corp.admin.userid);
  assert.equal(claims.acr, '1');
  assert.deepEqual(claims.amr, ['pwd']);
  assert.ok(claims.groups.every((g) => g.startsWith(`/${corp.name}`)), JSON.stringify(claims.groups));

  const info = await client.fetchUserInfo(config, tokens.access_token, claims.sub);
  assert.equal(info.preferred_username, corp.admin.userid);
  assert.deepEqual(info.groups, claims.groups);

  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  assert.equal(fresh.claims().sub, claims.sub);
  assert.notEqual(fresh.refresh_token, tokens.refresh_token);
  assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, true);

  // The second time nobody is asked for anything.
  const second = await request({ prompt: 'none' });
  const silent = await client.authorizationCodeGrant(config, await browser.follow(second.link), second.checks);
  assert.equal(silent.claims().auth_time, claims.auth_time);

  await client.tokenRevocation(config, fresh.refresh_token);
  assert.equal((await client.tokenIntrospection(config, fresh.access_token)).active, false);
  await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token), { error: 'invalid_grant' });

  const leave = client.buildEndSessionUrl(config, { id_token_hint: silent.id_token, post_logout_redirect_uri: registered.post_logout_redirect_uris[0], state: 'bye' });
  assert.equal((await browser.follow(leave)).href, `${registered.post_logout_redirect_uris[0]}?state=bye`);
  const third = await request({ prompt: 'none' });
  await assert.rejects(client.authorizationCodeGrant(config, await browser.follow(third.link), third.checks), { error: 'login_required' });
  assert.equal((await client.tokenIntrospection(config, silent.access_token)).active, false);
});

test('a member declines', async () => {
  const browser = new Browser();
  const { link, checks } = await request({ prompt: 'consent' });
  await assert.rejects(client.authorizationCodeGrant(config, await browser.follow(link, { decision: 'deny' }), checks), { error: 'access_denied' });
  assert.match(browser.asked, /演示应用/);
});

test('reuse of a refresh token ends what it gave', async () => {
  const { link, checks } = await request();
  const tokens = await client.authorizationCodeGrant(config, await new Browser().follow(link), checks);
  const fresh = await client.refreshTokenGrant(config, tokens.refresh_token);
  await assert.rejects(client.refreshTokenGrant(config, tokens.refresh_token), { error: 'invalid_grant' });
  await assert.rejects(client.refreshTokenGrant(config, fresh.refresh_token), { error: 'invalid_grant' });
});

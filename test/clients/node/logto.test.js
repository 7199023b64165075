// @logto/connector-wecom: it checks every answer against a schema and refuses what does not fit.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import createConnector from '@logto/connector-wecom';
import { here } from './redirect.js';
import { app, browser, call, consented, corp, token } from './server.js';

const selfBuilt = app('self_built');
const connector = async (scope) =>
  createConnector({
    getConfig: async () => ({
      corpId: corp.corpid,
      appSecret: selfBuilt.secret,
      agentId: String(selfBuilt.agentid),
      ...(scope && { scope }),
    }),
  });
const link = async (logto, userAgent, redirectUri) =>
  here(await logto.getAuthorizationUri({ state: 'a-b_c', redirectUri, headers: { userAgent } }, async () => {}));
const inWeCom = 'Mozilla/5.0 wxwork/4.1.20 MicroMessenger/7.0.1';
const callback = `https://${selfBuilt.redirect_domain}/callback/wecom`;

test('sign in inside WeCom', async () => {
  const logto = await connector();
  const [userid] = corp.members;
  const open = await browser(userid);
  const back = await open(await link(logto, inWeCom, callback)); // its scope is snsapi_userinfo
  assert.equal(back.origin + back.pathname, callback);
  assert.equal(back.searchParams.get('state'), 'a-b_c');

  const { answer } = await call('GET', 'user/get', { access_token: await token('self_built'), userid });
  const info = await logto.getUserInfo({ code: back.searchParams.get('code') }, async () => {});
  assert.equal(info.id, userid);
  assert.equal(info.name, answer.name);
  // Were a field of user/get not of the type in the schema, the connector would have dropped them all.
  assert.deepEqual(info.rawData.department, answer.department);
  assert.deepEqual(info.rawData.order, answer.order);
  assert.equal(typeof info.rawData.gender, 'string');
  assert.equal(info.rawData.openid, undefined);
});

test('a used code', async () => {
  const logto = await connector();
  const open = await browser(corp.members[0]);
  const code = (await open(await link(logto, inWeCom, callback))).searchParams.get('code');
  await logto.getUserInfo({ code }, async () => {});
  await assert.rejects(logto.getUserInfo({ code }, async () => {}), (error) => {
    assert.equal(error.data.errcode, 40029);
    return true;
  });
});

test('a member who shows his details', { skip: !consented && 'withserver makes him' }, async () => {
  const logto = await connector('snsapi_privateinfo');
  const open = await browser(consented);
  const back = await open(await link(logto, inWeCom, callback));
  const info = await logto.getUserInfo({ code: back.searchParams.get('code') }, async () => {});
  assert.equal(info.id, consented);
  assert.equal(info.email, `${consented}@corp.example`);
  assert.match(info.rawData.mobile, /^139\d{8}$/);
  assert.equal(info.phone?.replace(/\D/g, ''), `86${info.rawData.mobile}`);
  assert.equal(info.rawData.gender, '1');
});

test('an ordinary browser is shown a QR code', async () => {
  const page = await fetch(await link(await connector(), 'Mozilla/5.0 Chrome/140', callback));
  const text = await page.text();
  assert.equal(page.status, 200);
  assert.ok(!text.includes('不一致'), text);
  assert.match(text, /qrImg\?key=/);
});

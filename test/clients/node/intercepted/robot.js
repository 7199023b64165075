// WeCom's own SDK for robots, told nothing of another address: its environment and a proxy lead it here.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import http from 'node:http';
import https from 'node:https';
import { test } from 'node:test';
import tls from 'node:tls';
import aibot from '@wecom/aibot-node-sdk';
import { baseUrl, corp } from '../server.js';

const silent = { debug() {}, info() {}, warn() {}, error() {} };
const proxy = new URL(process.env.HTTPS_PROXY);

/** Opens a tunnel through the proxy for each connection; the SDK's WebSocket heeds no variable. */
class Tunnel extends https.Agent {
  createConnection({ host, port }, callback) {
    const ask = http.request({ host: proxy.hostname, port: proxy.port, method: 'CONNECT', path: `${host}:${port}` });
    ask.on('connect', (res, socket) => {
      if (res.statusCode !== 200) return callback(new Error(`CONNECT: ${res.statusCode}`));
      const secure = tls.connect({ socket, servername: host }, () => callback(null, secure));
      secure.on('error', callback);
    });
    ask.on('error', callback);
    ask.end();
  }
}

test('the long connection at its default address', async () => {
  const client = new aibot.WSClient({ botId: corp.bots[0].bot_id, secret: corp.bots[0].secret, logger: silent, wsOptions: { agent: new Tunnel() } });
  const subscribed = once(client, 'authenticated');
  client.connect();
  await subscribed;
  client.disconnect();
});

test("the server's own address through a fixed proxy", async () => {
  const ask = http.get({ host: proxy.hostname, port: proxy.port, path: `${baseUrl}/healthz`, headers: { host: new URL(baseUrl).host } });
  const [res] = await once(ask, 'response');
  assert.equal(res.statusCode, 200);
  res.resume();
});

// Sends what a library addresses to WeCom's hosts to the running server: the libraries tested here
// have those addresses as constants. It is loaded before them (node --import ./redirect.js).

import http from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { baseUrl } from './server.js';

const platform = new Set([
  'qyapi.weixin.qq.com',
  'open.weixin.qq.com',
  'open.work.weixin.qq.com',
  'login.work.weixin.qq.com',
]);

/** The same path and query on the server; any other address as it is. */
export function here(address) {
  const url = new URL(address);
  return platform.has(url.host) ? new URL(url.pathname + url.search, baseUrl) : url;
}

const original = https.request;
// Intercepted, the libraries run as they are: their environment leads them here.
if (!process.env.QIWEI_INTERCEPTED) https.request = (input, options, callback) => {
  if (!(typeof input === 'string' || input instanceof URL) || !platform.has(new URL(input).host)) {
    return original(input, options, callback);
  }
  const { agent, protocol, port, ...rest } = options ?? {};
  return http.request(here(input), rest, callback);
};
syncBuiltinESMExports();

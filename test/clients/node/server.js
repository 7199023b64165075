// The running server, and a member who browses it.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { promisify } from 'node:util';

const path = process.env.QIWEI_CREDENTIALS;
if (!path) {
  throw new Error("QIWEI_CREDENTIALS names no server's credentials.json");
}
const credentials = JSON.parse(readFileSync(path, 'utf8'));

export const baseUrl = credentials.base_url.replace(/\/+$/, '');
export const corp = credentials.corps[0];
export const app = (kind) => corp.apps.find((a) => a.kind === kind);
export const consented = process.env.QIWEI_CONSENTED_MEMBER;
export const unique = (prefix) => prefix + Math.random().toString(16).slice(2, 10);

/** Calls the API and returns its answer, whatever it is. */
export async function call(method, path, query, body) {
  const res = await fetch(`${baseUrl}/cgi-bin/${path}?${new URLSearchParams(query)}`, {
    method,
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  return { status: res.status, type: res.headers.get('content-type'), answer: await res.json() };
}

export async function token(kind) {
  const { answer } = await call('GET', 'gettoken', { corpid: corp.corpid, corpsecret: app(kind).secret });
  return answer.access_token;
}

/** Signs a member in; the returned function opens a link for him and says where it leads. */
export async function browser(userid) {
  const signIn = await fetch(`${baseUrl}/_qiwei/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ corpid: corp.corpid, userid }),
  });
  if (signIn.status !== 204) {
    throw new Error(`sign in as ${userid}: ${signIn.status} ${await signIn.text()}`);
  }
  const cookie = signIn.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  return async (link) => {
    const res = await fetch(link, { headers: { cookie }, redirect: 'manual' });
    if (res.status !== 302) {
      throw new Error(`${link}: ${res.status}, no redirect: ${await res.text()}`);
    }
    return new URL(res.headers.get('location'));
  };
}

/** Signs a member in; the returned function asks his page's API and returns the JSON. */
export async function member(userid) {
  const signIn = await fetch(`${baseUrl}/_qiwei/sign-in`, {
    method: 'POST',
    body: new URLSearchParams({ corpid: corp.corpid, userid }),
  });
  const cookie = signIn.headers.getSetCookie().map((c) => c.split(';')[0]).join('; ');
  return async (method, path, body) => {
    const res = await fetch(`${baseUrl}/phone/api/${path}`, {
      method,
      headers: { cookie, origin: baseUrl, 'content-type': 'application/json' },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const answer = await res.json();
    if (res.status !== 200) {
      throw new Error(`${method} ${path}: ${res.status} ${JSON.stringify(answer)}`);
    }
    return answer;
  };
}

/** Runs the program beside the server, as an operator does, and returns what it prints. */
export async function qiwei(...args) {
  return (await promisify(execFile)(process.env.QIWEI_BIN, [...args, '--data', dirname(path)])).stdout;
}

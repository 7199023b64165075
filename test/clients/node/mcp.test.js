// A coding agent's client, MCP's own SDK, at the server's door for agents: over HTTP, and over standard input
// and output by `qiwei mcp`. Other tests use the server meanwhile, so its clock and its data stay as they are.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { decrypt, encrypt, getSignature } from '@wecom/crypto';
import { app, baseUrl, call, corp, token, unique } from './server.js';

const transports = {
  'streamable HTTP': () => new StreamableHTTPClientTransport(new URL(`${baseUrl}/_qiwei/mcp`)),
  'standard input and output': () => new StdioClientTransport({
    command: process.env.QIWEI_BIN, args: ['mcp', '--data', dirname(process.env.QIWEI_CREDENTIALS)], stderr: 'inherit',
  }),
};

/** A receiver of callbacks that answers each text with itself. */
async function receiver(secrets) {
  const server = createServer(async (req, res) => {
    const q = Object.fromEntries(new URL(req.url, baseUrl).searchParams);
    let body = '';
    for await (const piece of req) body += piece;
    const sealed = q.echostr ?? body.match(/<Encrypt><!\[CDATA\[(.*?)\]\]>/)[1];
    if (getSignature(secrets.token, q.timestamp, q.nonce, sealed) !== q.msg_signature) return res.writeHead(403).end();
    const { message } = decrypt(secrets.key, sealed);
    if (q.echostr) return res.end(message);
    const content = message.match(/<Content><!\[CDATA\[(.*?)\]\]>/)?.[1];
    if (!content) return res.end();
    const user = message.match(/<FromUserName><!\[CDATA\[(.*?)\]\]>/)[1];
    const reply = encrypt(secrets.key, `<xml><ToUserName><![CDATA[${user}]]></ToUserName><FromUserName><![CDATA[${corp.corpid}]]></FromUserName>`
      + `<CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[回声 ${content}]]></Content></xml>`, corp.corpid);
    res.end(`<xml><Encrypt><![CDATA[${reply}]]></Encrypt><MsgSignature><![CDATA[${getSignature(secrets.token, q.timestamp, q.nonce, reply)}]]></MsgSignature>`
      + `<TimeStamp>${q.timestamp}</TimeStamp><Nonce><![CDATA[${q.nonce}]]></Nonce></xml>`);
  });
  await new Promise((done) => server.listen(0, '127.0.0.1', done));
  return server;
}

for (const [name, transport] of Object.entries(transports)) {
  test(`an agent over ${name}`, async (t) => {
    const client = new Client({ name: 'qiwei-test', version: '1' });
    await client.connect(transport());
    t.after(() => client.close());
    assert.equal(client.getServerVersion().name, 'qiwei');
    assert.match(client.getInstructions(), /enterprise/);
    await client.ping();
    const { tools } = await client.listTools();
    assert.ok(tools.length > 20, `${tools.length} tools`);

    const use = async (tool, args = {}) => {
      const got = await client.callTool({ name: tool, arguments: { ...(tools.find((x) => x.name === tool).inputSchema.properties.corpid && { corpid: corp.corpid }), ...args } });
      assert.ok(!got.isError, `${tool}: ${JSON.stringify(got)}`);
      assert.deepEqual(JSON.parse(got.content[0].text), got.structuredContent);
      return got.structuredContent;
    };
    const { base_url, corps } = await use('enterprise');
    assert.equal(base_url, baseUrl);
    const mine = corps[0].apps.find((a) => a.agentid === app('self_built').agentid);
    assert.equal(mine.secret, app('self_built').secret);

    // What the code under test did wrong, and why.
    const stranger = unique('nobody');
    await call('GET', 'user/get', { access_token: await token('self_built'), userid: stranger });
    const { calls } = await use('calls', { failed: true, path: '/cgi-bin/user/get', limit: 100 });
    const refused = calls.find((c) => c.query.includes(stranger));
    assert.equal(refused.errcode, 60111);
    assert.match(refused.why.advice, /\w/);

    // A member writes; the receiver answers; the agent sees both.
    const secrets = { token: mine.callback_token, key: mine.callback_encoding_aes_key };
    const server = await receiver(secrets);
    t.after(() => server.close());
    await use('set_callback', { agentid: mine.agentid, url: `http://127.0.0.1:${server.address().port}/` });
    const text = unique('在吗');
    const { latest_delivery } = await use('say', { userid: 'lisi', agentid: mine.agentid, text });
    const { found, delivery } = await use('wait_for_callback', { agentid: mine.agentid, after: latest_delivery, event: 'message' });
    assert.ok(found);
    assert.match(delivery.body, new RegExp(text));
    assert.match(delivery.attempts[0].reply, new RegExp(`回声 ${text}`));
    assert.match(JSON.stringify(await use('inbox', { userid: 'lisi', agentid: mine.agentid })), new RegExp(`回声 ${text}`));
    await use('set_callback', { agentid: mine.agentid, url: '' });

    // Mistakes are results that the agent reads, and unknown tools errors of the protocol.
    const wrong = await client.callTool({ name: 'say', arguments: { userid: 'lisi' } });
    assert.ok(wrong.isError);
    await assert.rejects(client.callTool({ name: 'nope', arguments: {} }), /there is no tool/);
    await assert.rejects(client.listPrompts(), /prompts/);
  });
}

// What WeCom's own SDK for intelligent robots makes of connections that misbehave: whether it hears the next
// message of a member without anybody's help. docs/testing.md has the table.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import aibot from '@wecom/aibot-node-sdk';
import { baseUrl, member, qiwei, unique } from './server.js';

const { WSClient, generateReqId } = aibot;
const quiet = { debug() {}, info() {}, warn() {}, error() {} };
const patience = 6000;
const pause = (ms) => new Promise((done) => setTimeout(done, ms));

async function faults(body) {
  const answer = await fetch(`${baseUrl}/_qiwei/faults`, { method: 'POST', body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(await answer.text());
}
const mend = () => fetch(`${baseUrl}/_qiwei/faults`, { method: 'DELETE' });

/** A robot of its own, whose program is connected. Heartbeats are quick, for a test. */
async function connected() {
  const bot = JSON.parse(await qiwei('bot', 'add', '--json', '--name', unique('机器人')));
  const client = new WSClient({ botId: bot.bot_id, secret: bot.secret, wsUrl: baseUrl.replace(/^http/, 'ws'), logger: quiet, heartbeatInterval: 300, reconnectInterval: 100 });
  client.on('error', () => {});
  const heard = [];
  client.on('message.text', (frame) => heard.push(frame));
  const subscribed = once(client, 'authenticated');
  client.connect();
  await subscribed;
  const zhangsan = await member('zhangsan');
  const say = (content) => zhangsan('POST', 'bots/messages', { bot: bot.bot_id, msgtype: 'text', content });
  /** Whether the program hears what the member writes now. */
  const hears = async () => {
    const text = unique('听到吗');
    await say(text);
    for (let waited = 0; waited < patience; waited += 50) {
      if (heard.some((frame) => frame.body.text.content === text)) return true;
      await pause(50);
    }
    return false;
  };
  return { bot, client, heard, say, hears };
}

// [what goes wrong, the faults, whether the SDK recovers]
for (const [name, list, recovers] of [
  ['no close frame (1006)', [{ at: 'now', drop: true }], true],
  ['reset', [{ at: 'now', reset: true }], true],
  ['closed with 1011', [{ at: 'now', close: 1011 }], true],
  ['silent', [{ at: 'now', silent: true }], true],
  ['half-open', [{ at: 'now', half_open: true }], true],
  ['disconnected_event, the socket stays open', [{ at: 'now', disconnected: true }], false],
  ['another program takes over', [{ at: 'now', taken: true }], false],
  ['no connection: HTTP 503 twice', [{ bot: '*', at: 'connect', status: 503, times: 2 }, { at: 'now', drop: true }], true],
  ['the next connection is accepted and silent', [{ bot: '*', at: 'accepted', silent: true, times: 1 }, { at: 'now', drop: true }], false],
  ['the subscription is refused twice', [{ at: 'aibot_subscribe', errcode: 853000, times: 2 }, { at: 'now', drop: true }], true],
  ['the subscription is not acknowledged', [{ at: 'aibot_subscribe', lost: true, times: 1 }, { at: 'now', drop: true }], true],
  ['heartbeats are not acknowledged', [{ at: 'ping', lost: true, times: 3 }], true],
  ['heartbeats are answered 846609', [{ at: 'ping', errcode: 846609, times: 3 }], true],
  ['sends are answered 846609', [{ at: 'aibot_send_msg', errcode: 846609 }], true],
]) {
  test(`${name}: ${recovers ? 'it recovers' : 'it does not recover'}`, async () => {
    const { bot, client, hears } = await connected();
    try {
      assert.ok(await hears(), 'before the fault');
      for (const one of list) await faults({ bot: bot.bot_id, ...one });
      await pause(1500);
      assert.equal(await hears(), recovers);
    } finally {
      client.disconnect();
      await mend();
    }
  });
}

test('a message whose acknowledgement is refused, lost or late is an error to its sender, though it came', async () => {
  const { bot, client, say, hears } = await connected();
  try {
    await say('你好');
    const send = () => client.sendMessage('zhangsan', { msgtype: 'markdown', markdown: { content: unique('消息') } });
    await faults({ bot: bot.bot_id, at: 'aibot_send_msg', script: [{ errcode: 846609 }, { lost: true }, { delay: '7s' }] });
    const outcome = [];
    for (let i = 0; i < 3; i++) outcome.push(await send().then(() => 'sent', (err) => String(err.errcode ?? err.message ?? err)));
    assert.match(outcome[0], /846609/);
    assert.match(outcome[1], /timeout/);
    assert.match(outcome[2], /timeout/);
    await send();
    assert.ok(await hears());
  } finally {
    client.disconnect();
    await mend();
  }
});

test('a message that comes twice is handed on twice', async () => {
  const { bot, client, heard, hears } = await connected();
  try {
    await faults({ bot: bot.bot_id, at: 'aibot_msg_callback', twice: true });
    assert.ok(await hears());
    await pause(200);
    assert.equal(heard.length, 2);
    assert.equal(heard[0].body.msgid, heard[1].body.msgid);
  } finally {
    client.disconnect();
    await mend();
  }
});

test('a stream whose end is lost is acknowledged all the same', async () => {
  const { bot, client, heard, hears } = await connected();
  try {
    assert.ok(await hears());
    await faults({ bot: bot.bot_id, at: 'aibot_respond_msg', unfinished: true });
    await client.replyStream(heard[0], generateReqId('stream'), '想好了', true);
    const zhangsan = await member('zhangsan');
    const last = (await zhangsan('GET', `bots/messages?bot=${bot.bot_id}`)).messages.at(-1);
    assert.equal(last.open, true);
  } finally {
    client.disconnect();
    await mend();
  }
});

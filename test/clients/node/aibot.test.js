// WeCom's own SDK for intelligent robots, unchanged but for wsUrl, holds a long connection; and a
// callback receiver is made with WeCom's own encryption library.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import { test } from 'node:test';
import aibot from '@wecom/aibot-node-sdk';
import { decrypt, encrypt, getSignature } from '@wecom/crypto';
import { baseUrl, corp, member, qiwei, token, unique } from './server.js';

const { WSClient, generateReqId } = aibot;
const silent = { debug() {}, info() {}, warn() {}, error() {} };
const wsUrl = baseUrl.replace(/^http/, 'ws');

/** Connects as the robot and waits until it has subscribed. */
async function connect(bot, options = {}) {
  const client = new WSClient({ botId: bot.bot_id, secret: bot.secret, wsUrl, logger: silent, ...options });
  client.on('error', () => {});
  const subscribed = once(client, 'authenticated');
  client.connect();
  await subscribed;
  return client;
}

const newBot = async (...args) => JSON.parse(await qiwei('bot', 'add', '--json', '--name', unique('机器人'), ...args));
const write = (as, bot, message) => as('POST', 'bots/messages', { bot: bot.bot_id, ...message });
const read = async (as, bot) => (await as('GET', `bots/messages?bot=${bot.bot_id}`)).messages;

const card = {
  card_type: 'button_interaction',
  main_title: { title: '订餐' },
  button_list: [{ text: '要', key: 'yes', style: 1 }, { text: '不要', key: 'no', style: 2 }],
};

test('the robot of the demo is in credentials.json', async () => {
  const client = await connect(corp.bots[0]);
  client.disconnect();
});

test('a long connection: greeting, stream, card, update, feedback', async () => {
  const bot = await newBot();
  const client = await connect(bot);
  const zhangsan = await member('zhangsan');
  try {
    const entered = once(client, 'event.enter_chat');
    await zhangsan('POST', 'bots/enter', { bot: bot.bot_id });
    await client.replyWelcome((await entered)[0], { msgtype: 'text', text: { content: '您好' } });

    const asked = once(client, 'message.text');
    await write(zhangsan, bot, { msgtype: 'text', content: '今天吃什么' });
    const [frame] = await asked;
    assert.equal(frame.body.text.content, '今天吃什么');
    assert.equal(frame.body.from.userid, 'zhangsan');
    assert.equal(frame.body.chattype, 'single');
    const stream = generateReqId('stream');
    await client.replyStream(frame, stream, '让我想想', false, undefined, { id: 'feedback-1' });
    let messages = await read(zhangsan, bot);
    assert.deepEqual(messages.map((m) => [m.from, m.msgtype]), [['bot', 'text'], ['zhangsan', 'text'], ['bot', 'stream']]);
    assert.equal(messages[2].open, true);
    const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
    await client.replyStreamWithCard(frame, stream, '吃面吧', true, {
      msgItem: [{ msgtype: 'image', image: { base64: png.toString('base64'), md5: createHash('md5').update(png).digest('hex') } }],
      templateCard: { ...card, task_id: unique('task') },
    });
    messages = await read(zhangsan, bot);
    assert.deepEqual(messages[2].body, { content: '吃面吧', finish: true });
    assert.equal(messages[2].pictures, 1);
    assert.equal(messages[3].msgtype, 'template_card');

    const pressed = once(client, 'event.template_card_event');
    await zhangsan('POST', 'bots/cards', { no: messages[3].no, key: 'yes' });
    const [click] = await pressed;
    assert.equal(click.body.event.template_card_event.event_key, 'yes');
    await client.updateTemplateCard(click, {
      card_type: 'text_notice', main_title: { title: '已订' }, task_id: click.body.event.template_card_event.task_id,
      card_action: { type: 1, url: 'https://lunch.example' },
    });
    assert.equal((await read(zhangsan, bot))[3].body.main_title.title, '已订');

    const judged = once(client, 'event.feedback_event');
    await zhangsan('POST', 'bots/feedback', { no: messages[2].no, type: 2, content: '太慢', inaccurate_reason_list: [2] });
    assert.deepEqual((await judged)[0].body.event.feedback_event, { id: 'feedback-1', type: 2, content: '太慢', inaccurate_reason_list: [2] });

    await client.sendMessage('zhangsan', { msgtype: 'markdown', markdown: { content: '**到了**' } });
    await assert.rejects(client.sendMessage('lisi', { msgtype: 'markdown', markdown: { content: 'x' } }), (e) => e.errcode === 93006);
    await assert.rejects(client.replyStream(frame, stream, '太晚', true), (e) => e.errcode === 846608);
    assert.deepEqual((await read(zhangsan, bot)).at(-1).body, { content: '**到了**' });
  } finally {
    client.disconnect();
  }
});

test('files, both ways', async () => {
  const bot = await newBot();
  const client = await connect(bot);
  const zhangsan = await member('zhangsan');
  try {
    const content = Buffer.from('第一季度报告\n'.repeat(5000));
    const form = new FormData();
    form.append('media', new Blob([content]), '报告.txt');
    const up = await fetch(`${baseUrl}/cgi-bin/media/upload?type=file&access_token=${await token('self_built')}`, { method: 'POST', body: form });
    const { media_id } = await up.json();
    const sent = once(client, 'message.file');
    await write(zhangsan, bot, { msgtype: 'file', media_id });
    const [frame] = await sent;
    const { buffer, filename } = await client.downloadFile(frame.body.file.url, frame.body.file.aeskey);
    assert.deepEqual(buffer, content);
    assert.equal(filename, '报告.txt');

    const large = Buffer.alloc(1_300_000, 'qiwei');
    const made = await client.uploadMedia(large, { type: 'file', filename: 'large.bin' });
    assert.equal(made.type, 'file');
    await client.replyMedia(frame, 'file', made.media_id);
    await client.sendMediaMessage('zhangsan', 'file', made.media_id);
    const messages = await read(zhangsan, bot);
    assert.deepEqual(messages.slice(1).map((m) => m.body.media_id), [made.media_id, made.media_id]);
    const back = await fetch(`${baseUrl}/cgi-bin/media/get?media_id=${made.media_id}&access_token=${await token('self_built')}`);
    assert.deepEqual(Buffer.from(await back.arrayBuffer()), large);
  } finally {
    client.disconnect();
  }
});

test('one connection a robot; what waits comes with the next', async () => {
  const bot = await newBot();
  const first = await connect(bot);
  const replaced = once(first, 'event.disconnected_event');
  const second = await connect(bot);
  await replaced;
  second.disconnect();
  const zhangsan = await member('zhangsan');
  await write(zhangsan, bot, { msgtype: 'text', content: '在吗' });
  const third = new WSClient({ botId: bot.bot_id, secret: bot.secret, wsUrl, logger: silent });
  const asked = once(third, 'message.text');
  third.connect();
  assert.equal((await asked)[0].body.text.content, '在吗');
  third.disconnect();

  const wrong = new WSClient({ botId: bot.bot_id, secret: 'wrong', wsUrl, logger: silent, maxAuthFailureAttempts: 0 });
  const refused = once(wrong, 'error').catch((e) => [e]); // events.once rejects with what 'error' brings
  wrong.connect();
  assert.match((await refused)[0].message, /853000/);
  wrong.disconnect();
});

test('the callback form with @wecom/crypto', async () => {
  const keys = { token: 'QiweiTestClients', key: 'abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG' };
  let answers = [];
  const heard = [];
  const server = http.createServer(async (req, res) => {
    const query = Object.fromEntries(new URL(req.url, 'http://x').searchParams);
    let body = '';
    for await (const piece of req) body += piece;
    const sealed = req.method === 'GET' ? query.echostr : JSON.parse(body).encrypt;
    if (getSignature(keys.token, query.timestamp, query.nonce, sealed) !== query.msg_signature) {
      res.writeHead(403).end();
      return;
    }
    const { message, id } = decrypt(keys.key, sealed);
    assert.equal(id, '', 'the receiveid of a robot is empty');
    if (req.method === 'GET') {
      res.end(message);
      return;
    }
    heard.push(JSON.parse(message));
    const answer = answers.shift();
    if (!answer) {
      res.end();
      return;
    }
    const ciphered = encrypt(keys.key, JSON.stringify(answer), '');
    const timestamp = Math.floor(Date.now() / 1000);
    res.end(JSON.stringify({
      encrypt: ciphered, timestamp, nonce: query.nonce,
      msgsignature: getSignature(keys.token, String(timestamp), query.nonce, ciphered),
    }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    const bot = await newBot('--url', `http://127.0.0.1:${server.address().port}/robot`, '--token', keys.token, '--aes-key', keys.key);
    const zhangsan = await member('zhangsan');
    answers = [
      { msgtype: 'stream', stream: { id: 's1', finish: false, content: '广州' } },
      { msgtype: 'stream', stream: { id: 's1', finish: true, content: '广州今日29度' } },
    ];
    await write(zhangsan, bot, { msgtype: 'text', content: '天气' });
    let last;
    for (let i = 0; i < 100 && !last?.body?.finish; i++) {
      await new Promise((r) => setTimeout(r, 100));
      last = (await read(zhangsan, bot)).at(-1);
    }
    assert.deepEqual(last.body, { content: '广州今日29度', finish: true });
    assert.deepEqual(heard.map((h) => h.msgtype), ['text', 'stream']);
    assert.equal(heard[1].stream.id, 's1');

    const later = (content) => fetch(heard[0].response_url, {
      method: 'POST', body: JSON.stringify({ msgtype: 'markdown', markdown: { content } }),
    }).then((r) => r.json());
    assert.equal((await later('明天28度')).errcode, 0);
    assert.equal((await later('后天')).errcode, 60140);
    assert.deepEqual((await read(zhangsan, bot)).at(-1).body, { content: '明天28度' });
  } finally {
    server.close();
  }
});

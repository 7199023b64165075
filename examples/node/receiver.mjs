// An application's callback URL: it proves itself to WeCom, opens what it is sent, and answers what members
// write (doc 90930).

import { createServer } from 'node:http';
import { bodyOf, Crypt } from './wecom.mjs';

const crypt = new Crypt(process.env.WECOM_TOKEN, process.env.WECOM_AES_KEY, process.env.WECOM_CORPID);

// A push is flat: the texts of its elements stand in sections of CDATA, or plain.
const entities = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'" };
const field = (xml, name) => {
  const found = xml.match(new RegExp(`<${name}>((?:<!\\[CDATA\\[[\\s\\S]*?\\]\\]>|[^<])*)</${name}>`));
  return (found?.[1] ?? '').replace(/<!\[CDATA\[([\s\S]*?)\]\]>|&(\w+);/g, (all, text, entity) => text ?? entities[entity] ?? all);
};
const cdata = (text) => `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;

async function answer(request) {
  const query = new URL(request.url, 'http://receiver').searchParams;
  // The administrator has saved the URL: answer with what echostr hides.
  if (request.method === 'GET') return crypt.open(query, query.get('echostr') ?? '');
  const push = crypt.open(query, field(await bodyOf(request), 'Encrypt'));
  console.log(field(push, 'MsgType'), field(push, 'Event'), field(push, 'ChangeType'), field(push, 'FromUserName'));
  if (field(push, 'MsgType') !== 'text') return ''; // taken, and nothing to say
  const now = String(Math.floor(Date.now() / 1000));
  const reply = `<xml><ToUserName>${cdata(field(push, 'FromUserName'))}</ToUserName><FromUserName>${cdata(field(push, 'ToUserName'))}</FromUserName>`
    + `<CreateTime>${now}</CreateTime><MsgType>${cdata('text')}</MsgType><Content>${cdata(`收到：${field(push, 'Content')}`)}</Content></xml>`;
  const { sealed, signature } = crypt.seal(reply, now, query.get('nonce'));
  return `<xml><Encrypt>${cdata(sealed)}</Encrypt><MsgSignature>${cdata(signature)}</MsgSignature>`
    + `<TimeStamp>${now}</TimeStamp><Nonce>${cdata(query.get('nonce'))}</Nonce></xml>`;
}

const server = createServer((request, response) => {
  answer(request).then((body) => response.end(body), (problem) => response.writeHead(403).end(problem.message));
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}/`));

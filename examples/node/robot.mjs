// An intelligent robot (智能机器人) that repeats what members write to it, in the callback form (doc 100719):
// JSON in envelopes of JSON.

import { createServer } from 'node:http';
import { bodyOf, Crypt } from './wecom.mjs';

const crypt = new Crypt(process.env.WECOM_TOKEN, process.env.WECOM_AES_KEY); // a robot has no receiveId

async function answer(request) {
  const query = new URL(request.url, 'http://robot').searchParams;
  if (request.method === 'GET') return crypt.open(query, query.get('echostr') ?? '');
  const said = JSON.parse(crypt.open(query, JSON.parse(await bodyOf(request)).encrypt));
  console.log(said.msgtype, said.text?.content ?? '');
  if (said.msgtype !== 'text') return '';
  // A stream may come in parts; this one is finished at once.
  const stream = { id: said.msgid, finish: true, content: said.text.content };
  const timestamp = Math.floor(Date.now() / 1000);
  const nonce = query.get('nonce');
  const { sealed, signature } = crypt.seal(JSON.stringify({ msgtype: 'stream', stream }), String(timestamp), nonce);
  return JSON.stringify({ encrypt: sealed, msgsignature: signature, timestamp, nonce });
}

const server = createServer((request, response) => {
  answer(request).then((body) => response.end(body), (problem) => response.writeHead(403).end(problem.message));
});
server.listen(Number(process.env.PORT ?? 8080), '127.0.0.1', () => console.log(`listening on http://127.0.0.1:${server.address().port}/`));

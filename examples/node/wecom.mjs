// Opens and seals WeCom's callbacks (doc 90968), with nothing but Node's own modules.

import { createCipheriv, createDecipheriv, createHash, randomBytes, timingSafeEqual } from 'node:crypto';

export class Crypt {
  #token;
  #key;
  #receiveId;

  /** receiveId is the corpid for an application, empty for an intelligent robot. */
  constructor(token, encodingAESKey, receiveId = '') {
    this.#token = token;
    this.#key = Buffer.from(`${encodingAESKey}=`, 'base64');
    this.#receiveId = receiveId;
    if (this.#key.length !== 32) throw new Error('the EncodingAESKey has 43 characters of base64');
  }

  sign(timestamp, nonce, sealed) {
    return createHash('sha1').update([this.#token, timestamp, nonce, sealed].sort().join('')).digest('hex');
  }

  /** Checks the signature in the query, URLSearchParams, and returns what was sealed. */
  open(query, sealed) {
    const want = Buffer.from(this.sign(query.get('timestamp'), query.get('nonce'), sealed));
    const got = Buffer.from(query.get('msg_signature') ?? '');
    if (want.length !== got.length || !timingSafeEqual(want, got)) throw new Error('the signature is wrong');
    const decipher = createDecipheriv('aes-256-cbc', this.#key, this.#key.subarray(0, 16)).setAutoPadding(false);
    const text = Buffer.concat([decipher.update(sealed, 'base64'), decipher.final()]);
    // 16 random bytes, the length, the message, the receiveId, and padding to blocks of 32.
    const end = text.length - text[text.length - 1];
    const from = 20 + text.readUInt32BE(16);
    if (text.toString('utf8', from, end) !== this.#receiveId) throw new Error('it is meant for another receiver');
    return text.toString('utf8', 20, from);
  }

  /** Encrypts an answer and returns it with its signature. */
  seal(plain, timestamp, nonce) {
    const message = Buffer.from(plain);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(message.length);
    const text = Buffer.concat([randomBytes(16), length, message, Buffer.from(this.#receiveId)]);
    const pad = 32 - (text.length % 32);
    const cipher = createCipheriv('aes-256-cbc', this.#key, this.#key.subarray(0, 16)).setAutoPadding(false);
    const sealed = Buffer.concat([cipher.update(text), cipher.update(Buffer.alloc(pad, pad)), cipher.final()]).toString('base64');
    return { sealed, signature: this.sign(timestamp, nonce, sealed) };
  }
}

/** The body of a request, up to a mebibyte. */
export async function bodyOf(request) {
  let body = '';
  for await (const piece of request.setEncoding('utf8')) {
    body += piece;
    if (body.length > 1 << 20) throw new Error('the body is too long');
  }
  return body;
}

"""Opens and seals WeCom's callbacks (doc 90968). Needs the package cryptography."""

import base64
import hashlib
import hmac
import os
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes


class Crypt:
    """The keys of one receiver. receive_id is the corpid for an application, empty for an intelligent robot."""

    def __init__(self, token, encoding_aes_key, receive_id=""):
        self.token, self.receive_id = token, receive_id.encode()
        self.key = base64.b64decode(encoding_aes_key + "=")
        if len(self.key) != 32:
            raise ValueError("the EncodingAESKey has 43 characters of base64")
        self.cipher = Cipher(algorithms.AES(self.key), modes.CBC(self.key[:16]))

    def sign(self, timestamp, nonce, sealed):
        return hashlib.sha1("".join(sorted([self.token, timestamp, nonce, sealed])).encode()).hexdigest()

    def open(self, query, sealed):
        """Checks the signature in the query and returns what was sealed, as bytes."""
        want = self.sign(query.get("timestamp", ""), query.get("nonce", ""), sealed)
        if not hmac.compare_digest(want.encode(), query.get("msg_signature", "").encode()):
            raise ValueError("the signature is wrong")
        decryptor = self.cipher.decryptor()
        text = decryptor.update(base64.b64decode(sealed)) + decryptor.finalize()
        # 16 random bytes, the length, the message, the receive_id, and padding to blocks of 32.
        text = text[: -text[-1]]
        (length,) = struct.unpack(">I", text[16:20])
        message, receiver = text[20 : 20 + length], text[20 + length :]
        if receiver != self.receive_id:
            raise ValueError("it is meant for another receiver")
        return message

    def seal(self, plain, timestamp, nonce):
        """Encrypts an answer, a str, and returns it with its signature."""
        plain = plain.encode()
        text = os.urandom(16) + struct.pack(">I", len(plain)) + plain + self.receive_id
        pad = 32 - len(text) % 32
        encryptor = self.cipher.encryptor()
        sealed = base64.b64encode(encryptor.update(text + bytes([pad]) * pad) + encryptor.finalize()).decode()
        return sealed, self.sign(timestamp, nonce, sealed)

/* The envelope of a message. The key is 64 hexadecimal digits, the message is base64 of 16 bytes of iv and the text
 * behind them in AES-256-CBC, padded by PKCS #7. What comes out must be a JSON object: so a wrong key, which by chance
 * leaves a padding that looks right once in 256 times, is found out all the same. */
#include "qiwei.h"

#include <string.h>

static int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

static int read_key(const char *text, size_t len, unsigned char key[32]) {
    if (len != 64) return 0;
    for (int i = 0; i < 32; i++) {
        int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
        if (high < 0 || low < 0) return 0;
        key[i] = (unsigned char)(high << 4 | low);
    }
    return 1;
}

/* Says what was passed instead of the key. */
static void explain_key(const char *text, size_t len) {
    unsigned char key[32];
    struct text once = {0};
    if (len == 344) {
        say("DecryptData: encrypt_key is encrypt_random_key as it was received: decode it by base64, and decrypt that "
            "by the private key of publickey_ver (RSA, PKCS #1 v1.5)");
    } else if (text_unbase64(&once, text, len) == 0 && read_key(once.at, once.len, key)) {
        say("DecryptData: encrypt_key is encoded by base64 once more: pass what the private key decrypts as it is");
    } else {
        say("DecryptData: encrypt_key has %lu bytes and is no key: was it decrypted by the private key of another "
            "publickey_ver?",
            (unsigned long)len); /* Windows knows no %zu */
    }
    text_free(&once);
}

int envelope_open(const char *key_text, const char *message, struct text *out) {
    unsigned char key[32];
    struct text raw = {0};
    size_t key_len = strlen(key_text);
    if (!read_key(key_text, key_len, key)) {
        explain_key(key_text, key_len);
        return CODE_KEY;
    }
    if (text_unbase64(&raw, message, strlen(message)) != 0 || raw.len < 32 || raw.len % 16 != 0) {
        int code = raw.failed ? CODE_SYSTEM : CODE_DECRYPT;
        say("DecryptData: %s", raw.failed ? "memory is short" : "encrypt_msg is no encrypt_chat_msg, or not all of it");
        text_free(&raw);
        return code;
    }
    unsigned char *body = (unsigned char *)raw.at + 16;
    size_t len = raw.len - 16;
    int code = CODE_OK;
    if (aes256_cbc_decrypt(key, (unsigned char *)raw.at, body, len, body) != 0) {
        code = CODE_SYSTEM;
    } else {
        size_t padding = body[len - 1];
        int good = padding >= 1 && padding <= 16;
        for (size_t i = 1; good && i <= padding; i++) good = body[len - i] == padding;
        if (good) len -= padding;
        if (!good || json_object((char *)body, len, NULL, 0) != 0) code = CODE_DECRYPT;
    }
    memset(key, 0, sizeof key);
    if (code == CODE_OK) {
        /* The text moves to the front of what it was decrypted in, which is handed on. */
        memmove(raw.at, body, len);
        raw.at[len] = 0;
        raw.len = len;
        text_free(out);
        *out = raw;
        return CODE_OK;
    }
    say("DecryptData: %s", code == CODE_SYSTEM ? "memory is short" : "the message does not belong to this key");
    text_free(&raw);
    return code;
}

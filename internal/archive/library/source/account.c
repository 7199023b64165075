/* An enterprise's archive: its token, and its two calls.
 *
 *   GET  /cgi-bin/gettoken?corpid=&corpsecret=
 *   POST /_archive/chatdata?access_token=  {"seq":N,"limit":N}                 answers what GetChatData hands out
 *   POST /_archive/media?access_token=     {"sdkfileid":"…","indexbuf":"…"}    answers a piece of a file
 */
#include "qiwei.h"

#include <stdlib.h>
#include <string.h>

static char *duplicate(const char *word) {
    size_t size = strlen(word) + 1;
    char *copy = malloc(size);
    if (copy != NULL) memcpy(copy, word, size);
    return copy;
}

struct account *account_new(const struct address *a, const char *corpid, const char *secret) {
    struct account *n = calloc(1, sizeof *n);
    if (n == NULL) return NULL;
    n->users = 1;
    n->address = *a;
    n->corpid = duplicate(corpid);
    n->secret = duplicate(secret);
    if (n->corpid == NULL || n->secret == NULL) {
        account_leave(n);
        return NULL;
    }
    return n;
}

struct account *account_share(struct account *a) {
    __atomic_fetch_add(&a->users, 1, __ATOMIC_RELAXED);
    return a;
}

void account_leave(struct account *a) {
    if (a == NULL || __atomic_sub_fetch(&a->users, 1, __ATOMIC_ACQ_REL) > 0) return;
    free(a->corpid);
    free(a->secret);
    free(a);
}

/* Tokens, for all handles of a process: some programs make a handle for every call. An account has one place, which
 * it shares with those of the same hash; whoever comes last has it. A token and whose it is are one value, so that a
 * child after fork never has one without the other. */
enum { TOKENS = 256, LONGEST_TOKEN = 1024 };

struct token {
    char text[LONGEST_TOKEN];
    char key[]; /* whose it is */
};

static struct {
    struct lock lock;
    struct token *kept;
} tokens[TOKENS];

static void write_key(struct text *t, const struct account *a) {
    text_word(t, a->address.tls ? "https" : "http");
    const char *parts[] = {a->address.host, a->address.port, a->address.path, a->corpid, a->secret};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        text_add(t, "\n", 1);
        text_word(t, parts[i]);
    }
}

static uint32_t place(const struct text *key) {
    uint32_t n = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < key->len; i++) n = (n ^ (unsigned char)key->at[i]) * 16777619u;
    return (n ^ n >> 16) % TOKENS;
}

static int token_kept(const struct text *key, char token[LONGEST_TOKEN]) {
    uint32_t i = place(key);
    lock_take(&tokens[i].lock);
    int found = tokens[i].kept != NULL && strcmp(tokens[i].kept->key, key->at) == 0;
    if (found) memcpy(token, tokens[i].kept->text, LONGEST_TOKEN);
    lock_leave(&tokens[i].lock);
    return found;
}

/* Keeps a token, or forgets it where it is NULL. */
static void keep_token(const struct text *key, const char *text) {
    uint32_t i = place(key);
    struct token *now = NULL, *was;
    if (text != NULL && (now = calloc(1, sizeof *now + key->len + 1)) != NULL) {
        memcpy(now->text, text, strlen(text));
        memcpy(now->key, key->at, key->len + 1);
    }
    lock_take(&tokens[i].lock);
    was = tokens[i].kept;
    tokens[i].kept = now;
    lock_leave(&tokens[i].lock);
    free(was);
}

/* What a call needs. */
struct call {
    struct account *account;
    struct route route;
    int64_t deadline;
    struct text key;
    char token[LONGEST_TOKEN];
    struct reply reply;
    long errcode; /* of the last answer, 0 if it had none */
    struct span errmsg;
};

static int begin(struct call *c, struct account *a, const struct pull *p) {
    memset(c, 0, sizeof *c);
    c->account = a;
    c->route.to = a->address;
    c->deadline = port_now() + (p->timeout > 0 ? (int64_t)p->timeout : 30) * 1000;
    if (route_proxy(&c->route, p->proxy, p->passwd) != 0) return CODE_ARGUMENT;
    write_key(&c->key, a);
    return c->key.failed ? CODE_SYSTEM : CODE_OK;
}

static void end(struct call *c) {
    text_free(&c->key);
    reply_free(&c->reply);
    memset(c->token, 0, sizeof c->token);
    memset(&c->route, 0, sizeof c->route);
}

/* Says what an answer without JSON is about. */
static int explain_status(const struct call *c, const char *what) {
    const struct address *a = &c->account->address;
    int status = c->reply.status;
    if (status / 100 == 3) {
        say("%s is answered with a redirection to %s: that may be the address to be set",  what,
            c->reply.location.len > 0 ? c->reply.location.at : "nowhere");
    } else if (status == 404) {
        say("%s is not known at %s port %s: there is another server, or one without an archive", what, a->host,
            a->port);
    } else {
        say("%s is answered with status %d and no JSON", what, status);
    }
    return status == 200 ? CODE_PARSE : CODE_NETWORK;
}

/* Reads errcode and errmsg out of an answer. */
static int read_refusal(struct call *c, const char *what, struct member *more) {
    struct member members[3] = {{"errcode", {0}}, {"errmsg", {0}}, {more != NULL ? more->name : "", {0}}};
    c->errcode = 0;
    if (json_object(c->reply.body.at, c->reply.body.len, members, 3) != 0 || c->reply.status / 100 == 3)
        return explain_status(c, what);
    c->errcode = json_integer(members[0].value);
    c->errmsg = members[1].value;
    if (more != NULL) more->value = members[2].value;
    if (c->errcode == 0 && c->reply.status != 200) return explain_status(c, what);
    return CODE_OK;
}

/* The start of what the server says, for stderr: no more than its own words. */
static void explain_refusal(const struct call *c, const char *what) {
    struct text words = {0};
    json_string(c->errmsg, &words);
    say("%s: errcode %ld, %.300s", what, c->errcode, words.at != NULL ? words.at : "");
    if (c->errcode == 48002)
        say("48002 may mean that the secret is that of another application: the archive has one of its own");
    text_free(&words);
}

/* Finds a token or asks for one. Where the server refuses, it returns 0 and leaves an errcode. */
static int find_token(struct call *c) {
    c->errcode = 0;
    if (token_kept(&c->key, c->token)) return CODE_OK;
    struct text target = {0}, token = {0};
    struct member member = {"access_token", {0}};
    text_word(&target, "/cgi-bin/gettoken?corpid=");
    text_url(&target, c->account->corpid);
    text_word(&target, "&corpsecret=");
    text_url(&target, c->account->secret);
    int code = target.failed ? CODE_SYSTEM : http_call(&c->route, target.at, NULL, c->deadline, &c->reply);
    if (code == CODE_OK) code = read_refusal(c, "/cgi-bin/gettoken", &member);
    if (code == CODE_OK && c->errcode != 0) {
        explain_refusal(c, "/cgi-bin/gettoken");
    } else if (code == CODE_OK) {
        if (json_string(member.value, &token) != 0 || token.failed || token.len == 0 || token.len >= LONGEST_TOKEN) {
            say("/cgi-bin/gettoken: the answer has no access_token");
            code = CODE_PARSE;
        } else {
            memcpy(c->token, token.at, token.len + 1);
            keep_token(&c->key, c->token);
        }
    }
    text_free(&target);
    text_free(&token);
    return code;
}

/* Posts to a call of the archive. A token that has ended is replaced once. Returns a code; where that is 0, the answer
 * is in c->reply, with the server's errcode or without. */
static int post(struct call *c, const char *path, const struct text *body, int json) {
    for (int attempt = 0;; attempt++) {
        struct text target = {0};
        int code = find_token(c);
        if (code != CODE_OK || c->errcode != 0) return code;
        text_word(&target, path);
        text_word(&target, "?access_token=");
        text_url(&target, c->token);
        code = target.failed ? CODE_SYSTEM : http_call(&c->route, target.at, body, c->deadline, &c->reply);
        text_free(&target);
        if (code != CODE_OK) return code;
        c->errcode = 0;
        if (json || c->reply.status != 200 || c->reply.finish < 0) {
            code = read_refusal(c, path, NULL);
            if (code != CODE_OK) return code;
        }
        if ((c->errcode != 40014 && c->errcode != 42001) || attempt > 0) break;
        keep_token(&c->key, NULL);
    }
    if (c->errcode != 0) explain_refusal(c, path);
    return CODE_OK;
}

/* The codes that the library has for the server's. Where it has none, the caller is handed the server's own. */
static int own_code(long errcode) {
    if (errcode >= 10000 && errcode <= 10011) return (int)errcode;
    return CODE_OK;
}

static int media_code(long errcode) {
    switch (errcode) {
    case 40007: return CODE_FILEID;
    case 301042: return CODE_ADDRESS;
    case 301048: return CODE_EXPIRED;
    case 45009:
    case -1: return CODE_NETWORK;
    default: return own_code(errcode) != 0 ? own_code(errcode) : CODE_SYSTEM;
    }
}

int account_chatdata(struct account *a, const struct pull *p, uint64_t seq, uint32_t limit, struct text *out) {
    struct call c;
    struct text body = {0};
    int code = begin(&c, a, p);
    text_word(&body, "{\"seq\":");
    text_number(&body, seq);
    text_word(&body, ",\"limit\":");
    text_number(&body, limit);
    text_word(&body, "}");
    if (code == CODE_OK && body.failed) code = CODE_SYSTEM;
    if (code == CODE_OK) code = post(&c, "/_archive/chatdata", &body, 1);
    if (code == CODE_OK && c.errcode != 0) code = own_code(c.errcode);
    if (code == CODE_OK && c.errcode == 0) {
        *out = c.reply.body; /* as it is, and not copied */
        memset(&c.reply.body, 0, sizeof c.reply.body);
    } else if (code == CODE_OK) {
        text_word(out, "{\"errcode\":");
        if (c.errcode < 0) text_word(out, "-");
        text_number(out, (unsigned long long)(c.errcode < 0 ? -c.errcode : c.errcode));
        text_word(out, ",\"errmsg\":");
        if (c.errmsg.at != NULL && *c.errmsg.at == '"') text_add(out, c.errmsg.at, c.errmsg.len);
        else text_word(out, "\"\"");
        text_word(out, ",\"chatdata\":[]}");
        if (out->failed) code = CODE_SYSTEM;
    }
    text_free(&body);
    end(&c);
    return code;
}

int account_media(struct account *a, const struct pull *p, const char *index, const char *fileid, struct text *data,
                  struct text *next, int *finish) {
    struct call c;
    struct text body = {0};
    int code = begin(&c, a, p);
    text_word(&body, "{\"sdkfileid\":");
    text_json(&body, fileid);
    text_word(&body, ",\"indexbuf\":");
    text_json(&body, index);
    text_word(&body, "}");
    if (code == CODE_OK && body.failed) code = CODE_SYSTEM;
    if (code == CODE_OK) code = post(&c, "/_archive/media", &body, 0);
    if (code == CODE_OK && c.errcode != 0) code = media_code(c.errcode);
    if (code == CODE_OK && (c.reply.finish < 0 || c.reply.next.failed || (!c.reply.finish && c.reply.next.len == 0))) {
        say("/_archive/media: the answer says neither that it is the last piece nor where the next one begins");
        code = CODE_PARSE;
    }
    if (code == CODE_OK) {
        /* Neither is NULL where it is empty: programs take it for a string. */
        text_add(&c.reply.body, "", 0);
        text_add(&c.reply.next, "", 0);
        *data = c.reply.body;
        *next = c.reply.next;
        *finish = c.reply.finish;
        memset(&c.reply.body, 0, sizeof c.reply.body);
        memset(&c.reply.next, 0, sizeof c.reply.next);
    }
    text_free(&body);
    end(&c);
    return code;
}

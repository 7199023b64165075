/* The 17 functions of C. */
#include "qiwei.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* A slot begins with what clients see. What they may have written there is never trusted: the library's own buffers
 * stand behind it. */
struct WeWorkFinanceSdk_t {
    struct slot slot;
    struct lock lock;
    struct account *account;
};

struct slice {
    Slice_t seen;
    struct slot slot;
    char *own;
};

struct media {
    MediaData_t seen;
    struct slot slot;
    char *own_index, *own_data;
};

static struct pool sdks = {.size = sizeof(struct WeWorkFinanceSdk_t)};
static struct pool slices = {.size = sizeof(struct slice)};
static struct pool medias = {.size = sizeof(struct media)};

/* The argument as one of the pool's, or NULL. */
static WeWorkFinanceSdk_t *as_sdk(WeWorkFinanceSdk_t *h) { return pool_owns(&sdks, h) ? h : NULL; }
static struct slice *as_slice(Slice_t *h) { return pool_owns(&slices, h) ? (struct slice *)(void *)h : NULL; }
static struct media *as_media(MediaData_t *h) { return pool_owns(&medias, h) ? (struct media *)(void *)h : NULL; }

static const char *or_empty(const char *word) { return word != NULL ? word : ""; }

static int wrong(const char *function, const char *why) {
    say("%s: %s", function, why);
    return CODE_ARGUMENT;
}

WeWorkFinanceSdk_t *NewSdk(void) { return pool_take(&sdks, offsetof(struct WeWorkFinanceSdk_t, slot)); }

static void finish_sdk(WeWorkFinanceSdk_t *s) {
    account_leave(s->account);
    s->account = NULL;
    slot_free(&sdks, &s->slot);
}

static void leave_sdk(WeWorkFinanceSdk_t *s) {
    if (slot_leave(&s->slot)) finish_sdk(s);
}

int Init(WeWorkFinanceSdk_t *sdk, const char *corpid, const char *secret) {
    struct address address;
    struct text url = {0};
    WeWorkFinanceSdk_t *s = as_sdk(sdk);
    if (s == NULL || !slot_enter(&s->slot, 0)) return wrong("Init", "sdk is not from NewSdk, or was destroyed");
    int code = CODE_OK;
    if (or_empty(corpid)[0] == 0 || or_empty(secret)[0] == 0) code = wrong("Init", "corpid or secret is empty");
    else if (address_find(&url) != 0 || url.failed || address_parse(url.at, &address) != 0) code = CODE_ARGUMENT;
    text_free(&url);
    if (code == CODE_OK) {
        struct account *now = account_new(&address, corpid, secret), *was;
        if (now == NULL) {
            code = CODE_SYSTEM;
        } else {
            lock_take(&s->lock);
            was = s->account;
            s->account = now;
            lock_leave(&s->lock);
            account_leave(was);
        }
    }
    leave_sdk(s);
    return code;
}

void DestroySdk(WeWorkFinanceSdk_t *sdk) {
    WeWorkFinanceSdk_t *s = as_sdk(sdk);
    if (s != NULL && slot_doom(&s->slot)) finish_sdk(s);
}

/* The account of a handle that is in use, to be given to account_leave; or NULL. */
static struct account *account_of(WeWorkFinanceSdk_t *s) {
    lock_take(&s->lock);
    struct account *a = s->account != NULL ? account_share(s->account) : NULL;
    lock_leave(&s->lock);
    return a;
}

Slice_t *NewSlice(void) { return pool_take(&slices, offsetof(struct slice, slot)); }

/* Puts text into a slice, or empties it. The slice has the text's memory from then on. */
static int fill(struct slice *s, struct text *t) {
    if (t->len > INT_MAX) {
        text_free(t);
        return CODE_PARSE;
    }
    free(s->own);
    s->own = t->at;
    s->seen.buf = t->at;
    s->seen.len = (int)t->len;
    memset(t, 0, sizeof *t);
    return CODE_OK;
}

static void finish_slice(struct slice *s) {
    struct text none = {0};
    fill(s, &none);
    slot_free(&slices, &s->slot);
}

static void leave_slice(struct slice *s) {
    if (slot_leave(&s->slot)) finish_slice(s);
}

void FreeSlice(Slice_t *slice) {
    struct slice *s = as_slice(slice);
    if (s != NULL && slot_doom(&s->slot)) finish_slice(s);
}

int GetChatData(WeWorkFinanceSdk_t *sdk, unsigned long long seq, unsigned int limit, const char *proxy,
                const char *passwd, int timeout, Slice_t *chatDatas) {
    struct pull p = {or_empty(proxy), or_empty(passwd), timeout};
    struct text out = {0};
    WeWorkFinanceSdk_t *s = as_sdk(sdk);
    struct slice *to = as_slice(chatDatas);
    if (to == NULL || !slot_enter(&to->slot, 1))
        return wrong("GetChatData", "chatDatas is not from NewSlice, was freed, or is in use by another thread");
    int code = CODE_OK;
    fill(to, &out); /* what was in it is no answer to this call */
    if (limit < 1 || limit > 1000) {
        code = wrong("GetChatData", "limit is not from 1 to 1000");
    } else if (s == NULL || !slot_enter(&s->slot, 0)) {
        code = wrong("GetChatData", "sdk is not from NewSdk, or was destroyed");
    } else {
        struct account *a = account_of(s);
        code = a != NULL ? account_chatdata(a, &p, seq, limit, &out) : wrong("GetChatData", "Init has not succeeded");
        account_leave(a);
        leave_sdk(s);
    }
    if (code == CODE_OK) code = fill(to, &out);
    text_free(&out);
    leave_slice(to);
    return code;
}

int DecryptData(const char *encrypt_key, const char *encrypt_msg, Slice_t *msg) {
    struct text out = {0};
    struct slice *to = as_slice(msg);
    if (to == NULL || !slot_enter(&to->slot, 1))
        return wrong("DecryptData", "msg is not from NewSlice, was freed, or is in use by another thread");
    /* The arguments may lie in the slice itself, so that is emptied last. */
    int code = encrypt_key == NULL || encrypt_msg == NULL
                   ? wrong("DecryptData", "encrypt_key or encrypt_msg is NULL")
                   : envelope_open(encrypt_key, encrypt_msg, &out);
    int filled = fill(to, &out);
    leave_slice(to);
    return code != CODE_OK ? code : filled;
}

char *GetContentFromSlice(Slice_t *slice) {
    struct slice *s = as_slice(slice);
    return s != NULL && slot_live(&s->slot) ? s->own : NULL;
}

int GetSliceLen(Slice_t *slice) {
    struct slice *s = as_slice(slice);
    return s != NULL && slot_live(&s->slot) ? s->seen.len : 0;
}

MediaData_t *NewMediaData(void) { return pool_take(&medias, offsetof(struct media, slot)); }

static int fill_media(struct media *m, struct text *data, struct text *next, int finish) {
    if (data->len > INT_MAX || next->len > INT_MAX) {
        text_free(data);
        text_free(next);
        return CODE_PARSE;
    }
    free(m->own_index);
    free(m->own_data);
    m->own_index = next->at;
    m->own_data = data->at;
    m->seen = (MediaData_t){next->at, (int)next->len, data->at, (int)data->len, finish};
    memset(data, 0, sizeof *data);
    memset(next, 0, sizeof *next);
    return CODE_OK;
}

/* Leaves the index alone. */
static void forget_data(struct media *m) {
    free(m->own_data);
    m->own_data = NULL;
    m->seen.data = NULL;
    m->seen.data_len = 0;
    m->seen.is_finish = 0;
}

static void finish_media(struct media *m) {
    struct text data = {0}, next = {0};
    fill_media(m, &data, &next, 0);
    slot_free(&medias, &m->slot);
}

static void leave_media(struct media *m) {
    if (slot_leave(&m->slot)) finish_media(m);
}

void FreeMediaData(MediaData_t *media_data) {
    struct media *m = as_media(media_data);
    if (m != NULL && slot_doom(&m->slot)) finish_media(m);
}

int GetMediaData(WeWorkFinanceSdk_t *sdk, const char *indexbuf, const char *sdkFileid, const char *proxy,
                 const char *passwd, int timeout, MediaData_t *media_data) {
    struct pull p = {or_empty(proxy), or_empty(passwd), timeout};
    struct text data = {0}, next = {0};
    int finish = 0;
    WeWorkFinanceSdk_t *s = as_sdk(sdk);
    struct media *to = as_media(media_data);
    if (to == NULL || !slot_enter(&to->slot, 1))
        return wrong("GetMediaData", "media_data is not from NewMediaData, was freed, or is in use by another thread");
    int code;
    if (or_empty(sdkFileid)[0] == 0) {
        code = wrong("GetMediaData", "sdkFileid is empty; it stands behind indexbuf");
    } else if (s == NULL || !slot_enter(&s->slot, 0)) {
        code = wrong("GetMediaData", "sdk is not from NewSdk, or was destroyed");
    } else {
        struct account *a = account_of(s);
        code = a != NULL ? account_media(a, &p, or_empty(indexbuf), sdkFileid, &data, &next, &finish)
                         : wrong("GetMediaData", "Init has not succeeded");
        account_leave(a);
        leave_sdk(s);
    }
    /* Not before: clients pass the outindexbuf of the same media_data as indexbuf, and at fault ask again with it. */
    if (code == CODE_OK) code = fill_media(to, &data, &next, finish);
    else forget_data(to);
    text_free(&data);
    text_free(&next);
    leave_media(to);
    return code;
}

char *GetOutIndexBuf(MediaData_t *media_data) {
    struct media *m = as_media(media_data);
    return m != NULL && slot_live(&m->slot) ? m->own_index : NULL;
}

char *GetData(MediaData_t *media_data) {
    struct media *m = as_media(media_data);
    return m != NULL && slot_live(&m->slot) ? m->own_data : NULL;
}

int GetIndexLen(MediaData_t *media_data) {
    struct media *m = as_media(media_data);
    return m != NULL && slot_live(&m->slot) ? m->seen.out_len : 0;
}

int GetDataLen(MediaData_t *media_data) {
    struct media *m = as_media(media_data);
    return m != NULL && slot_live(&m->slot) ? m->seen.data_len : 0;
}

int IsMediaDataFinish(MediaData_t *media_data) {
    struct media *m = as_media(media_data);
    return m != NULL && slot_live(&m->slot) ? m->seen.is_finish : 0;
}

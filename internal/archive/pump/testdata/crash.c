/* A library that crashes at the second pull, and talks on stdout, as the vendor's has been seen to do. */
#include <stdio.h>
#include <stdlib.h>
#include "WeWorkFinanceSdk_C.h"

static int pulls;

WeWorkFinanceSdk_t *NewSdk(void) { puts("hello"); return malloc(1); }
int Init(WeWorkFinanceSdk_t *sdk, const char *corpid, const char *secret) { (void)sdk; (void)corpid; return secret[0] == 'x' ? 10003 : 0; }
int GetChatData(WeWorkFinanceSdk_t *sdk, unsigned long long seq, unsigned int limit, const char *proxy, const char *passwd, int timeout, Slice_t *slice) {
    (void)sdk; (void)seq; (void)limit; (void)proxy; (void)passwd; (void)timeout;
    if (pulls++ == 1) abort();
    slice->buf = "{\"errcode\":0,\"chatdata\":[]}";
    slice->len = 27;
    return 0;
}
int DecryptData(const char *key, const char *msg, Slice_t *out) { (void)key; (void)msg; (void)out; return 10006; }
int GetMediaData(WeWorkFinanceSdk_t *sdk, const char *index, const char *id, const char *proxy, const char *passwd, int timeout, MediaData_t *out) {
    (void)sdk; (void)index; (void)id; (void)proxy; (void)passwd; (void)timeout; (void)out;
    return 10010;
}
void DestroySdk(WeWorkFinanceSdk_t *sdk) { free(sdk); }
Slice_t *NewSlice(void) { return calloc(1, sizeof(Slice_t)); }
void FreeSlice(Slice_t *slice) { free(slice); }
char *GetContentFromSlice(Slice_t *slice) { return slice->buf; }
int GetSliceLen(Slice_t *slice) { return slice->len; }
MediaData_t *NewMediaData(void) { return calloc(1, sizeof(MediaData_t)); }
void FreeMediaData(MediaData_t *data) { free(data); }
char *GetOutIndexBuf(MediaData_t *data) { return data->outindexbuf; }
char *GetData(MediaData_t *data) { return data->data; }
int GetIndexLen(MediaData_t *data) { return data->out_len; }
int GetDataLen(MediaData_t *data) { return data->data_len; }
int IsMediaDataFinish(MediaData_t *data) { return data->is_finish; }

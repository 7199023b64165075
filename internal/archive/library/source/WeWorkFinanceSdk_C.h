/* The functions of WeCom's chat archive library (会话内容存档, doc 91774), as qiwei's own library has them.
 *
 * A program that was written for WeCom's library keeps its code. Where the server is comes from the environment
 * variable QIWEI_URL, or from a file qiwei.url beside the library. */
#ifndef WEWORK_FINANCE_SDK_C_H
#define WEWORK_FINANCE_SDK_C_H

#if defined(_WIN32)
#define WEWORK_FINANCE_EXPORT __declspec(dllexport)
#else
#define WEWORK_FINANCE_EXPORT __attribute__((visibility("default")))
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* An enterprise's archive, opened with its secret. Several threads may use one. */
typedef struct WeWorkFinanceSdk_t WeWorkFinanceSdk_t;

/* Text that the library answers with: len bytes, and a NUL behind them. */
typedef struct Slice_t {
    char *buf;
    int len;
} Slice_t;

/* A piece of a file, and where the next one begins. */
typedef struct MediaData {
    char *outindexbuf;
    int out_len;
    char *data;
    int data_len;
    int is_finish;
} MediaData_t;

/* All functions that return an int, the getters aside, return 0 or one of these:
 *   10000  an argument is wrong: NULL, a handle that was freed, a limit that is not 1 to 1000, no address of a server
 *   10001  the network or the server failed, or the time was over: try again
 *   10002  the server's answer cannot be read
 *   10003  the server refused, or this machine has no library for TLS
 *   10005  there is no such file
 *   10006  the message cannot be decrypted with this key
 *   10008  the key is none: it must be decrypted by the private key of publickey_ver first
 *   10009  this machine's address is not among the trusted ones
 *   10010  the data is older than the archive hands out
 *   10011  the server's certificate is not trusted
 * With QIWEI_DEBUG=1 in the environment, each failure is explained on stderr. */

/* Returns a handle to be given to DestroySdk, or NULL where memory is short. */
WEWORK_FINANCE_EXPORT WeWorkFinanceSdk_t *NewSdk(void);

/* Says whose archive it is. It asks nobody: what is wrong with the secret, GetChatData says. */
WEWORK_FINANCE_EXPORT int Init(WeWorkFinanceSdk_t *sdk, const char *corpid, const char *secret);

/* Writes JSON into chatDatas: {"errcode":0,"errmsg":"ok","chatdata":[...]}, with at most limit (1 to 1000) messages
 * whose seq is greater than the given one, in their order. A refusal by the server is a 0 with an errcode in the JSON.
 * proxy is "", http://host:port or socks5://host:port, passwd "" or user:password, timeout in seconds for the whole
 * call (30 if it is not positive). */
WEWORK_FINANCE_EXPORT int GetChatData(WeWorkFinanceSdk_t *sdk, unsigned long long seq, unsigned int limit,
                                      const char *proxy, const char *passwd, int timeout, Slice_t *chatDatas);

/* Decrypts encrypt_chat_msg. encrypt_key is encrypt_random_key after base64 and after the private key (PKCS #1 1.5). */
WEWORK_FINANCE_EXPORT int DecryptData(const char *encrypt_key, const char *encrypt_msg, Slice_t *msg);

/* Reads the next piece of a file, 512 KiB at most. indexbuf is "" for the first, and then the outindexbuf of the piece
 * before. A piece that failed can be asked for again. */
WEWORK_FINANCE_EXPORT int GetMediaData(WeWorkFinanceSdk_t *sdk, const char *indexbuf, const char *sdkFileid,
                                       const char *proxy, const char *passwd, int timeout, MediaData_t *media_data);

WEWORK_FINANCE_EXPORT void DestroySdk(WeWorkFinanceSdk_t *sdk);

WEWORK_FINANCE_EXPORT Slice_t *NewSlice(void);
WEWORK_FINANCE_EXPORT void FreeSlice(Slice_t *slice);
WEWORK_FINANCE_EXPORT char *GetContentFromSlice(Slice_t *slice);
WEWORK_FINANCE_EXPORT int GetSliceLen(Slice_t *slice);

WEWORK_FINANCE_EXPORT MediaData_t *NewMediaData(void);
WEWORK_FINANCE_EXPORT void FreeMediaData(MediaData_t *media_data);
WEWORK_FINANCE_EXPORT char *GetOutIndexBuf(MediaData_t *media_data);
WEWORK_FINANCE_EXPORT char *GetData(MediaData_t *media_data);
WEWORK_FINANCE_EXPORT int GetIndexLen(MediaData_t *media_data);
WEWORK_FINANCE_EXPORT int GetDataLen(MediaData_t *media_data);
WEWORK_FINANCE_EXPORT int IsMediaDataFinish(MediaData_t *media_data);

#ifdef __cplusplus
}
#endif

#endif

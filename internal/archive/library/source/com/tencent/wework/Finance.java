package com.tencent.wework;

/**
 * WeCom's chat archive library (会话内容存档, doc 91774) in Java, as qiwei's own library has it. The package and the
 * names are WeCom's: the library finds its functions by them.
 *
 * <p>Handles are numbers. A call that returns an int returns 0 or a code that WeWorkFinanceSdk_C.h lists.
 */
public final class Finance {
    static {
        System.loadLibrary("WeWorkFinanceSdk_Java");
    }

    private Finance() {}

    public static native long NewSdk();

    public static native int Init(long sdk, String corpid, String secret);

    /** The JSON of at most limit (1 to 1000) messages behind seq, in chatData. timeout is in seconds. */
    public static native int GetChatData(
            long sdk, long seq, long limit, String proxy, String passwd, long timeout, long chatData);

    /** The next piece of a file in mediaData: indexbuf is "" at first, and then what GetOutIndexBuf returned. */
    public static native int GetMediaData(
            long sdk, String indexbuf, String sdkField, String proxy, String passwd, long timeout, long mediaData);

    /** encrypt_chat_msg in msg, decrypted. encryptKey is encrypt_random_key after the private key. */
    public static native int DecryptData(long sdk, String encryptKey, String encryptMsg, long msg);

    public static native void DestroySdk(long sdk);

    public static native long NewSlice();

    public static native void FreeSlice(long slice);

    public static native String GetContentFromSlice(long slice);

    public static native int GetSliceLen(long slice);

    public static native long NewMediaData();

    public static native void FreeMediaData(long mediaData);

    public static native String GetOutIndexBuf(long mediaData);

    public static native byte[] GetData(long mediaData);

    public static native int GetIndexLen(long mediaData);

    public static native int GetDataLen(long mediaData);

    public static native int IsMediaDataFinish(long mediaData);
}

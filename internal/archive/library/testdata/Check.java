import com.tencent.wework.Finance;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/** What a program in Java does with the library: pulls everything, decrypts it, reads a file, and makes mistakes. */
public final class Check {
    private static void check(boolean good, String what) {
        if (!good) throw new AssertionError(what);
    }

    public static void main(String[] args) throws Exception {
        String corp = args[0], secret = args[1], key = args[2], file = args[3];
        System.setOut(new java.io.PrintStream(System.out, true, StandardCharsets.UTF_8));
        long sdk = Finance.NewSdk(), slice = Finance.NewSlice(), media = Finance.NewMediaData();
        check(Finance.Init(sdk, corp, secret) == 0, "Init");
        for (long seq = 0; ; ) {
            int code = Finance.GetChatData(sdk, seq, 1000, null, "", 10, slice);
            check(code == 0, "GetChatData " + code);
            String json = Finance.GetContentFromSlice(slice);
            check(json.getBytes(StandardCharsets.UTF_8).length == Finance.GetSliceLen(slice), "GetSliceLen");
            String[] parts = json.split("\"encrypt_chat_msg\":\"");
            if (parts.length == 1) break;
            for (int i = 1; i < parts.length; i++, seq++) {
                long msg = Finance.NewSlice();
                code = Finance.DecryptData(sdk, key, parts[i].substring(0, parts[i].indexOf('"')), msg);
                check(code == 0, "DecryptData " + code);
                if (seq < 3) System.out.println(Finance.GetContentFromSlice(msg));
                Finance.FreeSlice(msg);
            }
            System.out.println(seq);
        }
        MessageDigest sum = MessageDigest.getInstance("SHA-256");
        for (String index = ""; ; index = Finance.GetOutIndexBuf(media)) {
            int code = Finance.GetMediaData(sdk, index, file, "", null, 10, media);
            check(code == 0, "GetMediaData " + code);
            byte[] data = Finance.GetData(media);
            check(data.length == Finance.GetDataLen(media), "GetDataLen");
            check(Finance.GetIndexLen(media) == Finance.GetOutIndexBuf(media).length(), "GetIndexLen");
            sum.update(data);
            if (Finance.IsMediaDataFinish(media) == 1) break;
        }
        System.out.println(HexFormat.of().formatHex(sum.digest()));
        mistakes(sdk, slice, media);
        System.out.println("ok");
    }

    private static void mistakes(long sdk, long slice, long media) {
        check(Finance.GetChatData(sdk, 0, 1001, "", "", 1, slice) == 10000, "limit");
        check(Finance.GetChatData(sdk, 0, (1L << 32) + 5, "", "", 1, slice) == 10000, "a limit beyond an int");
        check(Finance.GetChatData(sdk, 0, -1, "", "", 1, slice) == 10000, "a limit below 0");
        check(Finance.GetChatData(0, 0, 1, "", "", 1, slice) == 10000, "no sdk");
        check(Finance.GetChatData(sdk, 0, 1, "", "", 1, media) == 10000, "another kind");
        check(Finance.Init(sdk, "a\0b", "c") == 10000, "a NUL in a name");
        check(Finance.Init(sdk, null, "c") == 10000, "null");
        check(Finance.DecryptData(0, null, null, slice) == 10008, "no key");
        for (int i = 0; i < 2; i++) {
            Finance.FreeSlice(slice);
            Finance.FreeMediaData(media);
            Finance.DestroySdk(sdk);
        }
        check(Finance.GetChatData(sdk, 0, 1, "", "", 1, slice) == 10000, "after the end");
        check(Finance.GetContentFromSlice(slice) == null, "the content of a slice that was freed");
        check(Finance.GetData(media).length == 0 && Finance.GetOutIndexBuf(1234567).isEmpty(), "media data that are none");
    }
}

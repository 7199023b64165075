import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import me.chanjar.weixin.common.error.WxErrorException;
import me.chanjar.weixin.cp.bean.WxCpTpPermanentCodeInfo;
import me.chanjar.weixin.cp.bean.message.WxCpTpXmlMessage;
import me.chanjar.weixin.cp.config.impl.WxCpTpDefaultConfigImpl;
import me.chanjar.weixin.cp.tp.service.WxCpTpService;
import me.chanjar.weixin.cp.tp.service.impl.WxCpTpServiceImpl;
import me.chanjar.weixin.cp.util.crypto.WxCpTpCryptUtil;

/** A provider's server made of WxJava's WxCpTp classes, from the first ticket to the removal of its application. */
class WxJavaProviderTest {
  private final BlockingQueue<WxCpTpXmlMessage> commands = new LinkedBlockingQueue<>();
  private String baseUrl, suiteId, corpId;

  @Test
  void aThirdPartyApplicationFromItsTicketToItsRemoval() throws Exception {
    String program = System.getenv("QIWEI_BIN"), credentials = System.getenv("QIWEI_CREDENTIALS");
    Assumptions.assumeTrue(program != null && credentials != null, "QIWEI_BIN and QIWEI_CREDENTIALS name a running server");
    JsonObject file = JsonParser.parseString(Files.readString(Path.of(credentials))).getAsJsonObject();
    baseUrl = file.get("base_url").getAsString().replaceAll("/+$", "");
    JsonObject provider = file.getAsJsonArray("providers").get(0).getAsJsonObject();
    JsonObject suite = provider.getAsJsonArray("suites").get(0).getAsJsonObject();
    corpId = file.getAsJsonArray("corps").get(1).getAsJsonObject().get("corpid").getAsString(); // has none of it
    suiteId = suite.get("suite_id").getAsString();

    WxCpTpDefaultConfigImpl config = new WxCpTpDefaultConfigImpl();
    config.setBaseApiUrl(baseUrl);
    config.setCorpId(provider.get("corpid").getAsString());
    config.setProviderSecret(provider.get("provider_secret").getAsString());
    config.setSuiteId(suiteId);
    config.setSuiteSecret(suite.get("suite_secret").getAsString());
    config.setToken(suite.get("token").getAsString());
    config.setAesKey(suite.get("encoding_aes_key").getAsString());
    WxCpTpService service = new WxCpTpServiceImpl();
    service.setWxCpTpConfigStorage(config);

    HttpServer receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext("/command", exchange -> {
      Map<String, String> q = new HashMap<>();
      for (String pair : exchange.getRequestURI().getRawQuery().split("&")) {
        String[] kv = pair.split("=", 2);
        q.put(kv[0], URLDecoder.decode(kv[1], StandardCharsets.UTF_8));
      }
      byte[] answer;
      if (exchange.getRequestMethod().equals("GET")) {
        answer = new WxCpTpCryptUtil(config).decrypt(q.get("echostr")).getBytes(StandardCharsets.UTF_8);
      } else {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        commands.add(WxCpTpXmlMessage.fromEncryptedXml(body, config, q.get("timestamp"), q.get("nonce"), q.get("msg_signature")));
        answer = "success".getBytes(StandardCharsets.UTF_8);
      }
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    receiver.start();
    try {
      run(program, "suite", "callback", "--data", Path.of(credentials).getParent().toString(), "--suite-id", suiteId,
          "--command-url", "http://127.0.0.1:" + receiver.getAddress().getPort() + "/command");
      config.updateSuiteTicket(next("suite_ticket").getSuiteTicket(), 1800);
      walk(service);
    } finally {
      receiver.stop(0);
    }
  }

  private void walk(WxCpTpService service) throws Exception {
    assertFalse(service.getSuiteAccessToken().isEmpty());
    assertFalse(service.getWxCpProviderToken().isEmpty());
    assertTrue(service.getPreAuthUrl("https://provider.example/done", "abc").contains("pre_auth_code="));

    JsonObject installed = script("install", "{\"suite_id\":\"%s\",\"corpid\":\"%s\",\"state\":\"abc\"}");
    WxCpTpXmlMessage created = next("create_auth");
    assertEquals(installed.get("auth_code").getAsString(), created.getAuthCode());
    WxCpTpPermanentCodeInfo code = service.getPermanentCodeInfo(created.getAuthCode());
    String open = code.getAuthCorpInfo().getCorpId();
    assertTrue(open.startsWith("wp"), open);
    assertEquals("abc", code.getState());
    assertTrue(code.getAuthUserInfo().getUserId().startsWith("wo"), code.getAuthUserInfo().getUserId());
    assertEquals(open, service.corpId2OpenCorpId(corpId).getOpenCorpId());
    int agent = code.getAuthInfo().getAgents().get(0).getAgentId();
    assertEquals(1, service.getAdminList(open, agent).getAdmin().size());
    String token = service.getCorpToken(open, code.getPermanentCode()).getAccessToken();
    assertEquals(code.getAccessToken(), token);
    assertEquals(open, service.getAuthInfo(open, code.getPermanentCode()).getAuthCorpInfo().getCorpId());
    assertEquals(40078, assertThrows(WxErrorException.class, () -> service.getPermanentCodeInfo(created.getAuthCode())).getError().getErrorCode());

    script("change", "{\"suite_id\":\"%s\",\"corpid\":\"%s\",\"range\":{\"departments\":[2]}}");
    assertEquals(open, next("change_auth").getAuthCorpId());
    assertEquals("2", service.getAuthInfo(open, code.getPermanentCode()).getAuthInfo().getAgents().get(0).getPrivilege().getAllowParties().get(0).toString());

    script("reset", "{\"suite_id\":\"%s\",\"corpid\":\"%s\"}");
    String fresh = service.getPermanentCodeInfo(next("reset_permanent_code").getAuthCode()).getPermanentCode();
    assertNotEquals(code.getPermanentCode(), fresh);
    assertEquals(40084, assertThrows(WxErrorException.class, () -> service.getAuthInfo(open, code.getPermanentCode())).getError().getErrorCode());

    script("cancel", "{\"suite_id\":\"%s\",\"corpid\":\"%s\"}");
    assertEquals(open, next("cancel_auth").getAuthCorpId());
    assertEquals(40084, assertThrows(WxErrorException.class, () -> service.getAuthInfo(open, fresh)).getError().getErrorCode());
  }

  /** Returns the next command, which must be of the type. Tickets in between are left out. */
  private WxCpTpXmlMessage next(String type) throws InterruptedException {
    for (;;) {
      WxCpTpXmlMessage m = commands.poll(60, TimeUnit.SECONDS);
      assertNotNull(m, type + " was not pushed");
      if (m.getInfoType().equals(type)) {
        return m;
      }
      assertEquals("suite_ticket", m.getInfoType());
    }
  }

  private JsonObject script(String name, String body) throws Exception {
    var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(baseUrl + "/_qiwei/providers/" + name))
        .POST(BodyPublishers.ofString(body.formatted(suiteId, corpId))).build(), BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), answer.body());
    return JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  private static void run(String... command) throws Exception {
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String said = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), said);
  }
}

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.CookieManager;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

import me.chanjar.weixin.common.error.WxErrorException;
import me.chanjar.weixin.cp.bean.WxCpTpPermanentCodeInfo;
import me.chanjar.weixin.cp.bean.WxCpTpUserInfo;
import me.chanjar.weixin.cp.bean.message.WxCpTpXmlMessage;
import me.chanjar.weixin.cp.config.impl.WxCpTpDefaultConfigImpl;
import me.chanjar.weixin.cp.tp.service.WxCpTpService;
import me.chanjar.weixin.cp.tp.service.impl.WxCpTpServiceImpl;
import me.chanjar.weixin.cp.util.crypto.WxCpTpCryptUtil;

/** A provider's server made of WxJava's WxCpTp classes, from the first ticket to the removal of its application. */
class WxJavaProviderTest {
  private final BlockingQueue<WxCpTpXmlMessage> commands = new LinkedBlockingQueue<>();
  private String baseUrl, suiteId, corpId, admin;

  @Test
  void aThirdPartyApplicationFromItsTicketToItsRemoval() throws Exception {
    String program = System.getenv("QIWEI_BIN"), credentials = System.getenv("QIWEI_CREDENTIALS");
    Assumptions.assumeTrue(program != null && credentials != null, "QIWEI_BIN and QIWEI_CREDENTIALS name a running server");
    JsonObject file = JsonParser.parseString(Files.readString(Path.of(credentials))).getAsJsonObject();
    baseUrl = file.get("base_url").getAsString().replaceAll("/+$", "");
    JsonObject provider = file.getAsJsonArray("providers").get(0).getAsJsonObject();
    JsonObject suite = provider.getAsJsonArray("suites").get(0).getAsJsonObject();
    corpId = file.getAsJsonArray("corps").get(1).getAsJsonObject().get("corpid").getAsString(); // has none of it
    admin = file.getAsJsonArray("corps").get(1).getAsJsonObject().getAsJsonObject("admin").get("userid").getAsString();
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
    pages(service);

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

  /** Installs the suite through its page, from the link that WxJava makes, signs a member in by the suite, and removes it. */
  private void pages(WxCpTpService service) throws Exception {
    String host = URI.create(baseUrl).getAuthority(); // the demo's domain of everything
    String link = service.getPreAuthUrl("http://" + host + "/done", "abc");
    assertTrue(link.startsWith("https://open.work.weixin.qq.com/3rdapp/install?"), link);
    HttpClient browser = HttpClient.newBuilder().cookieHandler(new CookieManager()).followRedirects(HttpClient.Redirect.NEVER).build();
    post(browser, baseUrl + "/_qiwei/sign-in", "corpid=" + corpId + "&userid=" + admin, 204);
    var entered = browser.send(HttpRequest.newBuilder(URI.create(link.replace("https://open.work.weixin.qq.com", baseUrl)))
        .header("Referer", "http://" + host + "/shop").build(), BodyHandlers.ofString());
    URI page = URI.create(baseUrl).resolve(entered.headers().firstValue("Location").orElseThrow(() -> new AssertionError(entered.body())));
    String html = browser.send(HttpRequest.newBuilder(page).build(), BodyHandlers.ofString()).body();
    var done = post(browser, page.toString(), "form=" + URLEncoder.encode(find(html, "name=\"form\" value=\"([^\"]*)\""), StandardCharsets.UTF_8) + "&range=all&decision=confirm", 303);
    String back = done.headers().firstValue("Location").get();
    assertEquals("abc", find(back, "[?&]state=([^&]*)"));
    WxCpTpPermanentCodeInfo code = service.getPermanentCodeInfo(find(back, "[?&]auth_code=([^&]*)"));
    String open = code.getAuthCorpInfo().getCorpId();

    var member = browser.send(HttpRequest.newBuilder(URI.create(baseUrl + "/connect/oauth2/authorize?appid=" + suiteId
        + "&response_type=code&scope=snsapi_userinfo&state=S&redirect_uri=" + URLEncoder.encode("http://" + host + "/home", StandardCharsets.UTF_8))).build(), BodyHandlers.ofString());
    WxCpTpUserInfo who = service.getUserInfo3rd(find(member.headers().firstValue("Location").get(), "[?&]code=([^&]*)"));
    assertEquals(open, who.getCorpId());
    assertEquals(code.getAuthUserInfo().getUserId(), who.getUserId());
    assertEquals(who.getUserId(), service.getUserDetail3rd(who.getUserTicket()).getUserId());

    script("cancel", "{\"suite_id\":\"%s\",\"corpid\":\"%s\"}");
    assertEquals(open, next("cancel_auth").getAuthCorpId()); // and no create_auth before it: the browser has brought the code
  }

  private static HttpResponse<String> post(HttpClient browser, String url, String form, int status) throws Exception {
    var answer = browser.send(HttpRequest.newBuilder(URI.create(url)).header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString(form)).build(), BodyHandlers.ofString());
    assertEquals(status, answer.statusCode(), answer.body());
    return answer;
  }

  private static String find(String text, String pattern) {
    Matcher m = Pattern.compile(pattern).matcher(text);
    assertTrue(m.find(), text);
    return URLDecoder.decode(m.group(1), StandardCharsets.UTF_8);
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

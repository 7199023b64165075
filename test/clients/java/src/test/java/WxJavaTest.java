import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.File;
import java.net.CookieManager;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Collectors;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

import me.chanjar.weixin.common.api.WxConsts;
import me.chanjar.weixin.common.bean.result.WxMediaUploadResult;
import me.chanjar.weixin.common.error.WxErrorException;
import me.chanjar.weixin.cp.api.WxCpService;
import me.chanjar.weixin.cp.api.impl.WxCpServiceImpl;
import me.chanjar.weixin.cp.bean.Gender;
import me.chanjar.weixin.cp.bean.WxCpAgent;
import me.chanjar.weixin.cp.bean.WxCpDepart;
import me.chanjar.weixin.cp.bean.WxCpUser;
import me.chanjar.weixin.cp.config.impl.WxCpDefaultConfigImpl;

/** WxJava's weixin-java-cp against a running qiwei. README.md says how to run it. */
class WxJavaTest {
  static JsonObject corp;
  static String baseUrl;
  static JsonObject selfBuilt, contactSync;
  static WxCpService app, sync;

  @BeforeAll
  static void find() throws Exception {
    String path = System.getenv("QIWEI_CREDENTIALS");
    assertNotNull(path, "QIWEI_CREDENTIALS names no server's credentials.json");
    JsonObject file = JsonParser.parseString(Files.readString(Path.of(path))).getAsJsonObject();
    baseUrl = file.get("base_url").getAsString().replaceAll("/+$", "");
    corp = file.getAsJsonArray("corps").get(0).getAsJsonObject();
    corp.getAsJsonArray("apps").forEach(a -> {
      switch (a.getAsJsonObject().get("kind").getAsString()) {
        case "self_built" -> selfBuilt = selfBuilt == null ? a.getAsJsonObject() : selfBuilt;
        case "contact_sync" -> contactSync = a.getAsJsonObject();
        default -> { }
      }
    });
    app = service(selfBuilt);
    sync = service(contactSync);
  }

  static WxCpDefaultConfigImpl config(JsonObject of) {
    WxCpDefaultConfigImpl config = new WxCpDefaultConfigImpl();
    config.setBaseApiUrl(baseUrl);
    config.setCorpId(corp.get("corpid").getAsString());
    config.setCorpSecret(of.get("secret").getAsString());
    config.setAgentId(of.get("agentid").getAsInt());
    return config;
  }

  static WxCpService service(JsonObject of) {
    WxCpService service = new WxCpServiceImpl();
    service.setWxCpConfigStorage(config(of));
    return service;
  }

  static String firstMember() {
    return corp.getAsJsonArray("members").get(0).getAsString();
  }

  static String unique(String prefix) {
    return prefix + Long.toHexString(ThreadLocalRandom.current().nextLong() >>> 32);
  }

  static void refused(int code, Executable call) {
    WxErrorException e = assertThrows(WxErrorException.class, call);
    assertEquals(code, e.getError().getErrorCode(), e.getMessage());
  }

  static String sha1(String text) throws Exception {
    return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-1").digest(text.getBytes(StandardCharsets.UTF_8)));
  }

  /** A signed-in member's browser: no scripts, and redirects are looked at, not followed. */
  static class Browser {
    final HttpClient http = HttpClient.newBuilder()
        .cookieHandler(new CookieManager()).followRedirects(HttpClient.Redirect.NEVER)
        .version(HttpClient.Version.HTTP_1_1).build();

    Browser(String userId) throws Exception {
      String form = "corpid=" + corp.get("corpid").getAsString() + "&userid=" + URLEncoder.encode(userId, StandardCharsets.UTF_8);
      HttpRequest signIn = HttpRequest.newBuilder(URI.create(baseUrl + "/_qiwei/sign-in")).timeout(Duration.ofSeconds(20))
          .header("Content-Type", "application/x-www-form-urlencoded").POST(BodyPublishers.ofString(form)).build();
      assertEquals(204, http.send(signIn, BodyHandlers.ofString()).statusCode());
    }

    /** Where the authorisation link leads: the query, and under "" the address without it. */
    Map<String, String> authorize(String link) throws Exception {
      URI here = URI.create(link.replaceFirst("https://open\\.weixin\\.qq\\.com", baseUrl));
      var answer = http.send(HttpRequest.newBuilder(here).timeout(Duration.ofSeconds(20)).build(), BodyHandlers.ofString());
      assertEquals(302, answer.statusCode(), answer.body());
      String to = answer.headers().firstValue("Location").orElseThrow();
      Map<String, String> query = new HashMap<>();
      query.put("", to.substring(0, to.indexOf('?')));
      for (String pair : to.substring(to.indexOf('?') + 1).split("[&#]")) {
        String[] kv = pair.split("=", 2);
        query.put(kv[0], kv.length < 2 ? "" : URLDecoder.decode(kv[1], StandardCharsets.UTF_8));
      }
      return query;
    }
  }

  /** Uploads by the library's RFC 6532 form, and its download, which wants a file name in the answer. */
  @Test
  void media() throws Exception {
    byte[] content = "合同正文".getBytes(StandardCharsets.UTF_8);
    Path file = Files.createTempDirectory("media").resolve("合同.txt");
    Files.write(file, content);
    WxMediaUploadResult sent = app.getMediaService().upload(WxConsts.MediaFileType.FILE, file.toFile());
    assertEquals("file", sent.getType());
    assertTrue(sent.getCreatedAt() > 0);
    File back = app.getMediaService().download(sent.getMediaId());
    assertArrayEquals(content, Files.readAllBytes(back.toPath()));
    assertTrue(back.getName().endsWith(".txt"), back.getName());
    refused(40007, () -> app.getMediaService().download("3unknown"));
    refused(301017, () -> app.getMediaService().upload(WxConsts.MediaFileType.VOICE, file.toFile()));
    refused(40004, () -> app.getMediaService().uploadImg(file.toFile()));
  }

  @Test
  void token() throws Exception {
    String token = app.getAccessToken();
    assertTrue(token.length() > 0 && token.length() <= 512, token);
    assertEquals(token, service(selfBuilt).getAccessToken());
    assertEquals(token, app.getAccessToken(true), "asked again within its life");
    assertNotEquals(token, sync.getAccessToken());
    WxCpDefaultConfigImpl wrong = config(selfBuilt);
    wrong.setCorpSecret(wrong.getCorpSecret() + "x");
    WxCpService service = new WxCpServiceImpl();
    service.setWxCpConfigStorage(wrong);
    refused(40001, service::getAccessToken);
  }

  @Test
  void spoiltTokenIsReplaced() throws Exception {
    WxCpDefaultConfigImpl config = config(selfBuilt);
    config.updateAccessToken("spoilt", 7200);
    WxCpService service = new WxCpServiceImpl();
    service.setWxCpConfigStorage(config);
    assertEquals(selfBuilt.get("agentid").getAsInt(), service.getAgentService().get(selfBuilt.get("agentid").getAsInt()).getAgentId());
    assertNotEquals("spoilt", config.getAccessToken());
  }

  static WxCpDepart department(Long id, String name, long parent, long order) {
    WxCpDepart d = new WxCpDepart();
    d.setId(id);
    d.setName(name);
    d.setParentId(parent);
    d.setOrder(order);
    return d;
  }

  @Test
  void departments() throws Exception {
    var write = sync.getDepartmentService();
    var read = app.getDepartmentService();
    Long id = write.create(department(null, unique("财务部"), 1, 5));
    Long below = write.create(department(null, "出纳组", id, 1));
    String renamed = unique("会计部");
    write.update(department(id, renamed, 1, 6));

    WxCpDepart got = read.get(id);
    assertEquals(id, got.getId());
    assertEquals(renamed, got.getName());
    assertEquals(1, got.getParentId());
    assertEquals(6, got.getOrder());
    assertEquals(List.of(id, below), read.list(id).stream().map(WxCpDepart::getId).sorted().toList());
    assertTrue(read.list(null).stream().anyMatch(d -> d.getId() == 1), "the whole tree holds the root");
    assertTrue(write.simpleList(id).stream().anyMatch(d -> d.getId().equals(below) && d.getParentId().equals(id)));
    refused(48009, () -> write.list(null));
    refused(48002, () -> read.create(department(null, unique("x"), 1, 1)));
    refused(60006, () -> write.delete(id));
    write.delete(below);
    write.delete(id);
  }

  @Test
  void members() throws Exception {
    var write = sync.getUserService();
    var read = app.getUserService();
    Long department = sync.getDepartmentService().create(department(null, unique("法务部"), 1, 1));
    Long below = sync.getDepartmentService().create(department(null, "合同组", department, 1));
    String userId = unique("wxjava_");
    String mobile = "136" + String.format("%08d", ThreadLocalRandom.current().nextInt(100_000_000));

    // The library always sends "external_profile":{}, and main_department as a string.
    WxCpUser user = new WxCpUser();
    user.setUserId(userId);
    user.setName("吴加瓦");
    user.setAlias("java");
    user.setDepartIds(new Long[] {department, below});
    user.setOrders(new Integer[] {2, 8});
    user.setIsLeaderInDept(new Integer[] {0, 1});
    user.setMainDepartment(below.toString());
    user.setMobile(mobile);
    user.setEmail(userId + "@corp.example");
    user.setGender(Gender.FEMALE);
    user.setPosition("律师");
    user.setTelephone("0755-1234");
    user.setEnable(1);
    user.setToInvite(false);
    write.create(user);
    refused(60102, () -> write.create(user));
    refused(48002, () -> read.create(user));
    refused(48009, () -> write.getById(userId));

    WxCpUser got = read.getById(userId);
    assertEquals(userId, got.getUserId());
    assertEquals("吴加瓦", got.getName());
    assertEquals("java", got.getAlias());
    assertEquals("律师", got.getPosition());
    assertEquals("0755-1234", got.getTelephone());
    assertEquals(below.toString(), got.getMainDepartment());
    assertArrayEquals(new Long[] {department, below}, got.getDepartIds());
    assertArrayEquals(new Integer[] {2, 8}, got.getOrders());
    assertArrayEquals(new Integer[] {0, 1}, got.getIsLeaderInDept());
    assertEquals(4, got.getStatus());
    assertNotNull(got.getGender());
    assertEquals(0, got.getDirectLeader().length);
    assertTrue(got.getExtAttrs().isEmpty());

    WxCpUser change = new WxCpUser();
    change.setUserId(userId);
    change.setPosition("法官");
    write.update(change);
    got = read.getById(userId);
    assertEquals("法官", got.getPosition());
    assertEquals("吴加瓦", got.getName());
    assertArrayEquals(new Long[] {department, below}, got.getDepartIds());

    assertEquals(List.of(userId), read.listByDepartment(below, false, 0).stream().map(WxCpUser::getUserId).toList());
    assertEquals(List.of(userId), read.listByDepartment(department, true, 0).stream().map(WxCpUser::getUserId).toList(), "once, though in both");
    List<WxCpUser> simple = read.listSimpleByDepartment(department, false, 0);
    assertEquals(List.of(userId), simple.stream().map(WxCpUser::getUserId).toList());
    assertArrayEquals(new Long[] {department, below}, simple.get(0).getDepartIds());
    assertEquals(userId, read.getUserId(mobile));
    assertEquals(userId, read.getUserIdByEmail(userId + "@corp.example", 2));
    refused(46004, () -> read.getUserId("13000000001"));

    List<String> rows = new ArrayList<>();
    String cursor = "";
    do {
      var page = write.getUserListId(cursor, 2);
      assertTrue(page.getDeptUser().size() <= 2);
      page.getDeptUser().forEach(row -> rows.add(row.getUserId() + " " + row.getDepartment()));
      cursor = page.getNextCursor();
    } while (cursor != null && !cursor.isEmpty());
    assertEquals(rows.size(), rows.stream().distinct().count(), "no row twice");
    assertTrue(rows.containsAll(List.of(userId + " " + department, userId + " " + below)), rows.toString());

    String other = unique("wxjava_");
    user.setUserId(other);
    user.setMobile(null);
    user.setEmail(other + "@corp.example");
    write.create(user);
    refused(60005, () -> sync.getDepartmentService().delete(below));
    write.delete(userId, other); // two make the library call user/batchdelete
    refused(60111, () -> read.getById(userId));
    sync.getDepartmentService().delete(below);
    sync.getDepartmentService().delete(department);
  }

  @Test
  void tags() throws Exception {
    var tags = app.getTagService();
    String name = unique("标签");
    String tag = tags.create(name, null);
    assertTrue(Integer.parseInt(tag) > 0, tag);
    refused(40071, () -> tags.create(name, null));
    // The library sends the tagid as a string in all calls but create.
    var added = tags.addUsers2Tag(tag, List.of(firstMember(), "nobody_at_all"), List.of("1"));
    assertEquals(List.of("nobody_at_all"), added.getInvalidUserList());
    String renamed = unique("标签");
    tags.update(tag, renamed);
    var got = tags.get(tag);
    assertEquals(renamed, got.getTagname());
    assertEquals(List.of(1), got.getPartylist());
    assertEquals(List.of(firstMember()), got.getUserlist().stream().map(WxCpUser::getUserId).toList());
    assertEquals(renamed, tags.listAll().stream().filter(t -> t.getId().equals(tag)).findFirst().orElseThrow().getName());
    tags.removeUsersFromTag(tag, List.of(firstMember()), List.of("1"));
    assertTrue(tags.listUsersByTagId(tag).isEmpty());
    tags.delete(tag);
    refused(40068, () -> tags.get(tag));
  }

  @Test
  void signIn() throws Exception {
    var oauth = app.getOauth2Service();
    Browser browser = new Browser(firstMember());
    String site = "https://" + selfBuilt.get("redirect_domain").getAsString() + "/back";

    var back = browser.authorize(oauth.buildAuthorizationUrl(site, "a-b_c"));
    assertEquals(site, back.get(""));
    assertEquals("a-b_c", back.get("state"));
    var who = oauth.getUserInfo(back.get("code"));
    assertEquals(firstMember(), who.getUserId());
    assertNull(who.getOpenId());
    assertNotNull(who.getDeviceId());
    refused(40029, () -> oauth.getUserInfo(back.get("code")));

    who = oauth.getAuthUserInfo(browser.authorize(oauth.buildAuthorizationUrl(site, null)).get("code"));
    assertEquals(firstMember(), who.getUserId());
    assertNull(who.getUserTicket());
    assertNull(who.getOpenId());
  }

  @Test
  void userDetail() throws Exception {
    String userId = System.getenv("QIWEI_CONSENTED_MEMBER");
    Assumptions.assumeTrue(userId != null, "withserver makes the member who has consented");
    WxCpUser change = new WxCpUser();
    change.setUserId(userId);
    change.setAddress(unique("深南大道"));
    sync.getUserService().update(change);

    var oauth = app.getOauth2Service();
    String site = "https://" + selfBuilt.get("redirect_domain").getAsString() + "/back";
    var back = new Browser(userId).authorize(oauth.buildAuthorizationUrl(site, "s", "snsapi_privateinfo"));
    var who = oauth.getAuthUserInfo(back.get("code"));
    assertEquals(userId, who.getUserId());
    var detail = oauth.getUserDetail(who.getUserTicket());
    assertEquals(userId, detail.getUserId());
    assertEquals("1", detail.getGender());
    assertEquals(userId + "@corp.example", detail.getEmail());
    assertEquals(change.getAddress(), detail.getAddress());
    refused(84015, () -> oauth.getUserDetail("no such ticket"));
  }

  @Test
  void jsapi() throws Exception {
    String ofCorp = app.getJsapiTicket();
    String ofApp = app.getAgentJsapiTicket();
    assertNotEquals(ofCorp, ofApp);
    assertEquals(ofCorp, service(selfBuilt).getJsapiTicket(), "asked again within its life");
    var s = app.createJsapiSignature("http://a.example/?b=c");
    assertEquals(corp.get("corpid").getAsString(), s.getAppId());
    assertEquals(sha1("jsapi_ticket=" + ofCorp + "&noncestr=" + s.getNonceStr() + "&timestamp=" + s.getTimestamp() + "&url=" + s.getUrl()), s.getSignature());
    var a = app.createAgentJsapiSignature("http://a.example/?b=c");
    assertEquals(selfBuilt.get("agentid").getAsInt(), a.getAgentid());
    assertEquals(sha1("jsapi_ticket=" + ofApp + "&noncestr=" + a.getNonceStr() + "&timestamp=" + a.getTimestamp() + "&url=" + a.getUrl()), a.getSignature());
  }

  @Test
  void agent() throws Exception {
    int agentId = selfBuilt.get("agentid").getAsInt();
    WxCpAgent got = app.getAgentService().get(agentId);
    assertEquals(agentId, got.getAgentId());
    assertEquals(selfBuilt.get("name").getAsString(), got.getName());
    assertEquals(selfBuilt.get("redirect_domain").getAsString(), got.getRedirectDomain());
    assertEquals(0, got.getClose());
    assertNotNull(got.getAllowParties().getPartyIds());
    assertTrue(app.getAgentService().list().stream().map(WxCpAgent::getAgentId).collect(Collectors.toSet()).contains(agentId));
    refused(301002, () -> app.getAgentService().get(agentId + 1));
  }

  @Test
  void addresses() throws Exception {
    for (String ip : app.getCallbackIp()) {
      assertFalse(ip.isEmpty());
    }
    for (String ip : app.getApiDomainIp()) {
      assertFalse(ip.isEmpty());
    }
  }
}

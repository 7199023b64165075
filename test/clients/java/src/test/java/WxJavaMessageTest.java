import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.imageio.ImageIO;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpServer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import me.chanjar.weixin.cp.bean.article.MpnewsArticle;
import me.chanjar.weixin.cp.bean.article.NewArticle;
import me.chanjar.weixin.cp.bean.message.WxCpAppChatMessage;
import me.chanjar.weixin.cp.bean.message.WxCpMessage;
import me.chanjar.weixin.cp.bean.message.WxCpMessageSendResult;
import me.chanjar.weixin.cp.bean.message.WxCpXmlMessage;
import me.chanjar.weixin.cp.bean.message.WxCpXmlOutMessage;
import me.chanjar.weixin.cp.bean.messagebuilder.TemplateCardBuilder;
import me.chanjar.weixin.cp.bean.taskcard.TaskCardButton;
import me.chanjar.weixin.cp.bean.templatecard.ActionMenuItem;
import me.chanjar.weixin.cp.bean.templatecard.CheckboxOption;
import me.chanjar.weixin.cp.bean.templatecard.HorizontalContent;
import me.chanjar.weixin.cp.bean.templatecard.MultipleSelect;
import me.chanjar.weixin.cp.bean.templatecard.TemplateCardButton;
import me.chanjar.weixin.cp.config.impl.WxCpDefaultConfigImpl;
import me.chanjar.weixin.cp.util.crypto.WxCpCryptUtil;

/** WxJava sends every type of message that it has, and reads what members answer. README.md says how to run it. */
class WxJavaMessageTest {
  static String member;
  static int agent;
  static Path folder;

  @BeforeAll
  static void find() throws Exception {
    WxJavaTest.find();
    member = WxJavaTest.corp.getAsJsonArray("members").get(1).getAsString();
    agent = WxJavaTest.selfBuilt.get("agentid").getAsInt();
    folder = Files.createTempDirectory("messages");
    qiwei("corp", "set", "--mini-programs", "wx0123456789abcdef");
  }

  /** Runs the program beside the server, as an administrator does. */
  static String qiwei(String... args) throws Exception {
    String data = Path.of(System.getenv("QIWEI_CREDENTIALS")).toAbsolutePath().getParent().toString();
    List<String> command = new ArrayList<>(List.of(System.getenv("QIWEI_BIN")));
    command.addAll(Arrays.asList(args));
    command.addAll(List.of("--data", data));
    Process p = new ProcessBuilder(command).redirectErrorStream(true).start();
    String out = new String(p.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, p.waitFor(), out);
    return out;
  }

  static JsonArray messages(String... more) throws Exception {
    List<String> args = new ArrayList<>(List.of("inbox", member, "--json", "--limit", "200"));
    args.addAll(Arrays.asList(more));
    return JsonParser.parseString(qiwei(args.toArray(String[]::new))).getAsJsonArray().get(0).getAsJsonObject().getAsJsonArray("messages");
  }

  static String upload(String kind, String name, byte[] content) throws Exception {
    Path file = Files.write(folder.resolve(name), content);
    return WxJavaTest.app.getMediaService().upload(kind, file.toFile()).getMediaId();
  }

  static byte[] box(String kind, byte[] content) {
    return ByteBuffer.allocate(8 + content.length).putInt(8 + content.length).put(kind.getBytes(StandardCharsets.US_ASCII)).put(content).array();
  }

  static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] p : parts) {
      out.writeBytes(p);
    }
    return out.toByteArray();
  }

  static byte[] png() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(8, 8, BufferedImage.TYPE_BYTE_GRAY), "png", out);
    return out.toByteArray();
  }

  static Map<String, String> uploads() throws Exception {
    byte[] voice = new byte[6 + 32 * 50];
    System.arraycopy("#!AMR\n".getBytes(StandardCharsets.US_ASCII), 0, voice, 0, 6);
    for (int i = 6; i < voice.length; i += 32) {
      voice[i] = 0x3c;
    }
    byte[] film = join(box("ftyp", "isom\0\0\2\0isommp41".getBytes(StandardCharsets.US_ASCII)), box("free", new byte[0]),
        box("moov", box("mvhd", ByteBuffer.allocate(100).position(12).putInt(10).putInt(50).array())));
    return Map.of("image", upload("image", "a.png", png()), "voice", upload("voice", "a.amr", voice),
        "video", upload("video", "a.mp4", film), "file", upload("file", "合同.txt", "合同正文".getBytes(StandardCharsets.UTF_8)));
  }

  static TemplateCardBuilder card(String type) {
    return WxCpMessage.TEMPLATECARD().toUser(member).agentId(agent).cardType(type).mainTitleTitle("请假");
  }

  static CheckboxOption option(String id) {
    return CheckboxOption.builder().id(id).text(id.toUpperCase()).is_checked(false).build();
  }

  static TemplateCardBuilder buttons() {
    return card("button_interaction").taskId(WxJavaTest.unique("t")).buttons(List.of(
        TemplateCardButton.builder().text("同意").style(1).key("ok").build(), TemplateCardButton.builder().text("拒绝").style(2).key("no").build()));
  }

  @Test
  void everyType() throws Exception {
    qiwei("app", "set", "--agentid", "" + agent, "--callback-url", "http://127.0.0.1:1/callback", "--callback-unverified");
    Map<String, String> ids = uploads();
    NewArticle article = NewArticle.builder().title("新闻").description("今天").url("https://corp.example/1").picUrl("https://corp.example/1.png").build();
    MpnewsArticle paper = MpnewsArticle.newBuilder().title("图文").thumbMediaId(ids.get("image")).author("甲").contentSourceUrl("https://corp.example/2")
        .content("<b>正文</b>").digest("摘要").showCoverPic("1").build();
    List<WxCpMessage> all = List.of(
        WxCpMessage.TEXT().toUser(member).agentId(agent).content("你好").build(),
        WxCpMessage.TEXTCARD().toUser(member).agentId(agent).title("标题").description("描述").url("https://corp.example/").btnTxt("更多").build(),
        WxCpMessage.IMAGE().toUser(member).agentId(agent).mediaId(ids.get("image")).build(),
        WxCpMessage.VOICE().toUser(member).agentId(agent).mediaId(ids.get("voice")).build(),
        WxCpMessage.VIDEO().toUser(member).agentId(agent).mediaId(ids.get("video")).title("片").description("五秒").thumbMediaId(ids.get("image")).build(),
        WxCpMessage.FILE().toUser(member).agentId(agent).mediaId(ids.get("file")).build(),
        WxCpMessage.NEWS().toUser(member).agentId(agent).addArticle(article).build(),
        WxCpMessage.MPNEWS().toUser(member).agentId(agent).addArticle(paper).build(),
        WxCpMessage.MARKDOWN().toUser(member).agentId(agent).content("**加粗**").build(),
        WxCpMessage.newMiniProgramNoticeBuilder().toUser(member).agentId(agent).appId("wx0123456789abcdef").page("pages/index").title("会议室预订")
            .description("今天下午三点").emphasisFirstItem(true).contentItems(Map.of("会议室", "402")).build(),
        WxCpMessage.TASKCARD().toUser(member).agentId(agent).title("任务").description("描述").url("https://corp.example/").taskId(WxJavaTest.unique("t"))
            .buttons(List.of(TaskCardButton.builder().key("ok").name("批准").replaceName("已批准").color("red").bold(true).build())).build(),
        card("text_notice").mainTitleDesc("三天").cardActionType(1).cardActionUrl("https://corp.example/")
            .horizontalContents(List.of(HorizontalContent.builder().type(2).keyname("附件").value("合同.txt").media_id(ids.get("file")).build()))
            .actionMenuDesc("更多").actionMenuActionList(List.of(ActionMenuItem.builder().text("静音").key("mute").build())).taskId(WxJavaTest.unique("t")).build(),
        card("news_notice").cardImageUrl("https://corp.example/1.png").cardActionType(1).cardActionUrl("https://corp.example/").build(),
        buttons().build(),
        card("vote_interaction").taskId(WxJavaTest.unique("t")).checkboxQuestionKey("q").checkboxMode(1).options(List.of(option("a"), option("b")))
            .submitButtonText("提交").submitButtonKey("s").build(),
        card("multiple_interaction").taskId(WxJavaTest.unique("t")).submitButtonText("提交").submitButtonKey("s")
            .selects(List.of(MultipleSelect.builder().question_key("q").title("码").selected_id("a").options(List.of(option("a"), option("b"))).build())).build());
    int before = 0;
    String first = null;
    for (WxCpMessage m : all) {
      WxCpMessageSendResult sent = WxJavaTest.app.getMessageService().send(m);
      assertNotNull(sent.getMsgId(), m.getMsgType());
      assertEquals(List.of(), sent.getInvalidUserList());
      boolean answerable = m.getMsgType().equals("template_card") && m.toJson().contains("task_id");
      assertEquals(answerable, sent.getResponseCode() != null, m.toJson());
      JsonArray has = messages("--agentid", "" + agent);
      assertTrue(has.size() > before, m.toJson());
      before = has.size();
      assertEquals(m.getMsgType(), has.get(has.size() - 1).getAsJsonObject().get("msgtype").getAsString());
      first = first == null ? sent.getMsgId() : first;
    }
    WxJavaTest.app.getMessageService().recall(first);
    JsonArray has = messages("--agentid", "" + agent);
    assertTrue(has.get(has.size() - all.size()).getAsJsonObject().get("recalled").getAsBoolean());
    var statistics = WxJavaTest.app.getMessageService().getStatistics(0).getStatistics();
    assertTrue(statistics.stream().anyMatch(s -> s.getAgentId().equals("" + agent) && s.getCount() >= all.size()), "" + statistics);

    String chat = WxJavaTest.app.getChatService().create("群", member, List.of(member, WxJavaTest.firstMember()), WxJavaTest.unique("chat"));
    for (var b : List.of(
        WxCpAppChatMessage.builder().msgType("text").content("你好"), WxCpAppChatMessage.builder().msgType("image").mediaId(ids.get("image")),
        WxCpAppChatMessage.builder().msgType("voice").mediaId(ids.get("voice")), WxCpAppChatMessage.builder().msgType("video").mediaId(ids.get("video")).title("片"),
        WxCpAppChatMessage.builder().msgType("file").mediaId(ids.get("file")), WxCpAppChatMessage.builder().msgType("markdown").content("**加粗**"),
        WxCpAppChatMessage.builder().msgType("textcard").title("标题").description("描述").url("https://corp.example/").btnTxt("更多"),
        WxCpAppChatMessage.builder().msgType("news").articles(List.of(article)), WxCpAppChatMessage.builder().msgType("mpnews").mpnewsArticles(List.of(paper)))) {
      WxJavaTest.app.getChatService().sendMsg(b.chatId(chat).build());
    }
    assertEquals(9, messages("--chatid", chat).size());

    String hook = WxJavaTest.baseUrl + qiwei("robot", "create", "--chatid", chat, "--name", "监控").strip();
    var robot = WxJavaTest.app.getGroupRobotService();
    robot.sendText(hook, "磁盘满", List.of("@all"), List.of());
    robot.sendMarkdown(hook, "**磁盘满**");
    robot.sendImage(hook, Base64.getEncoder().encodeToString(png()), HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(png())));
    robot.sendNews(hook, List.of(article));
    String file = robotUpload(hook, "file", "日志.txt", "一二三四".getBytes(StandardCharsets.UTF_8));
    robot.sendFile(hook, file);
    WxJavaTest.refused(40007, () -> robot.sendFile(hook, ids.get("file")));
    assertEquals(9 + 5, messages("--chatid", chat).size());
  }

  /** The library cannot upload as a robot. */
  static String robotUpload(String hook, String kind, String name, byte[] content) throws Exception {
    byte[] body = join(("--b\r\nContent-Disposition: form-data; name=\"media\"; filename=\"" + name + "\"; filelength=" + content.length
        + "\r\nContent-Type: application/octet-stream\r\n\r\n").getBytes(StandardCharsets.UTF_8), content, "\r\n--b--\r\n".getBytes(StandardCharsets.UTF_8));
    var answer = java.net.http.HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(hook.replace("webhook/send", "webhook/upload_media") + "&type=" + kind))
        .header("Content-Type", "multipart/form-data; boundary=b").POST(BodyPublishers.ofByteArray(body)).build(), BodyHandlers.ofString());
    return JsonParser.parseString(answer.body()).getAsJsonObject().get("media_id").getAsString();
  }

  /** The library's cryptography behind the JDK's HTTP server: a member answers a card, and sees what it becomes. */
  @Test
  void answers() throws Exception {
    String key = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";
    WxCpDefaultConfigImpl config = WxJavaTest.config(WxJavaTest.selfBuilt);
    config.setToken("xyToken2025");
    config.setAesKey(key);
    var got = new LinkedBlockingQueue<WxCpXmlMessage>();
    HttpServer receiver = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    receiver.createContext("/", call -> {
      Map<String, String> q = new java.util.HashMap<>();
      for (String pair : call.getRequestURI().getRawQuery().split("&")) {
        String[] kv = pair.split("=", 2);
        q.put(kv[0], java.net.URLDecoder.decode(kv[1], StandardCharsets.UTF_8));
      }
      String answer;
      if (call.getRequestMethod().equals("GET")) {
        answer = new WxCpCryptUtil(config).decrypt(q.get("echostr"));
      } else {
        WxCpXmlMessage m = WxCpXmlMessage.fromEncryptedXml(call.getRequestBody(), config, q.get("timestamp"), q.get("nonce"), q.get("msg_signature"));
        got.add(m);
        answer = "template_card_event".equals(m.getEvent())
            ? WxCpXmlOutMessage.UPDATE_BUTTON().replaceName("已同意").fromUser(m.getToUserName()).toUser(m.getFromUserName()).build().toEncryptedXml(config)
            : WxCpXmlOutMessage.TEXT().content("收到").fromUser(m.getToUserName()).toUser(m.getFromUserName()).build().toEncryptedXml(config);
      }
      byte[] out = answer.getBytes(StandardCharsets.UTF_8);
      call.sendResponseHeaders(200, out.length);
      call.getResponseBody().write(out);
      call.close();
    });
    receiver.start();
    try {
      qiwei("app", "set", "--agentid", "" + agent, "--callback-url", "http://127.0.0.1:" + receiver.getAddress().getPort() + "/", "--callback-token", "xyToken2025", "--callback-aes-key", key);
      String task = WxJavaTest.app.getMessageService().send(buttons().build()).getResponseCode();
      assertNotNull(task);
      JsonArray has = messages("--agentid", "" + agent);
      long no = has.get(has.size() - 1).getAsJsonObject().get("no").getAsLong();
      WxJavaTest.Browser phone = new WxJavaTest.Browser(member);
      post(phone, "cards", "{\"no\":" + no + ",\"key\":\"ok\"}");
      WxCpXmlMessage event = got.poll(20, TimeUnit.SECONDS);
      assertNotNull(event);
      assertEquals(List.of("event", "template_card_event", "ok", "button_interaction", member),
          List.of(event.getMsgType(), event.getEvent(), event.getEventKey(), event.getCardType(), event.getFromUserName()));
      assertNotNull(event.getResponseCode());
      eventually(() -> find(messages("--agentid", "" + agent), no).getAsJsonObject("body").get("replace_text").getAsString().equals("已同意"));

      post(phone, "messages", "{\"agentid\":" + agent + ",\"msgtype\":\"text\",\"content\":\"你好\"}");
      WxCpXmlMessage text = got.poll(20, TimeUnit.SECONDS);
      assertNotNull(text);
      assertEquals(List.of("text", "你好"), List.of(text.getMsgType(), text.getContent()));
      assertEquals("" + agent, text.getAgentId());
      assertNull(got.poll());
      eventually(() -> {
        JsonArray now = messages("--agentid", "" + agent);
        return now.get(now.size() - 1).toString().contains("收到");
      });
    } finally {
      receiver.stop(0);
      qiwei("app", "set", "--agentid", "" + agent, "--callback-url", "");
    }
  }

  interface Ready {
    boolean is() throws Exception;
  }

  /** What an answer asks for is done in the moment after it was given. */
  static void eventually(Ready ready) throws Exception {
    for (int i = 0; i < 100; i++) {
      if (tried(ready)) {
        return;
      }
    }
    assertTrue(ready.is());
  }

  static boolean tried(Ready ready) throws Exception {
    try {
      return ready.is();
    } catch (NullPointerException e) { // what is asked for is not there yet
      return false;
    }
  }

  static JsonObject find(JsonArray list, long no) {
    for (var m : list) {
      if (m.getAsJsonObject().get("no").getAsLong() == no) {
        return m.getAsJsonObject();
      }
    }
    return null;
  }

  static void post(WxJavaTest.Browser phone, String path, String body) throws Exception {
    var answer = phone.http.send(HttpRequest.newBuilder(URI.create(WxJavaTest.baseUrl + "/phone/api/" + path))
        .header("Content-Type", "application/json").POST(BodyPublishers.ofString(body)).build(), BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), answer.body());
  }
}

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.awt.image.BufferedImage;
import java.util.Arrays;
import java.util.Date;
import java.util.List;

import javax.imageio.ImageIO;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import me.chanjar.weixin.cp.api.WxCpExternalContactService;
import me.chanjar.weixin.cp.bean.external.WxCpAddMomentTask;
import me.chanjar.weixin.cp.bean.external.WxCpContactWayInfo;
import me.chanjar.weixin.cp.bean.external.WxCpGroupJoinWayInfo;
import me.chanjar.weixin.cp.bean.external.WxCpGroupWelcomeTemplateResult;
import me.chanjar.weixin.cp.bean.external.WxCpMsgTemplate;
import me.chanjar.weixin.cp.bean.external.WxCpUpdateRemarkRequest;
import me.chanjar.weixin.cp.bean.external.WxCpUserExternalTagGroupInfo;
import me.chanjar.weixin.cp.bean.external.WxCpUserTransferCustomerReq;
import me.chanjar.weixin.cp.bean.external.WxCpWelcomeMsg;
import me.chanjar.weixin.cp.bean.external.acquisition.WxCpCustomerAcquisitionInfo;
import me.chanjar.weixin.cp.bean.external.acquisition.WxCpCustomerAcquisitionRequest;
import me.chanjar.weixin.cp.bean.external.interceptrule.ApplicableRange;
import me.chanjar.weixin.cp.bean.external.interceptrule.WxCpInterceptRule;
import me.chanjar.weixin.cp.bean.external.interceptrule.WxCpInterceptRuleAddRequest;
import me.chanjar.weixin.cp.bean.external.moment.SenderList;
import me.chanjar.weixin.cp.bean.external.moment.VisibleRange;
import me.chanjar.weixin.cp.bean.external.msg.Attachment;
import me.chanjar.weixin.cp.bean.external.msg.Link;
import me.chanjar.weixin.cp.bean.external.msg.Text;
import me.chanjar.weixin.cp.bean.external.product.Image;
import me.chanjar.weixin.cp.bean.external.WxCpProductAlbumInfo;

/** The library's WxCpExternalContactService: each of its methods that the enterprise's own application can call. */
class WxJavaCustomerTest {
  static WxCpExternalContactService contacts;

  @BeforeAll
  static void find() throws Exception {
    WxJavaTest.find();
    contacts = WxJavaTest.app.getExternalContactService();
  }

  /** Plays somebody outside, or a member in the client. */
  static JsonObject play(String name, String body) throws Exception {
    String json = "{\"corpid\":\"" + WxJavaTest.corp.get("corpid").getAsString() + "\"," + body + "}";
    var answer = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(WxJavaTest.baseUrl + "/_qiwei/wechat/" + name))
        .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(json)).build(), HttpResponse.BodyHandlers.ofString());
    assertEquals(200, answer.statusCode(), name + ": " + answer.body());
    return answer.body().isEmpty() ? new JsonObject() : JsonParser.parseString(answer.body()).getAsJsonObject();
  }

  static JsonObject added(String user, String name) throws Exception {
    return play("add", "\"userid\":\"" + user + "\",\"name\":\"" + name + "\",\"unionid\":\"" + WxJavaTest.unique("o") + "\"");
  }

  static String customer(String user, String name) throws Exception {
    return added(user, name).get("external_userid").getAsString();
  }

  static byte[] picture() throws Exception {
    var out = new ByteArrayOutputStream();
    ImageIO.write(new BufferedImage(20, 20, BufferedImage.TYPE_INT_RGB), "jpg", out);
    return out.toByteArray();
  }

  static Text text(String content) {
    return new Text().setContent(content);
  }

  static List<Attachment> link() {
    return List.of(new Attachment().setLink(new Link().setTitle("秋季目录").setUrl("https://shop.example.com/autumn")));
  }

  @Test
  void customers() throws Exception {
    String external = customer("zhangsan", "林晚");
    assertTrue(contacts.listFollowers().contains("zhangsan"));
    assertTrue(contacts.listExternalContacts("zhangsan").contains(external));
    contacts.updateRemark(WxCpUpdateRemarkRequest.builder().userId("zhangsan").externalUserId(external).remark("晚晚").description("展会")
        .remarkCompany("云上").remarkMobiles(new String[] {"13800000001"}).build());
    for (var got : List.of(contacts.getContactDetail(external, null), contacts.getExternalContact(external))) {
      assertEquals("林晚", got.getExternalContact().getName());
      assertEquals("晚晚", got.getFollowedUsers().get(0).getRemark());
      assertEquals("云上", got.getFollowedUsers().get(0).getRemarkCorpName());
      assertEquals("13800000001", got.getFollowedUsers().get(0).getRemarkMobiles()[0]);
    }
    var batch = contacts.getContactDetailBatch(new String[] {"zhangsan"}, "", 100);
    assertTrue(batch.getExternalContactList().stream().anyMatch(c -> c.getExternalContact().getExternalUserId().equals(external) && c.getFollowInfo().getRemark().equals("晚晚")));
    assertNotNull(contacts.getContactList("", 100).getInfoList());
    String union = contacts.getContactDetail(external, null).getExternalContact().getUnionId();
    assertEquals(external, contacts.unionidToExternalUserid(union, "oAny"));
    assertFalse(contacts.convertToOpenid(external).isEmpty());
  }

  @Test
  void tags() throws Exception {
    String external = customer("zhangsan", "何渡");
    var tag = new WxCpUserExternalTagGroupInfo.Tag();
    tag.setName("金");
    var group = new WxCpUserExternalTagGroupInfo.TagGroup();
    group.setGroupName(WxJavaTest.unique("级别"));
    group.setTag(List.of(tag));
    var info = new WxCpUserExternalTagGroupInfo();
    info.setTagGroup(group);
    var made = contacts.addCorpTag(info).getTagGroup();
    String id = made.getTag().get(0).getId();
    contacts.editCorpTag(id, "铂金", 3);
    assertEquals("铂金", contacts.getCorpTagList(new String[] {id}).getTagGroupList().get(0).getTag().get(0).getName());
    assertEquals(1, contacts.getCorpTagList(null, new String[] {made.getGroupId()}).getTagGroupList().size());
    contacts.markTag("zhangsan", external, new String[] {id}, null);
    assertEquals("铂金", contacts.getContactDetail(external, null).getFollowedUsers().get(0).getTags()[0].getTagName());
    contacts.markTag("zhangsan", external, null, new String[] {id});
    contacts.delCorpTag(new String[] {id}, new String[] {made.getGroupId()});
    assertTrue(contacts.getCorpTagList(new String[] {id}).getTagGroupList().get(0).getTag().get(0).getDeleted());
  }

  @Test
  void waysAndWelcome() throws Exception {
    var way = new WxCpContactWayInfo.ContactWay();
    way.setType(WxCpContactWayInfo.TYPE.SINGLE);
    way.setScene(WxCpContactWayInfo.SCENE.QRCODE);
    way.setUsers(List.of("zhangsan"));
    way.setState("wxjava");
    way.setRemark("展会");
    var info = new WxCpContactWayInfo();
    info.setContactWay(way);
    var made = contacts.addContactWay(info);
    assertFalse(made.getQrCode().isEmpty());
    var got = contacts.getContactWay(made.getConfigId()).getContactWay();
    assertEquals(WxCpContactWayInfo.TYPE.SINGLE, got.getType());
    assertEquals(List.of("zhangsan"), got.getUsers());
    assertTrue(contacts.listContactWay(null, null, null, 1000L).getContactWay().stream().anyMatch(w -> w.getConfigId().equals(made.getConfigId())));
    var change = new WxCpContactWayInfo.ContactWay();
    change.setConfigId(made.getConfigId());
    change.setRemark("门店");
    var changed = new WxCpContactWayInfo();
    changed.setContactWay(change);
    contacts.updateContactWay(changed);
    assertEquals("门店", contacts.getContactWay(made.getConfigId()).getContactWay().getRemark());
    var came = play("add", "\"config_id\":\"" + made.getConfigId() + "\",\"name\":\"周\"");
    var follow = contacts.getContactDetail(came.get("external_userid").getAsString(), null).getFollowedUsers().get(0);
    assertEquals("wxjava", follow.getState());
    contacts.sendWelcomeMsg(WxCpWelcomeMsg.builder().welcomeCode(came.get("welcome_code").getAsString()).text(text("您好")).attachments(link()).build());
    WxJavaTest.refused(41051, () -> contacts.sendWelcomeMsg(WxCpWelcomeMsg.builder().welcomeCode(came.get("welcome_code").getAsString()).text(text("又")).build()));
    WxJavaTest.refused(84061, () -> contacts.closeTempChat("lisi", came.get("external_userid").getAsString()));
    contacts.deleteContactWay(made.getConfigId());
    WxJavaTest.refused(41044, () -> contacts.getContactWay(made.getConfigId()));
  }

  @Test
  void groups() throws Exception {
    String external = customer("zhangsan", "顾北");
    String chat = play("group/create", "\"owner\":\"zhangsan\",\"group_name\":\"茶友\",\"external_userids\":[\"" + external + "\"]").get("chat_id").getAsString();
    assertTrue(contacts.listGroupChat(100, "", 0, new String[] {"zhangsan"}).getGroupChatList().stream().anyMatch(c -> c.getChatId().equals(chat)));
    assertNotNull(contacts.listGroupChat(0, 100, 0, new String[] {"zhangsan"}, null).getGroupChatList());
    var group = contacts.getGroupChat(chat, 1).getGroupChat();
    assertEquals("茶友", group.getName());
    assertEquals("zhangsan", group.getOwner());
    var way = new WxCpGroupJoinWayInfo.JoinWay();
    way.setScene(2);
    way.setChatIdList(List.of(chat));
    way.setState("shop9");
    way.setRemark("门店");
    var info = new WxCpGroupJoinWayInfo();
    info.setJoinWay(way);
    String config = contacts.addJoinWay(info).getConfigId();
    var got = contacts.getJoinWay(config).getJoinWay();
    assertFalse(got.getQrCode().isEmpty());
    assertEquals(List.of(chat), got.getChatIdList());
    way.setConfigId(config);
    way.setRemark("展会");
    contacts.updateJoinWay(info);
    assertEquals("展会", contacts.getJoinWay(config).getJoinWay().getRemark());
    play("join", "\"config_id\":\"" + config + "\",\"external_userid\":\"" + customer("lisi", "白") + "\"");
    assertTrue(contacts.getGroupChat(chat, 1).getGroupChat().getMemberList().stream().anyMatch(m -> "shop9".equals(m.getState())));
    contacts.delJoinWay(config);
    Date yesterday = new Date(System.currentTimeMillis() - 86400_000L);
    assertNotNull(contacts.getGroupChatStatistic(yesterday, 1, 0, 0, 100, new String[] {"zhangsan"}, null).getItemList());
    assertEquals(90500, contacts.transferGroupChat(new String[] {chat}, "lisi").getFailedChatList().get(0).getErrcode());
    assertTrue(contacts.onjobTransferGroupChat(new String[] {chat}, "lisi").getFailedChatList().isEmpty());
    assertEquals("lisi", contacts.getGroupChat(chat, 0).getGroupChat().getOwner());
    WxJavaTest.refused(90511, () -> contacts.opengidToChatid("oAAAAAAA"));
    String template = contacts.addGroupWelcomeTemplate(WxCpGroupWelcomeTemplateResult.builder().text(text("欢迎")).notify(0).build());
    assertEquals("欢迎", contacts.getGroupWelcomeTemplate(template).getText().getContent());
    contacts.editGroupWelcomeTemplate(WxCpGroupWelcomeTemplateResult.builder().templateId(template).text(text("您好")).build());
    contacts.delGroupWelcomeTemplate(template, WxJavaTest.selfBuilt.get("agentid").getAsString());
  }

  @Test
  void transfers() throws Exception {
    String one = customer("zhangsan", "秦"), two = customer("zhangsan", "韩");
    var req = new WxCpUserTransferCustomerReq();
    req.setHandOverUserid("zhangsan");
    req.setTakeOverUserid("lisi");
    req.setExternalUserid(List.of(one));
    assertEquals(0, contacts.transferCustomer(req).getCustomer().get(0).getErrcode());
    assertTrue(contacts.transferResult("zhangsan", "lisi", "").getCustomer().stream().anyMatch(c -> c.getExternalUserid().equals(one)));
    contacts.transferExternalContact(two, "zhangsan", "lisi"); // by the call of before 2020
    play("transfer", "\"userid\":\"lisi\",\"external_userid\":\"" + two + "\",\"answer\":\"accept\"");
    assertEquals("lisi", contacts.getContactDetail(two, null).getFollowedUsers().get(0).getUserId());
    String user = WxJavaTest.unique("leaver");
    var member = new me.chanjar.weixin.cp.bean.WxCpUser();
    member.setUserId(user);
    member.setName("离职者");
    member.setDepartIds(new Long[] {1L});
    member.setMobile("+86139" + (10000000 + System.nanoTime() % 80000000));
    WxJavaTest.sync.getUserService().create(member);
    new WxJavaTest.Browser(user); // signed in once
    String left = customer(user, "许");
    WxJavaTest.sync.getUserService().delete(user);
    var waiting = contacts.listUnassignedList(0, "", 1000).getUnassignInfos();
    assertTrue(waiting.stream().anyMatch(u -> u.getExternalUserid().equals(left) && u.getHandoverUserid().equals(user)));
    req.setHandOverUserid(user);
    req.setExternalUserid(List.of(left));
    assertEquals(0, contacts.resignedTransferCustomer(req).getCustomer().get(0).getErrcode());
    assertEquals(1, contacts.resignedTransferResult(user, "lisi", "").getCustomer().size());
    assertNotNull(contacts.getUserBehaviorStatistic(new Date(System.currentTimeMillis() - 86400_000L), new Date(), new String[] {"zhangsan"}, null).getBehaviorList());
  }

  @Test
  void massMessages() throws Exception {
    String external = customer("zhangsan", "苏");
    Date from = new Date(System.currentTimeMillis() - 3600_000L), to = new Date(System.currentTimeMillis() + 3600_000L);
    String id = contacts.addMsgTemplate(WxCpMsgTemplate.builder().chatType("single").externalUserid(List.of(external)).sender("zhangsan")
        .text(text("上新")).attachments(link()).build()).getMsgId();
    assertTrue(contacts.getGroupMsgListV2("single", from, to, null, 2, 100, "").getGroupMsgList().stream().anyMatch(m -> m.getMsgId().equals(id)));
    assertEquals("zhangsan", contacts.getGroupMsgTask(id, 100, "").getTaskList().get(0).getUserId());
    contacts.remindGroupMsgSend(id);
    play("confirm", "\"msgid\":\"" + id + "\",\"userid\":\"zhangsan\"");
    assertEquals(1, contacts.getGroupMsgSendResult(id, "zhangsan", 100, "").getSendList().get(0).getStatus());
    assertEquals(external, contacts.getGroupMsgResult(id, 100, "").getDetailList().get(0).getExternalUserId()); // the oldest call
    contacts.cancelGroupMsgSend(id);
  }

  @Test
  void moments() throws Exception {
    String external = customer("zhangsan", "叶");
    var senders = new SenderList();
    senders.setUserList(List.of("zhangsan"));
    String job = contacts.addMomentTask(WxCpAddMomentTask.builder().text(text("新店开业")).visibleRange(new VisibleRange().setSenderList(senders)).build()).getJobId();
    var result = contacts.getMomentTaskResult(job);
    for (int i = 0; result.getStatus() != 3 && i < 100; i++) {
      Thread.sleep(100);
      result = contacts.getMomentTaskResult(job);
    }
    String id = result.getResult().getMomentId();
    long now = System.currentTimeMillis() / 1000;
    assertTrue(contacts.getMomentList(now - 3600, now + 3600, null, 2, "", 20).getMomentList().stream().anyMatch(m -> m.getMomentId().equals(id)));
    assertEquals(1, contacts.getMomentTask(id, "", 100).getTaskList().size());
    play("moment/publish", "\"userid\":\"zhangsan\",\"moment_id\":\"" + id + "\"");
    assertTrue(contacts.getMomentCustomerList(id, "zhangsan", "", 1000).getCustomerList().stream().anyMatch(c -> c.getExternalUserId().equals(external)));
    assertTrue(contacts.getMomentSendResult(id, "zhangsan", "", 1000).getCustomerList().stream().anyMatch(c -> c.getExternalUserId().equals(external)));
    play("moment/like", "\"userid\":\"zhangsan\",\"external_userid\":\"" + external + "\",\"moment_id\":\"" + id + "\"");
    assertEquals(1, contacts.getMomentComments(id, "zhangsan").getLikeList().size());
    contacts.cancelMomentTask(id);
  }

  @Test
  void wordsAndProducts() throws Exception {
    var range = new ApplicableRange();
    range.setUserList(List.of("zhangsan"));
    range.setDepartmentList(List.of());
    String rule = contacts.addInterceptRule(WxCpInterceptRuleAddRequest.builder().ruleName(WxJavaTest.unique("词")).wordList(List.of("返现")).interceptType(1).applicableRange(range).build());
    assertTrue(contacts.getInterceptRuleList().getRuleList().stream().anyMatch(r -> r.getRuleId().equals(rule)));
    contacts.updateInterceptRule(WxCpInterceptRule.builder().ruleId(rule).wordList(List.of("返现", "红包")).interceptType(2).build());
    assertEquals(List.of("返现", "红包"), contacts.getInterceptRuleDetail(rule).getRule().getWordList());
    contacts.delInterceptRule(rule);
    String media = contacts.uploadAttachment("image", "jpg", 2, new ByteArrayInputStream(picture())).getMediaId();
    var image = new Image();
    image.setMediaId(media);
    var attachment = new me.chanjar.weixin.cp.bean.external.product.Attachment();
    attachment.setType("image");
    attachment.setImage(image);
    var product = new WxCpProductAlbumInfo();
    product.setDescription("明前龙井");
    product.setPrice(12800);
    product.setProductSn(WxJavaTest.unique("SN"));
    product.setAttachments(Arrays.asList(attachment));
    String id = contacts.addProductAlbum(product);
    assertEquals("明前龙井", contacts.getProductAlbum(id).getProduct().getDescription());
    product.setProductId(id);
    product.setPrice(9900);
    contacts.updateProductAlbum(product);
    assertTrue(contacts.getProductAlbumList(100, "").getProductList().stream().anyMatch(p -> p.getProductId().equals(id) && p.getPrice() == 9900));
    contacts.deleteProductAlbum(id);
  }

  @Test
  void acquisition() throws Exception {
    var range = new WxCpCustomerAcquisitionInfo.Range();
    range.setUserList(List.of("zhangsan"));
    var req = new WxCpCustomerAcquisitionRequest();
    req.setLinkName("官网");
    req.setRange(range);
    req.setSkipVerify(true);
    var link = contacts.customerAcquisitionLinkCreate(req).getLink();
    assertTrue(contacts.customerAcquisitionLinkList(100, "").getLinkIdList().contains(link.getLinkId()));
    req.setLinkId(link.getLinkId());
    req.setLinkName("公众号");
    contacts.customerAcquisitionUpdate(req);
    assertEquals("公众号", contacts.customerAcquisitionLinkGet(link.getLinkId()).getLink().getLinkName());
    play("acquisition/buy", "\"count\":10");
    play("add", "\"link\":\"" + link.getUrl() + "?customer_channel=ad7\",\"name\":\"梅\"");
    assertEquals(1, contacts.customerAcquisitionCustomer(link.getLinkId(), 100, "").getCustomerList().size());
    assertTrue(contacts.customerAcquisitionQuota().getBalance() > 0);
    var today = new Date();
    assertNotNull(contacts.customerAcquisitionStatistic(link.getLinkId(), today, today));
    contacts.customerAcquisitionLinkDelete(link.getLinkId());
  }
}

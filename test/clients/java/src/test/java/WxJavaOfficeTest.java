import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Date;
import java.util.List;

import com.google.gson.JsonParser;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

import me.chanjar.weixin.common.error.WxErrorException;
import me.chanjar.weixin.cp.bean.oa.SummaryInfo;
import me.chanjar.weixin.cp.bean.oa.WxCpOaApplyEventRequest;
import me.chanjar.weixin.cp.bean.oa.WxCpOaSchedule;
import me.chanjar.weixin.cp.bean.oa.WxCpSpStatus;
import me.chanjar.weixin.cp.bean.oa.applydata.ApplyDataContent;
import me.chanjar.weixin.cp.bean.oa.applydata.ContentValue;
import me.chanjar.weixin.cp.bean.oa.calendar.WxCpOaCalendar;
import me.chanjar.weixin.cp.bean.oa.meetingroom.WxCpOaMeetingRoom;
import me.chanjar.weixin.cp.bean.oa.meetingroom.WxCpOaMeetingRoomBookRequest;
import me.chanjar.weixin.cp.bean.oa.meetingroom.WxCpOaMeetingRoomCancelBookRequest;

/** The library's WxCpOa services: approvals, leave, calendars, schedules and meeting rooms. */
class WxJavaOfficeTest {
  @BeforeAll
  static void find() throws Exception {
    WxJavaTest.find();
  }

  static String template(String name) {
    for (var t : WxJavaTest.corp.getAsJsonObject("approval").getAsJsonArray("templates")) {
      if (t.getAsJsonObject().get("name").getAsString().equals(name)) {
        return t.getAsJsonObject().get("template_id").getAsString();
      }
    }
    throw new AssertionError("the demo has no template " + name);
  }

  /** A field of an answer, which the library returns as it came. */
  static String field(String answer, String name) {
    return JsonParser.parseString(answer).getAsJsonObject().get(name).getAsString();
  }

  static ApplyDataContent content(String control, String id, ContentValue value) {
    return new ApplyDataContent().setControl(control).setId(id).setValue(value);
  }

  /** An approval of a trip is submitted, decided by a member, listed and read. */
  @Test
  void approval() throws Exception {
    var oa = WxJavaTest.app.getOaService();
    String id = template("出差");
    var detail = oa.getTemplateDetail(id);
    assertEquals(3, detail.getTemplateContent().getControls().size());

    long begin = 1767225600L + 86400L * (400 + System.nanoTime() % 20000);
    var range = new ContentValue.Attendance.DataRange().setType("halfday").setBegin(begin - 8 * 3600).setEnd(begin + 4 * 3600).setDuration(86400L);
    var attendance = new ContentValue.Attendance().setType(3).setDateRange(range);
    var data = new WxCpOaApplyEventRequest.ApplyData().setContents(List.of(
        content("Textarea", "Textarea-1", new ContentValue().setText("拜访客户")),
        content("Text", "Text-1", new ContentValue().setText("上海")),
        content("Attendance", "smart-time", new ContentValue().setAttendance(attendance))));
    var summary = new SummaryInfo().setSummaryInfoData(List.of(new SummaryInfo.SummaryInfoData().setLang("zh_CN").setText("出差一天")));
    String spNo = oa.apply(new WxCpOaApplyEventRequest().setCreatorUserId("zhangsan").setTemplateId(id).setUseTemplateApprover(0)
        .setApprovers(List.of(new WxCpOaApplyEventRequest.Approver().setAttr(1).setUserIds(new String[] {"lisi", "wangwu"})))
        .setNotifiers(new String[] {"linyue"}).setApplyData(data).setSummaryList(List.of(summary)));
    assertEquals(WxCpSpStatus.AUDITING, oa.getApprovalDetail(spNo).getInfo().getSpStatus());

    String body = "{\"corpid\":\"" + WxJavaTest.corp.get("corpid").getAsString() + "\",\"sp_no\":\"" + spNo + "\",\"userid\":\"wangwu\",\"speech\":\"同意\"}";
    var decided = HttpClient.newHttpClient().send(HttpRequest.newBuilder(URI.create(WxJavaTest.baseUrl + "/_qiwei/approval/approve"))
        .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build(), HttpResponse.BodyHandlers.ofString());
    assertEquals(200, decided.statusCode(), decided.body());

    var info = oa.getApprovalDetail(spNo).getInfo();
    assertEquals(WxCpSpStatus.PASSED, info.getSpStatus());
    assertEquals("zhangsan", info.getApplier().getUserId());
    assertEquals("上海", info.getApplyData().getContents().get(1).getValue().getText());
    Date now = new Date();
    var list = oa.getApprovalInfo(new Date(now.getTime() - 3600_000), new Date(now.getTime() + 3600_000));
    assertTrue(list.getSpNoList().contains(spNo));
    assertEquals(301025, assertThrows(WxErrorException.class, () -> oa.getTemplateDetail("3none")).getError().getErrorCode());
  }

  /** What is left of a member's leave is set and read. */
  @Test
  void leave() throws Exception {
    var oa = WxJavaTest.app.getOaService();
    assertEquals("年假", oa.getCorpConf().getLists().get(0).getName());
    oa.setOneUserQuota("wangwu", 1, 3 * 86400, 0, "补发");
    var left = oa.getUserVacationQuota("wangwu").getLists().get(0);
    assertEquals(3 * 86400, left.getLeftDuration());
  }

  /** A calendar gets a schedule, and both go again. */
  @Test
  void calendar() throws Exception {
    var calendars = WxJavaTest.app.getOaCalendarService();
    var schedules = WxJavaTest.app.getOaScheduleService();
    String cal = field(calendars.add(WxCpOaCalendar.builder().summary("发布").color("#FF3030").description("").build()), "cal_id");
    assertEquals("发布", calendars.get(List.of(cal)).get(0).getSummary());
    long at = System.currentTimeMillis() / 1000 + 86400;
    String id = field(schedules.add(new WxCpOaSchedule().setSummary("评审").setCalId(cal).setStartTime(at).setEndTime(at + 1800)
        .setAttendees(List.of(new WxCpOaSchedule.Attendee().setUserid("lisi"))), null), "schedule_id");
    var found = schedules.getDetails(List.of(id)).get(0);
    assertEquals("评审", found.getSummary());
    assertEquals("lisi", found.getAttendees().get(0).getUserid());
    assertEquals(id, schedules.listByCalendar(cal, 0, 10).get(0).getScheduleId());
    schedules.delete(id);
    calendars.delete(cal);
    assertTrue(calendars.get(List.of(cal)).isEmpty());
  }

  /** A room is made, booked once, and given back. */
  @Test
  void rooms() throws Exception {
    var rooms = WxJavaTest.app.getOaMeetingRoomService();
    int id = Integer.parseInt(field(rooms.addMeetingRoom(WxCpOaMeetingRoom.builder().name(WxJavaTest.unique("间")).capacity(4).build()), "meetingroom_id"));
    int at = (int) (System.currentTimeMillis() / 1000 + 86400) / 1800 * 1800;
    var wish = WxCpOaMeetingRoomBookRequest.builder().meetingroomId(id).startTime(at).endTime(at + 3600).subject("周会").booker("lisi").build();
    var booked = rooms.bookingMeetingRoom(wish);
    assertEquals(45035, assertThrows(WxErrorException.class, () -> rooms.bookingMeetingRoom(wish)).getError().getErrorCode());
    rooms.cancelBookMeetingRoom(WxCpOaMeetingRoomCancelBookRequest.builder().booking_id(booked.getBooking_id()).build());
    rooms.bookingMeetingRoom(wish);
    rooms.deleteMeetingRoom(id);
  }
}

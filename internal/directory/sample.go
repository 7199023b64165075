package directory

import (
	"strconv"

	"qiwei/internal/event"
	"qiwei/internal/id"
)

// The kinds of event of the directory, each with a sample. A receiver that drops repetitions distinguishes
// two changes by what they changed and whom they name.

func (s *Service) declare(l *event.Log) {
	change := func(name string, doc int, identity string) event.Declaration {
		return event.Declaration{Name: "change_contact/" + name, Doc: doc, Receivers: contactReceivers, Identity: []string{"ChangeType", identity}}
	}
	s.DepartmentCreated = event.Declare(l, change("create_party", 90971, "Id"), func() DepartmentCreatedEvent {
		return DepartmentCreatedEvent{ID: 999999, ParentID: 1, Order: 1, Name: "测试部门", s: s}
	})
	s.DepartmentUpdated = event.Declare(l, change("update_party", 90971, "Id"), func() DepartmentUpdatedEvent {
		name, parent := "测试部门二", int64(1)
		return DepartmentUpdatedEvent{ID: 999999, Name: &name, ParentID: &parent, s: s}
	})
	s.DepartmentDeleted = event.Declare(l, change("delete_party", 90971, "Id"), func() DepartmentDeletedEvent {
		return DepartmentDeletedEvent{ID: 999999, s: s}
	})
	s.MemberCreated = event.Declare(l, change("create_user", 90970, "UserID"), func() MemberCreatedEvent {
		return MemberCreatedEvent{Member: sampleMember(), s: s}
	})
	s.MemberUpdated = event.Declare(l, change("update_user", 90970, "UserID"), func() MemberUpdatedEvent {
		m := sampleMember()
		return MemberUpdatedEvent{UserID: "sample", NewUserID: m.UserID, Member: m, s: s, Changed: []string{
			"name", "department", "main_department", "is_leader_in_dept", "direct_leader", "position", "mobile", "gender", "email", "biz_mail",
			"status", "avatar", "alias", "telephone", "address", "extattr",
		}}
	})
	s.MemberDeleted = event.Declare(l, change("delete_user", 90970, "UserID"), func() MemberDeletedEvent {
		return MemberDeletedEvent{UserID: sampleMember().UserID, s: s}
	})
	s.TagUpdated = event.Declare(l, change("update_tag", 90972, "TagId"), func() TagUpdatedEvent {
		return TagUpdatedEvent{TagID: 999999, AddUsers: []id.UserID{"zhangsan", "lisi"}, DelUsers: []id.UserID{"zhangsan1", "lisi1"},
			AddParties: []int64{1, 2}, DelParties: []int64{3, 4}, s: s}
	})
	s.JobDone = event.Declare(l, event.Declaration{Name: "batch_job_result", Doc: 90973, Identity: []string{"JobId"}}, func() JobDoneEvent {
		return JobDoneEvent{JobID: "sample-job", JobType: "sync_user", ErrMsg: "ok"}
	})
}

func sampleMember() Member {
	return Member{
		UserID: "sample-member", Name: "测试成员", Alias: "sample", Position: "产品经理", Mobile: "13800000000", Gender: 1, Email: "sample@corp.example",
		BizMail: "sample@biz.corp.example", Telephone: "020-123456", Address: "广州市", DirectLeader: "zhangsan", MainDepartment: 1,
		Places: []Place{{Department: 1, Leader: true}}, Enabled: true, Activated: true,
		Attributes: Attributes{{Name: "爱好", Text: "旅游"}, {Type: AttributeWeb, Name: "卡号", Title: "企业微信", URL: "https://work.example"}},
	}
}

// Subject names the department.
func (e DepartmentCreatedEvent) Subject() string { return "#" + strconv.FormatInt(e.ID, 10) }

// Subject names the department.
func (e DepartmentUpdatedEvent) Subject() string { return "#" + strconv.FormatInt(e.ID, 10) }

// Subject names the department.
func (e DepartmentDeletedEvent) Subject() string { return "#" + strconv.FormatInt(e.ID, 10) }

// Subject names the member.
func (e MemberCreatedEvent) Subject() string { return string(e.Member.UserID) }

// Subject names the member, by the userid before the change.
func (e MemberUpdatedEvent) Subject() string { return string(e.UserID) }

// Subject names the member.
func (e MemberDeletedEvent) Subject() string { return string(e.UserID) }

// Subject names the tag.
func (e TagUpdatedEvent) Subject() string { return "#" + strconv.FormatInt(e.TagID, 10) }

// Subject names the job.
func (e JobDoneEvent) Subject() string { return e.JobID }

// Package directory keeps the members, departments and tags of a corp. It serves /cgi-bin/user/,
// /cgi-bin/department/, /cgi-bin/tag/ and /cgi-bin/batch/ (doc 90193 and neighbours), reads the corp's
// settings from corp, and is read by everything above it. People join through internal/join; internal/sheet
// reads and writes files of members and departments.
//
// A caller sees what its visible range holds. The range is part of every query. What lies outside does not
// exist for the caller, except where WeCom distinguishes the two. A table says which fields it reads of what
// lies inside (member_field.go, department_view.go).
package directory

import (
	"context"
	"embed"
	"maps"
	"slices"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/corp"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Corps  *corp.Service
	Media  *media.Service
	Events *event.Log
	Box    *seal.Box
	// BaseURL is where members and their clients reach this server, without a
	// slash at the end. Avatars are links to it.
	BaseURL func() string
	// Limits turns on the ban on corps that look up too many members in vain.
	Limits bool
}

// Service keeps the directories of all corps.
type Service struct {
	deps Deps

	DepartmentCreated *event.Kind[DepartmentCreatedEvent]
	DepartmentUpdated *event.Kind[DepartmentUpdatedEvent]
	DepartmentDeleted *event.Kind[DepartmentDeletedEvent]
	MemberCreated     *event.Kind[MemberCreatedEvent]
	MemberUpdated     *event.Kind[MemberUpdatedEvent]
	MemberDeleted     *event.Kind[MemberDeletedEvent]
	TagUpdated        *event.Kind[TagUpdatedEvent]
	JobDone           *event.Kind[JobDoneEvent]

	guesses       *wire.Limiter
	memberLeaving []func(context.Context, *store.Tx, access.Caller, Member) error
	tagDeleted    []func(context.Context, *store.Tx, access.Caller, DeletedTag) error
}

// New returns the room.
func New(d Deps) *Service {
	s := &Service{deps: d, guesses: wire.NewLimiter()}
	s.declare(d.Events)
	d.Corps.OnDelete(forgetCorp)
	return s
}

// contactReceivers is the directory's row in the table of subscriptions (doc 90967): contact sync, and the
// applications that a provider develops for the corp or has installed there (doc 90639). The page does not name
// self-built applications, so they get nothing.
var contactReceivers = event.Receivers{
	access.ContactSync: event.Reduced, access.Custom: event.Visible,
	access.ThirdParty: event.Visible, access.ThirdPartyContacts: event.Visible, access.ContactsEdit: event.IDs,
}

// tagReceivers are the same without the grant to edit the directory, which is told nothing of tags (doc 96078).
var tagReceivers = func() event.Receivers {
	out := maps.Clone(contactReceivers)
	delete(out, access.ContactsEdit)
	return out
}()

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.departmentEndpoints(), s.memberEndpoints(), s.tagEndpoints(),
		s.openIDEndpoints(), s.activityEndpoints())
}

// forgetCorp removes the members of a deleted corp. They refer to its departments, which PostgreSQL would
// otherwise try to delete first.
func forgetCorp(ctx context.Context, tx *store.Tx, corpID string) error {
	_, err := tx.Exec(`DELETE FROM member WHERE corpid = ?`, corpID)
	return err
}

// The kinds of event of the directory, each with a sample. A receiver that drops repetitions distinguishes
// two changes by what they changed and whom they name.

func (s *Service) declare(l *event.Log) {
	change := func(name string, doc int, identity string) event.Declaration {
		to := contactReceivers
		if name == "update_tag" {
			to = tagReceivers
		}
		name = "change_contact/" + name
		return event.Declaration{Name: name, Doc: doc, Receivers: to, SuiteCallbacks: []string{name}, Identity: []string{"ChangeType", identity}}
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
	s.JobDone = event.Declare(l, event.Declaration{
		Name: "batch_job_result", Doc: 90973, SuiteCallbacks: []string{"batch_job_result"}, Identity: []string{"JobId"},
	}, func() JobDoneEvent {
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

package console

import (
	"errors"
	"net/http"
	"slices"

	"qiwei/internal/directory"
	"qiwei/internal/store"
)

// One rule for what an admin may do to a member, by whatever way: a form, a batch, or a row of an import. A
// ranged admin may see a member of whom only some departments are in the range, and then
//
//   - changes the member's places within the range, and no others;
//   - deletes, disables or enables only a member who is in the range wholly, and is no
//     admin and has no role of the chat archive: nobody ends who stands above them, or beside;
//   - changes an address by which other software knows the member only where they may decide how the member
//     signs in (mayLetIn): an OpenID Connect client that goes by mail would take the one for the other.
//
// Nobody deletes or disables themselves.

var (
	errOneself = problem{http.StatusUnprocessableEntity, "self", "不能删除或禁用自己", "You cannot delete or disable yourself.", ""}
	errPeer    = problem{http.StatusForbidden, "admin", "该成员是管理员或有会话存档角色，只有超级管理员可以删除、禁用或启用", "The member is an admin, or has a role of the chat archive. Only a super admin may delete, disable or enable them.", ""}
	errAddress = problem{http.StatusForbidden, "admin", "该成员是管理员或有会话存档角色，只有超级管理员可以修改其手机号和邮箱", "The member is an admin, or has a role of the chat archive. Only a super admin may change their mobile number and mail addresses.", ""}
)

// identifying are the plain texts of a member that stand for the person elsewhere: in products behind OpenID
// Connect and LDAP, and where WeCom's API looks a userid up.
var identifying = []directory.Field{directory.FieldMobile, directory.FieldEmail, directory.FieldBizMail}

// identifies returns the first field of the update that would change how others know the member; empty for
// none.
func identifies(old directory.Member, u directory.MemberUpdate) directory.Field {
	for _, f := range identifying {
		text, given := u.Texts[f]
		switch {
		case !given, f == directory.FieldMobile && old.Activated, f == directory.FieldBizMail && text == "": // which change nothing
			continue
		}
		row := f.Row()
		if stored, err := row.Rule(&old, text); err == nil && stored != *row.Text(&old) { // what breaks the rule is refused for that
			return f
		}
	}
	return ""
}

// mayUpdate answers why the admin may not make the update, nil if they may.
func (v *visit) mayUpdate(tx *store.Tx, old directory.Member, u directory.MemberUpdate) error {
	after := old.Departments()
	if u.Departments != nil {
		after = *u.Departments
	}
	if err := v.sameBeyond(tx, old.Departments(), after); err != nil {
		return err
	}
	if err := v.within(tx, ledAnew(old, after, u)...); err != nil {
		return err
	}
	if field := identifies(old, u); field != "" {
		if err := v.mayLetIn(tx, old); errors.Is(err, errAbove) {
			p := errAddress
			p.field = string(field)
			return p
		} else if err != nil {
			return err
		}
	}
	if u.Enabled == nil || *u.Enabled == old.Enabled {
		return nil
	}
	return v.maySwitch(tx, old, *u.Enabled)
}

// mayDelete answers why the admin may not delete the member, nil if they may.
func (v *visit) mayDelete(tx *store.Tx, m directory.Member) error { return v.maySwitch(tx, m, false) }

// maySwitch decides about the member as a whole: enabling, disabling, deleting.
func (v *visit) maySwitch(tx *store.Tx, m directory.Member, on bool) error {
	if !on && m.No == v.member.No {
		return errOneself
	}
	if err := v.within(tx, m.Departments()...); err != nil {
		return err
	}
	if may[v.admin.Role][rule] {
		return nil
	}
	_, is, err := v.s.adminOf(tx, v.corpID, m)
	if err == nil && is && m.No != v.member.No {
		err = errPeer
	}
	return err
}

// ledAnew returns the departments that the member leads only before or only after an update.
func ledAnew(old directory.Member, after []int64, u directory.MemberUpdate) (out []int64) {
	if u.Departments == nil && u.Leads == nil {
		return nil
	}
	for i, d := range after {
		leads := u.Leads != nil && i < len(*u.Leads) && (*u.Leads)[i] != 0
		led := slices.ContainsFunc(old.Places, func(p directory.Place) bool { return p.Department == d && p.Leader })
		if leads != led {
			out = append(out, d)
		}
	}
	return out
}

package suite

import (
	"context"
	"reflect"
	"slices"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Change is what an administrator changes in an installation. What is nil stays.
type Change struct {
	Range       *access.Range
	Permissions *[]string
	Disabled    *bool
	// Mode switches between an installation by an administrator, whose Range is then who uses it, and one by
	// members, whom a range of theirs goes on with (doc 94496).
	Mode *Mode
}

// ErrMode refuses to have members install what is for administrators alone.
var ErrMode = wire.Code(40133, "member authorization forbidden by corp")

// ChangeInstallation changes what a suite may do in a corp, and returns it as it was
// before. The provider is told by change_auth.
func (s *Service) ChangeInstallation(ctx context.Context, tx *store.Tx, corpID, suiteID string, c Change) (before Installation, err error) {
	in, err := s.Installation(tx, corpID, suiteID)
	if err != nil {
		return in, err
	}
	before = in
	if c.Range != nil {
		if err := s.CheckRange(ctx, tx, in.CorpID, *c.Range); err != nil {
			return in, err
		}
		in.Range = *c.Range
	}
	if c.Mode != nil && *c.Mode != in.Mode {
		if err := s.switchMode(tx, &in, *c.Mode, c.Range); err != nil {
			return before, err
		}
	}
	if c.Permissions != nil {
		if err := checkPermissions(*c.Permissions); err != nil {
			return in, err
		}
		in.Grants, in.Sensitive = *c.Permissions, sensitive(*c.Permissions)
	}
	if c.Disabled != nil {
		in.Disabled = *c.Disabled
	}
	if err := s.deps.Apps.UpdateApp(ctx, tx, in.App); err != nil {
		return before, err
	}
	if in.Mode != before.Mode && !in.news(before.App, in.App) { // otherwise it has been told
		err = s.tellInstallation(ctx, tx, changeAuth, in, "")
	}
	return before, err
}

// switchMode makes an installation one of the other mode. Members who have installed it for themselves go on with it
// alone where the range is left as it is; departments and tags end with an administrator's.
func (s *Service) switchMode(tx *store.Tx, in *Installation, to Mode, chosen *access.Range) error {
	switch to {
	default:
		return wire.ErrParameter.With("auth_mode: 0 or 1 expected, not %d", to)
	case ByAdmin:
	case ByMembers:
		c, err := s.deps.Corps.Corp(tx, in.CorpID)
		if err != nil {
			return err
		}
		if !c.MemberAuth || in.Kind != access.ThirdParty {
			return ErrMode.With("members of the enterprise may not install the suite for themselves")
		}
		if chosen != nil && (len(chosen.Departments) > 0 || len(chosen.Tags) > 0) {
			return wire.ErrParameter.With("range: members alone install for themselves")
		}
		in.Range = access.Range{Members: in.Range.Members}
	}
	in.Mode = to
	_, err := tx.Exec(`UPDATE suite_installation SET mode = ? WHERE app = ? AND corpid = ?`, int64(to), in.No, in.CorpID)
	return err
}

// news reports whether its provider is told of a change of its application.
func (in Installation) news(before, after app.App) bool {
	same := before.Disabled == after.Disabled && reflect.DeepEqual(before.Range, after.Range) && slices.Equal(before.Grants, after.Grants)
	return !same && !joined(in, before, after)
}

// appUpdated tells the provider by change_auth that the corp has changed what the
// application may do or see (doc 100964).
func (s *Service) appUpdated(ctx context.Context, tx *store.Tx, before, after app.App) error {
	if !after.Kind.Installed() {
		return nil
	}
	in, found, err := s.InstallationNo(tx, after.No)
	if err != nil || !found || !in.news(before, after) {
		return err
	}
	if err := s.tellInstallation(ctx, tx, changeAuth, in, ""); err != nil {
		return err
	}
	if err := s.tellSpecial(ctx, tx, in, before.Grants, after.Grants); err != nil || !after.Kind.Commanded() || showsArch(before.Grants) || !showsArch(after.Grants) {
		return err
	}
	open, err := s.knownAs(tx, in)
	if err != nil {
		return err
	}
	return s.tell(ctx, tx, in.Suite, access.System(in.Suite.Partner), corpArch, archPush(open))
}

// showsArch reports whether an application may see the corp's organisation (doc 97378).
func showsArch(grants []string) bool {
	return slices.ContainsFunc(grants, func(g string) bool { return strings.HasPrefix(g, "corp_arch:") })
}

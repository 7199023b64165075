package message

import (
	"regexp"
	"strconv"
	"strings"

	"qiwei/internal/access"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// placeholder is a part of a text that stands for a name (id转译, doc 92092).
var placeholder = regexp.MustCompile(`\$(departmentName|userName|userAlias|userAliasOrName)=([^$]{1,64})\$`)

// translate replaces the placeholders in the texts by the names that they stand for. A placeholder that is
// malformed, unknown or outside the caller's range stays as it is. So do those of chats, archived messages
// and customers, whose rooms are not built.
func (s *Service) translate(tx *store.Tx, by access.Caller, texts []*string) error {
	for _, t := range texts {
		if !strings.Contains(*t, "$") {
			continue
		}
		var failed error
		*t = placeholder.ReplaceAllStringFunc(*t, func(whole string) string {
			part := placeholder.FindStringSubmatch(whole)
			name, err := s.nameFor(tx, by, part[1], part[2])
			if err != nil {
				failed = err
			}
			if name == "" {
				return whole
			}
			return name
		})
		if failed != nil {
			return failed
		}
	}
	return nil
}

// nameFor returns the name of a department or member; empty if there is none to show.
func (s *Service) nameFor(tx *store.Tx, by access.Caller, kind, of string) (string, error) {
	d := s.deps.Directory
	if kind == "departmentName" {
		dep, err := strconv.ParseInt(of, 10, 64)
		if err != nil {
			return "", nil
		}
		seen, err := d.VisibleDepartments(tx, by, []int64{dep})
		if err != nil || !seen[dep] {
			return "", err
		}
		names, err := d.DepartmentNames(tx, by.CorpID, []int64{dep})
		return names[dep], err
	}
	user := struct {
		ID id.UserID `json:"userid"`
	}{id.UserID(of)}
	if err := wire.OwnIDs(tx, by, &user); err != nil {
		return "", err
	}
	named, err := d.Named(tx, by, []string{string(user.ID)})
	if err != nil {
		return "", err
	}
	found, ok := named[user.ID.Key()]
	if !ok {
		return "", nil
	}
	m, _, err := d.MemberNo(tx, found.No)
	switch {
	case err != nil || kind == "userName":
		return m.Name, err
	case m.Alias != "" || kind == "userAlias":
		return m.Alias, nil
	}
	return m.Name, nil
}

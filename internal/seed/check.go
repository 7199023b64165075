package seed

import (
	"fmt"
	"slices"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/id"
	"qiwei/internal/token"
)

// check checks the file by itself: that ids are unique and that references lead somewhere. The rooms apply
// their own rules when each value is created.
func (e Enterprise) check() error {
	if e.Format != Format {
		return fmt.Errorf("format: %q; %q expected", e.Format, Format)
	}
	if e.Corp.Name == "" {
		return fmt.Errorf("corp.name: missing")
	}
	departments, err := e.checkDepartments()
	if err != nil {
		return err
	}
	members, err := e.checkMembers(departments)
	if err != nil {
		return err
	}
	for _, m := range []struct {
		path string
		user id.UserID
	}{{"corp.creator", e.Corp.Creator}, {"corp.admin", e.Corp.Admin}} {
		if m.user != "" && !members[m.user.Key()] {
			return fmt.Errorf("%s: %q; a userid of the file's members expected", m.path, m.user)
		}
	}
	tags := map[int64]bool{}
	for i, t := range e.Tags {
		path := fmt.Sprintf("tags[%d]", i)
		if t.Name == "" {
			return fmt.Errorf("%s.tagname: missing", path)
		}
		if t.ID != 0 && tags[t.ID] {
			return fmt.Errorf("%s.tagid: %d is given twice", path, t.ID)
		}
		tags[t.ID] = true
		if err := known(path, t.Members, members, t.Departments, departments); err != nil {
			return err
		}
	}
	if err := e.checkBots(members, departments, tags); err != nil {
		return err
	}
	return e.checkApps(members, departments, tags)
}

func (e Enterprise) checkBots(members map[string]bool, departments, tags map[int64]bool) error {
	ids := map[string]bool{}
	for i, b := range e.Bots {
		path := fmt.Sprintf("bots[%d]", i)
		if b.BotID != "" && ids[b.BotID] {
			return fmt.Errorf("%s.bot_id: %s is given twice", path, b.BotID)
		}
		ids[b.BotID] = true
		if err := knownRange(path+".range", b.Range, members, departments, tags); err != nil {
			return err
		}
	}
	return nil
}

func knownRange(path string, r access.Range, members map[string]bool, departments, tags map[int64]bool) error {
	for i, t := range r.Tags {
		if !tags[t] {
			return fmt.Errorf("%s.tags[%d]: there is no tag %d in the file", path, i, t)
		}
	}
	return known(path, r.Members, members, r.Departments, departments)
}

// checkOwners checks that the applications that own tags exist.
func (e Enterprise) checkOwners(agents map[int64]bool) error {
	for i, t := range e.Tags {
		if t.AgentID != 0 && !agents[t.AgentID] {
			return fmt.Errorf("tags[%d].agentid: there is no application %d in the file", i, t.AgentID)
		}
	}
	return nil
}

func (e Enterprise) checkDepartments() (map[int64]bool, error) {
	out := map[int64]bool{access.Root: true}
	listed := map[int64]bool{}
	for i, d := range e.Departments {
		path := fmt.Sprintf("departments[%d]", i)
		switch {
		case d.ID == 0:
			return nil, fmt.Errorf("%s.id: missing", path)
		case listed[d.ID]:
			return nil, fmt.Errorf("%s.id: %d is given twice", path, d.ID)
		case d.Name == "":
			return nil, fmt.Errorf("%s.name: missing", path)
		case d.ID == access.Root && d.ParentID != 0:
			return nil, fmt.Errorf("%s.parentid: %d; department 1 is the root and has none", path, d.ParentID)
		}
		out[d.ID], listed[d.ID] = true, true
	}
	for i, d := range e.Departments {
		if d.ParentID != 0 && !out[d.ParentID] {
			return nil, fmt.Errorf("departments[%d].parentid: there is no department %d in the file", i, d.ParentID)
		}
	}
	return out, nil
}

func (e Enterprise) checkMembers(departments map[int64]bool) (map[string]bool, error) {
	out := map[string]bool{}
	for i, m := range e.Members {
		path := fmt.Sprintf("members[%d]", i)
		if m.UserID != "" && out[m.UserID.Key()] {
			return nil, fmt.Errorf("%s.userid: %q is given twice (userids that differ in letter case alone are the same)", path, m.UserID)
		}
		out[m.UserID.Key()] = true
		if m.Texts[directory.FieldName] == "" {
			return nil, fmt.Errorf("%s.name: missing", path)
		}
		for j, d := range m.Departments {
			if !departments[d] {
				return nil, fmt.Errorf("%s.department[%d]: there is no department %d in the file", path, j, d)
			}
		}
		for _, l := range []struct {
			name string
			list []int64
		}{{"order", m.Orders}, {"is_leader_in_dept", m.Leads}} {
			if len(l.list) > 0 && len(l.list) != len(m.Departments) {
				return nil, fmt.Errorf("%s.%s: %d elements; as many as in department, %d, expected", path, l.name, len(l.list), len(m.Departments))
			}
		}
	}
	delete(out, "")
	for i, m := range e.Members {
		if m.DirectLeader != "" && !out[m.DirectLeader.Key()] {
			return nil, fmt.Errorf("members[%d].direct_leader: %q; a userid of the file's members expected", i, m.DirectLeader)
		}
	}
	return out, nil
}

func (e Enterprise) checkApps(members map[string]bool, departments, tags map[int64]bool) error {
	agents, kinds, given := map[int64]bool{}, map[access.Kind]bool{}, map[string]bool{}
	for i, a := range e.Apps {
		path := fmt.Sprintf("apps[%d]", i)
		if !slices.Contains(access.MadeKinds(), a.Kind) {
			var words []string
			for _, k := range access.MadeKinds() {
				words = append(words, string(k))
			}
			return fmt.Errorf("%s.kind: %q; %s expected", path, a.Kind, oneOf(words))
		}
		if a.Kind.Single() && kinds[a.Kind] {
			return fmt.Errorf("%s.kind: a second application of kind %s; a corp has one", path, a.Kind)
		}
		kinds[a.Kind] = true
		if a.AgentID != 0 && agents[a.AgentID] {
			return fmt.Errorf("%s.agentid: %d is given twice", path, a.AgentID)
		}
		agents[a.AgentID] = true
		if n := len(a.Secret); n != 0 && (n < 16 || n > 128) {
			return fmt.Errorf("%s.secret: %d characters; 16 to 128 expected (43 in WeCom), or none for a new one", path, n)
		}
		if a.AccessToken != "" {
			if err := token.CheckGiven(a.AccessToken); err != nil {
				return fmt.Errorf("%s.access_token: %w", path, err)
			}
			if given[a.AccessToken] {
				return fmt.Errorf("%s.access_token: it is given twice; a token says whose call it is", path)
			}
			given[a.AccessToken] = true
		}
		if a.TokenLife < 0 || a.TokenLife > int64(token.Life/time.Second) {
			return fmt.Errorf("%s.token_life: %d; whole seconds from 1 to %d expected", path, a.TokenLife, token.Life/time.Second)
		}
		if a.TrustedIPs != nil {
			if _, err := access.ParseAddresses(*a.TrustedIPs); err != nil {
				return fmt.Errorf("%s.trusted_ips: %w", path, err)
			}
		}
		if err := knownRange(path+".range", a.Range, members, departments, tags); err != nil {
			return err
		}
	}
	return e.checkOwners(agents)
}

func known(path string, users []id.UserID, members map[string]bool, ids []int64, departments map[int64]bool) error {
	for i, u := range users {
		if !members[u.Key()] {
			return fmt.Errorf("%s.members[%d]: there is no member %q in the file", path, i, u)
		}
	}
	for i, d := range ids {
		if !departments[d] {
			return fmt.Errorf("%s.departments[%d]: there is no department %d in the file", path, i, d)
		}
	}
	return nil
}

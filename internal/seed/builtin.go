package seed

import (
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/form"
	"qiwei/internal/hr"
	"qiwei/internal/id"
	"qiwei/internal/invoice"
	"qiwei/internal/living"
	"qiwei/internal/platform"
	"qiwei/internal/security"
	"qiwei/internal/store"
)

// Living is a live broadcast of an application. One whose time is over was held, and its viewers watched it all.
type Living struct {
	AgentID     int64       `json:"agentid"`
	Anchor      id.UserID   `json:"anchor_userid"`
	Theme       string      `json:"theme"`
	Description string      `json:"description,omitempty"`
	Type        int64       `json:"type,omitempty"`
	Day         int64       `json:"day"`               // days after the day on which the file is loaded; before it where it is negative
	Time        string      `json:"time"`              // HH:MM in China
	Minutes     int64       `json:"minutes,omitempty"` // 60 if absent
	Viewers     []id.UserID `json:"viewers,omitempty"` // who have reserved a place, or watched
}

// Staff is what the roster has of a member.
type Staff struct {
	UserID id.UserID    `json:"userid"`
	Fields []StaffField `json:"fields"`
}

// StaffField is a value as people write it: an option by its name, a time as a day.
type StaffField struct {
	Field int64  `json:"fieldid"`
	Idx   int64  `json:"sub_idx,omitempty"` // of a repeated group; the next one begins another
	Value string `json:"value"`
}

// TrustedDevice is a computer. A member has signed in with it, unless it is only imported.
type TrustedDevice struct {
	security.Hardware
	UserID id.UserID `json:"userid,omitempty"`
	// State is what has come of it: imported, which is so if it is absent, unknown, asked (for the corp), corp or personal.
	State string `json:"state,omitempty"`
}

// Invoice is an electronic invoice in a member's cards. Money is in fen.
type Invoice struct {
	UserID id.UserID `json:"userid"`
	Payee  string    `json:"payee"`
	Fee    int64     `json:"fee"`
	Title  string    `json:"title,omitempty"`
	Item   string    `json:"item,omitempty"` // what was bought
}

// builtIn come after members and applications.
func (l loader) builtIn(e Enterprise) error {
	for i, v := range e.Livings {
		if err := l.living(v); err != nil {
			return fmt.Errorf("livings[%d] (%s): %w", i, v.Theme, err)
		}
	}
	for i, v := range e.Staff {
		for j, f := range v.Fields {
			if err := l.s.HR.Set(l.ctx, l.tx, l.by.CorpID, v.UserID, hr.Wanted{Field: f.Field, Idx: f.Idx}, f.Value); err != nil {
				return fmt.Errorf("staff[%d].fields[%d]: %w", i, j, err)
			}
		}
	}
	for i, v := range e.Devices {
		if err := l.device(v); err != nil {
			return fmt.Errorf("trusted_devices[%d]: %w", i, err)
		}
	}
	for i, v := range e.Invoices {
		p := invoice.Paper{Payee: v.Payee, Fee: v.Fee, Title: v.Title, BillingTime: l.morning(int64(i) + 1).Unix()}
		if v.Item != "" {
			p.Items = []invoice.Item{{Name: v.Item, Num: 1, Price: v.Fee}}
		}
		if _, err := l.s.Invoices.Add(l.ctx, l.tx, l.by, v.UserID, p); err != nil {
			return fmt.Errorf("invoices[%d] (%s): %w", i, v.Payee, err)
		}
	}
	return nil
}

func (l loader) living(v Living) error {
	a, err := l.s.Apps.App(l.tx, l.by.CorpID, v.AgentID)
	if err != nil {
		return err
	}
	by, err := l.s.Apps.Caller(l.tx, a)
	if err != nil {
		return err
	}
	by.Level = access.InRange
	at, err := time.Parse("15:04", v.Time)
	if err != nil {
		return fmt.Errorf("time: %q; HH:MM expected", v.Time)
	}
	today := l.tx.Now().In(form.China)
	begin := time.Date(today.Year(), today.Month(), today.Day()+int(v.Day), at.Hour(), at.Minute(), 0, 0, form.China)
	minutes := v.Minutes
	if minutes == 0 {
		minutes = 60
	}
	live := living.Live{Anchor: v.Anchor, Start: begin.Unix(), Length: minutes * 60, Body: living.Body{Theme: v.Theme, Description: v.Description, Type: v.Type, Remind: 600}}
	if begin.Add(time.Duration(minutes) * time.Minute).Before(l.tx.Now()) {
		_, err = l.s.Livings.Recall(l.ctx, l.tx, by, live, v.Viewers)
		return err
	}
	if live, err = l.s.Livings.Create(l.ctx, l.tx, by, live); err != nil {
		return err
	}
	for _, u := range v.Viewers {
		if _, err := l.s.Livings.View(l.ctx, l.tx, l.by.CorpID, live.ID, living.Person{UserID: u}, living.Person{}, living.Reserve); err != nil {
			return err
		}
	}
	return nil
}

func (l loader) device(v TrustedDevice) error {
	if v.State == "" || v.State == "imported" {
		code, result, err := l.s.Security.Import(l.tx, l.by, v.Hardware)
		if err == nil && result != security.ImportDone {
			err = fmt.Errorf("it cannot be imported: result %d of doc 98920 (%s)", result, code)
		}
		if err == nil && v.UserID != "" {
			_, err = l.s.Security.SignIn(l.ctx, l.tx, l.by, v.UserID, v.Hardware)
		}
		return err
	}
	d, err := l.s.Security.SignIn(l.ctx, l.tx, l.by, v.UserID, v.Hardware)
	if err != nil || v.State == "unknown" {
		return err
	}
	if v.State != "asked" && v.State != "corp" && v.State != "personal" {
		return fmt.Errorf("state: %q; imported, unknown, asked, corp or personal expected", v.State)
	}
	if err := l.s.Security.Ask(l.ctx, l.tx, l.by, v.UserID, d.Code, v.State == "personal", false); err != nil || v.State == "asked" {
		return err
	}
	_, _, err = l.s.Security.Decide(l.tx, l.by, []string{d.Code}, true)
	return err
}

// leftOfBuiltIn names what Export leaves out of these applications; nothing where they hold nothing.
func leftOfBuiltIn(tx *store.Tx, s *platform.Server, corpID string) ([]string, error) {
	for _, any := range []func(*store.Tx, string) (bool, error){s.Livings.Any, s.Meetings.Any, s.HR.Any, s.Security.AnyDevice, s.Security.AnyRecord, s.Invoices.Any, s.Health.Any, s.Dial.Any, s.Todos.Any} {
		if found, err := any(tx, corpID); err != nil || found {
			return []string{"live broadcasts, meetings, the roster, trusted devices, records of security, invoices, health reports, calls and to-dos"}, err
		}
	}
	return nil, nil
}

package smartsheet

import (
	"context"
	"net/http"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/login"
	"qiwei/internal/store"
)

// The address of a sheet on the page, in scripts and in the console: switched on and off, made anew, with a sample of
// what may be sent.

// HookShown is the address as people see it.
type HookShown struct {
	On     bool   `json:"on"`
	URL    string `json:"url,omitempty"`
	Key    string `json:"key,omitempty"`
	By     string `json:"by,omitempty"` // userid; empty for an administrator
	Made   int64  `json:"made,omitempty"`
	Used   int64  `json:"used,omitempty"`
	Sample any    `json:"sample,omitempty"`
}

type (
	hookSample struct {
		Schema  map[string]string `json:"schema"`
		Records []hookRecord      `json:"add_records"`
	}
	hookRecord struct {
		Values map[string]any `json:"values"`
	}
)

// sampleOf is what may be sent to the address: the titles of the fields that can be written, and a record.
func sampleOf(fields []Field, now int64) hookSample {
	out := hookSample{Schema: map[string]string{}, Records: []hookRecord{{Values: map[string]any{}}}}
	for _, f := range fields {
		if v := f.sampleValue(now); v != nil {
			out.Schema[f.ID], out.Records[0].Values[f.ID] = f.Title, v
		}
	}
	return out
}

// sampleValue is a value of the field as the address takes it; nil for one that it does not write.
func (f *Field) sampleValue(now int64) any {
	type named map[string]any
	switch f.Type {
	case Text, PhoneNumber, Email, Barcode:
		return "…"
	case Number, Progress, Currency, Percentage:
		return 1
	case Checkbox:
		return true
	case DateTime:
		return itoa(now)
	case URL:
		return []named{{"text": "…", "link": "https://example.com"}}
	case User:
		return []named{{"user_id": ""}}
	case Image:
		return []named{}
	case Location:
		return []named{}
	case Select, SingleSelect:
		if o := f.options().Options; len(o) > 0 {
			return []named{{"text": o[0].Text}}
		}
		return []named{}
	}
	return nil
}

// ShowHook is the address of a sheet as people see it.
func (s *Service) ShowHook(tx *store.Tx, sh Sheet, h Hook, on bool) (HookShown, error) {
	fields, err := fieldsOf(tx, sh)
	out := HookShown{On: on, Sample: sampleOf(fields, tx.Now().UnixMilli())}
	if on {
		out.URL, out.Key, out.By, out.Made = s.HookURL(h), h.Key, string(h.UserID), h.MadeAt.Unix()
		if !h.UsedAt.IsZero() {
			out.Used = h.UsedAt.Unix()
		}
	}
	return out, err
}

func (s *Service) hookRoutes() []door.Route {
	page := s.deps.Member.JSON
	const at = " /phone/api/docs/{docid}/sheets/{sheet_id}/webhook"
	return []door.Route{{Pattern: "GET" + at, Handler: page(s.phoneHook)}, {Pattern: "POST" + at, Handler: page(s.phoneSetHook)}}
}

// phoneHook answers the address to those who may change everything in the sheet.
func (s *Service) phoneHook(r *http.Request, sess login.Session) (any, error) {
	var out HookShown
	err := s.looked(r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, _ sheetPriv) error {
		if err := s.designs(tx, by, sh); err != nil {
			return err
		}
		h, on, err := s.HookOf(tx, sh)
		if err == nil {
			out, err = s.ShowHook(tx, sh, h, on)
		}
		return err
	})
	return out, err
}

// HookChange switches an address on or off, or makes it anew.
type HookChange struct {
	On    bool `json:"on"`
	Renew bool `json:"renew,omitempty"`
}

func (s *Service) phoneSetHook(r *http.Request, sess login.Session) (any, error) {
	var out HookShown
	err := changes(s, r, sess, func(tx *store.Tx, by access.Caller, sh Sheet, _ sheetPriv, req HookChange) (err error) {
		out, err = s.setHook(tx, by, sh, req)
		return err
	})
	return out, err
}

func (s *Service) setHook(tx *store.Tx, by access.Caller, sh Sheet, req HookChange) (HookShown, error) {
	h, on, err := s.SetHook(tx, by, sh, req.On, req.Renew)
	if err != nil {
		return HookShown{}, err
	}
	return s.ShowHook(tx, sh, h, on)
}

type hookScript struct {
	where
	On    *bool `json:"on,omitempty"` // switched on if it is left out
	Renew bool  `json:"renew,omitempty"`
}

func (s *Service) scriptHook(ctx context.Context, req hookScript) (out HookShown, err error) {
	err = s.deps.Docs.As(ctx, req.Person, func(tx *store.Tx, by access.Caller) error {
		sh, err := s.sheet(tx, by, place{req.DocID, req.SheetID})
		if err == nil {
			out, err = s.setHook(tx, by, sh, HookChange{req.On == nil || *req.On, req.Renew})
		}
		return err
	})
	return out, err
}

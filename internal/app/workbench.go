package app

import (
	"context"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/event"
	"qiwei/internal/id"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// The types of what an application shows in the workbench. WorkbenchNormal is its
// icon alone.
const (
	WorkbenchKeyData = "keydata"
	WorkbenchImage   = "image"
	WorkbenchList    = "list"
	WorkbenchWebview = "webview"
	WorkbenchNormal  = "normal"
)

// Limits of the workbench (doc 92535).
const (
	maxKeyData       = 4
	maxKeyDataText   = 64   // characters
	maxJump          = 1024 // characters
	maxListItems     = 3
	maxListTitle     = 128 // bytes
	maxWorkbenchList = 1000

	workbenchPerMember = 10      // a minute
	workbenchPerApp    = 100_000 // members a minute
)

// Errors of the workbench (doc 90313).
var (
	ErrWorkbenchOff     = wire.Code(94000, "workbench custom mode off")
	ErrWorkbenchType    = wire.Code(94001, "invalid workbench type")
	ErrKeyDataMissing   = wire.Code(94002, "keydata missing")
	ErrKeyDataItems     = wire.Code(94003, "keydata.items out of limit")
	ErrListMissing      = wire.Code(94005, "list missing")
	ErrListItems        = wire.Code(94006, "list.items out of limit")
	ErrWebviewMissing   = wire.Code(94007, "webview missing")
	ErrWorkbenchUnset   = wire.Code(94008, "workbench template not set")
	ErrListTitleMissing = wire.Code(94010, "title missing")
	ErrWebviewHeight    = wire.Code(94011, "invalid webview height")
	ErrKeyDataValue     = wire.Code(94012, "data missing")
	ErrWorkbenchImage   = wire.Code(94013, "invalid image.url")
	ErrListTitle        = wire.Code(94014, "invalid list title")
	ErrWebviewURL       = wire.Code(94015, "invalid webview.url")
	ErrWebviewOther     = wire.Code(94016, "webview height not match template")
)

// Workbench is what is shown: a type, and the part of that name.
type Workbench struct {
	Type    string            `json:"type"`
	KeyData *WorkbenchNumbers `json:"keydata,omitempty"`
	Image   *WorkbenchPicture `json:"image,omitempty"`
	List    *WorkbenchLines   `json:"list,omitempty"`
	Webview *WorkbenchPage    `json:"webview,omitempty"`
}

// Jump is where a click leads: to a page, or to a page of the mini program if that is the application's home.
// Without either it leads to the home.
type Jump struct {
	JumpURL  string `json:"jump_url,omitempty"`
	PagePath string `json:"pagepath,omitempty"`
}

// The parts of a Workbench.
type (
	WorkbenchNumbers struct {
		Items []WorkbenchNumber `json:"items"`
	}
	WorkbenchNumber struct {
		Key  string  `json:"key,omitempty"`
		Data *string `json:"data"`
		Jump
	}
	WorkbenchPicture struct {
		URL string `json:"url"`
		Jump
	}
	WorkbenchLines struct {
		Items []WorkbenchLine `json:"items"`
	}
	WorkbenchLine struct {
		Title *string `json:"title"`
		Jump
	}
	WorkbenchPage struct {
		URL string `json:"url"`
		Jump
		Height    string `json:"height,omitempty"` // single_row or double_row
		HideTitle bool   `json:"hide_title"`
		Links     bool   `json:"enable_webview_click"` // links inside the page work, the jump does not
	}
)

// height returns the page's height; double_row if none is given.
func (p WorkbenchPage) height() string {
	if p.Height == "" {
		return "double_row"
	}
	return p.Height
}

// only returns w with the part of its type and no other.
func (w Workbench) only() Workbench {
	out := Workbench{Type: w.Type}
	switch w.Type {
	case WorkbenchKeyData:
		out.KeyData = w.KeyData
	case WorkbenchImage:
		out.Image = w.Image
	case WorkbenchList:
		out.List = w.List
	case WorkbenchWebview:
		out.Webview = w.Webview
	}
	return out
}

// empty reports whether the part of the type is missing.
func (w Workbench) empty() bool { return w.only() == Workbench{Type: w.Type} }

// valid checks the part of the type, which must be there.
func (w Workbench) valid() error {
	switch w.Type {
	case WorkbenchKeyData:
		return w.KeyData.valid()
	case WorkbenchImage:
		if w.Image == nil || !isWebURL(w.Image.URL) {
			return ErrWorkbenchImage.With("a url that begins with http:// or https:// expected")
		}
		return w.Image.Jump.valid()
	case WorkbenchList:
		return w.List.valid()
	case WorkbenchWebview:
		return w.Webview.valid()
	}
	return ErrWorkbenchType.With("%q: keydata, image, list or webview expected", w.Type)
}

func (n *WorkbenchNumbers) valid() error {
	if n == nil {
		return ErrKeyDataMissing
	}
	if len(n.Items) > maxKeyData {
		return ErrKeyDataItems.With("at most %d, %d given", maxKeyData, len(n.Items))
	}
	for _, i := range n.Items {
		if i.Data == nil || *i.Data == "" {
			return ErrKeyDataValue.With("key %q", i.Key)
		}
		// The code of texts that are too long is unverified.
		if utf8.RuneCountInString(i.Key) > maxKeyDataText || utf8.RuneCountInString(*i.Data) > maxKeyDataText {
			return wire.ErrParameter.With("keydata: key and data have at most %d characters", maxKeyDataText)
		}
		if err := i.Jump.valid(); err != nil {
			return err
		}
	}
	return nil
}

func (l *WorkbenchLines) valid() error {
	if l == nil {
		return ErrListMissing
	}
	if len(l.Items) > maxListItems {
		return ErrListItems.With("at most %d, %d given", maxListItems, len(l.Items))
	}
	for _, i := range l.Items {
		if i.Title == nil {
			return ErrListTitleMissing
		}
		if n := len(*i.Title); n < 1 || n > maxListTitle {
			return ErrListTitle.With("1 to %d bytes expected, %d given", maxListTitle, n)
		}
		if err := i.Jump.valid(); err != nil {
			return err
		}
	}
	return nil
}

func (p *WorkbenchPage) valid() error {
	if p == nil {
		return ErrWebviewMissing
	}
	if !isWebURL(p.URL) {
		return ErrWebviewURL.With("a url that begins with http:// or https:// expected")
	}
	if h := p.height(); h != "single_row" && h != "double_row" {
		return ErrWebviewHeight.With("%q: single_row or double_row expected", h)
	}
	return p.Jump.valid()
}

// valid bounds the length of a jump. The pages give a length for keydata only, and no code.
func (j Jump) valid() error {
	if utf8.RuneCountInString(j.JumpURL) > maxJump || utf8.RuneCountInString(j.PagePath) > maxJump {
		return wire.ErrParameter.With("jump_url and pagepath have at most %d characters", maxJump)
	}
	return nil
}

// fits reports whether the data may be shown to a member when the template is t.
func (w Workbench) fits(t Workbench) error {
	if t.Type == WorkbenchNormal || t.Type == "" {
		return ErrWorkbenchUnset
	}
	if w.Type != t.Type { // the code is unverified
		return ErrWorkbenchType.With("%q: the application's template is of type %s", w.Type, t.Type)
	}
	if w.Type == WorkbenchWebview && t.Webview != nil && w.Webview.height() != t.Webview.height() {
		return ErrWebviewOther.With("%s: the template's is %s", w.Webview.height(), t.Webview.height())
	}
	// The page says that the names of numbers must be set in the template. That others are refused, and the
	// code, is unverified.
	if w.Type == WorkbenchKeyData && t.KeyData != nil {
		for _, i := range w.KeyData.Items {
			if i.Key != "" && !slices.ContainsFunc(t.KeyData.Items, func(k WorkbenchNumber) bool { return k.Key == i.Key }) {
				return wire.ErrParameter.With("keydata: the template has no key %q", i.Key)
			}
		}
	}
	return nil
}

// SetWorkbench sets what the application shows to members without data of their own, and with replace to all
// others as well. Doc 92535.
func (s *Service) SetWorkbench(ctx context.Context, tx *store.Tx, a App, t Workbench, replace bool) error {
	if !a.CustomWorkbench {
		return ErrWorkbenchOff
	}
	t = t.only()
	if t.Type != WorkbenchNormal && !t.empty() || !slices.Contains([]string{WorkbenchKeyData, WorkbenchImage, WorkbenchList, WorkbenchWebview, WorkbenchNormal}, t.Type) {
		if err := t.valid(); err != nil {
			return err
		}
	}
	old, _, err := selectWorkbench(tx, a.No)
	if err != nil {
		return err
	}
	// Members' own data of another type can no longer be shown.
	if replace || old.Template.Type != t.Type {
		if err := deleteWorkbenchData(tx, a.No); err != nil {
			return err
		}
	}
	return upsertWorkbench(tx, a.No, workbenchRow{t, replace})
}

// WorkbenchTemplate returns what the application shows to all, and whether it was set to replace what members
// had. It answers ErrWorkbenchUnset if nothing was ever set.
func (s *Service) WorkbenchTemplate(tx *store.Tx, a App) (t Workbench, replaces bool, err error) {
	row, found, err := selectWorkbench(tx, a.No)
	if err == nil && !found {
		err = ErrWorkbenchUnset
	}
	return row.Template, row.Replaces, err
}

// SetWorkbenchData sets what the application shows to each of the members. It must see all of them. On any
// error nothing has changed.
func (s *Service) SetWorkbenchData(ctx context.Context, tx *store.Tx, by access.Caller, a App, users []string, data Workbench) error {
	if !a.CustomWorkbench {
		return ErrWorkbenchOff
	}
	data = data.only()
	if err := data.valid(); err != nil {
		return err
	}
	row, _, err := selectWorkbench(tx, a.No)
	if err != nil {
		return err
	}
	if err := data.fits(row.Template); err != nil {
		return err
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, users)
	if err != nil {
		return err
	}
	for _, u := range users {
		no, ok := seen[id.UserID(u).Key()]
		if !ok { // 60011 or 60111, as user/get tells them apart
			_, err := s.deps.Directory.Member(ctx, tx, by, id.UserID(u))
			return err
		}
		if err := upsertWorkbenchData(tx, a.No, no, data); err != nil {
			return err
		}
	}
	return nil
}

// WorkbenchOf returns what the application shows to the member.
func (s *Service) WorkbenchOf(ctx context.Context, tx *store.Tx, by access.Caller, a App, user id.UserID) (Workbench, error) {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return Workbench{}, err
	}
	data, found, err := selectWorkbenchData(tx, a.No, m.No)
	if err != nil || found {
		return data, err
	}
	data, _, err = s.WorkbenchTemplate(tx, a)
	return data, err
}

// workbenchAllowed counts n members whose data is set, and answers ErrFrequency if that exceeds the limit per
// minute.
func (s *Service) workbenchAllowed(tx *store.Tx, app int64, users []string, single bool) error {
	if !s.deps.Limits {
		return nil
	}
	no := strconv.FormatInt(app, 10)
	for _, u := range users {
		who, most := "app "+no, workbenchPerApp
		if single {
			who, most = "app "+no+" "+id.UserID(u).Key(), workbenchPerMember
		}
		if !s.workbench.TakeIn(tx, who, "workbench", 1, most, time.Minute) {
			return wire.ErrFrequency
		}
	}
	return nil
}

// WorkbenchSwitchedEvent tells the application that an administrator switched its custom workbench on or off
// (doc 92535).
type WorkbenchSwitchedEvent struct {
	App int64
	On  bool
}

// Receiver returns the application.
func (e WorkbenchSwitchedEvent) Receiver() event.Receiver { return event.Receiver{App: e.App} }

// Push writes switch_workbench_mode.
func (e WorkbenchSwitchedEvent) Push(tx *store.Tx, to event.Audience) ([]event.Push, error) {
	var f event.Fields
	mode := int64(0)
	if e.On {
		mode = 1
	}
	f.Int("Mode", mode)
	f.Int("AgentID", to.AgentID)
	return []event.Push{{Event: "switch_workbench_mode", Fields: f}}, nil
}

func (s *Service) workbenchSwitched(ctx context.Context, tx *store.Tx, a App) error {
	old, err := s.selectApps(tx, `no = ?`, a.No)
	if err != nil || len(old) == 0 || old[0].CustomWorkbench == a.CustomWorkbench {
		return err
	}
	return s.WorkbenchSwitched.Record(ctx, tx, access.System(a.CorpID), WorkbenchSwitchedEvent{a.No, a.CustomWorkbench})
}

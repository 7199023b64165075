package login_test

import (
	"context"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/admin"
	"qiwei/internal/corp"
	"qiwei/internal/id"
	"qiwei/internal/login"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// entrance prepares a sign-in as zhangsan, who is an admin, and returns a function that makes it. That
// returns true if a session begins that opens something.
type entrance func(t *testing.T, w *qiweitest.World) func() bool

func memberIn(b *qiweitest.Browser, w *qiweitest.World) bool {
	return strings.Contains(b.Get("/account/?corp="+w.CorpID).Text(), "已登录")
}

// consoleIn signs in to the console by a POST.
func consoleIn(b *qiweitest.Browser, path string, body any) bool {
	var state struct {
		SignedIn bool `json:"signed_in"`
	}
	b.PostJSON("/console/api/session"+path, body)
	return json.Unmarshal([]byte(b.Get("/console/api/session").Body), &state) == nil && state.SignedIn
}

var (
	targetShape = regexp.MustCompile(`data-target="([^"]*)"`)
	stateShape  = regexp.MustCompile(`data-state="([^"]*)"`)
)

// scannedLink shows a QR code at a desk, confirms it on a phone, and returns the link with the code to which
// the desk is led.
func scannedLink(t *testing.T, desk, hand *qiweitest.Browser, w *qiweitest.World) string {
	t.Helper()
	a := w.Site(nil)
	page := desk.Get("/account/scan?" + url.Values{"corp": {w.CorpID}, "agentid": {fmt.Sprint(a.AgentID)}, "next": {"/account/passkeys"}}.Encode())
	key := keyOn(t, page)
	unescape := strings.NewReplacer("&amp;", "&", "&#43;", "+").Replace
	target, state := unescape(targetShape.FindStringSubmatch(page.Body)[1]), unescape(stateShape.FindStringSubmatch(page.Body)[1])
	hand.Press(hand.Get("/wwopen/sso/confirm2?k="+key), "decision", "confirm")
	var answer struct {
		AuthCode string `json:"auth_code"`
	}
	if err := json.Unmarshal([]byte(desk.Get("/wwopen/sso/l/qrConnect?key="+key).Body), &answer); err != nil || answer.AuthCode == "" {
		t.Fatalf("the QR code gave %+v, %v", answer, err)
	}
	back, err := url.Parse(target)
	if err != nil {
		t.Fatal(err)
	}
	q := back.Query()
	q.Set("code", answer.AuthCode)
	q.Set("state", state)
	return back.Path + "?" + q.Encode()
}

// verify switches the second verification on for a page and a range.
func verify(w *qiweitest.World, page string, users ...id.UserID) {
	w.Write(func(ctx context.Context, tx *store.Tx) error {
		c, err := w.Server.Corps.Corp(tx, w.CorpID)
		if err != nil {
			return err
		}
		c.TwoFactor = corp.TwoFactor{URL: page, Members: users}
		return w.Server.Corps.UpdateCorp(ctx, tx, c)
	})
}

const companyPage = "https://verify.example.com/check?from=wecom"

// entrances has a try for each entrance. The test fails until a new entrance is added here.
var entrances = map[login.Entrance]entrance{
	{Door: login.DoorPages, Way: login.ByPicker}: func(t *testing.T, w *qiweitest.World) func() bool {
		b := w.Browser()
		page := b.Get("/account/sign-in?corp=" + w.CorpID)
		return func() bool { b.Press(page, "userid", "zhangsan"); return memberIn(b, w) }
	},
	{Door: login.DoorPages, Way: login.ByControl}: func(t *testing.T, w *qiweitest.World) func() bool {
		b := w.Browser()
		return func() bool {
			b.Post("/_qiwei/sign-in", url.Values{"corpid": {w.CorpID}, "userid": {"zhangsan"}})
			return memberIn(b, w)
		}
	},
	{Door: login.DoorPages, Way: login.ByPassword}: func(t *testing.T, w *qiweitest.World) func() bool {
		setPassword(t, w, "zhangsan", secret)
		b := w.Browser()
		return func() bool { signIn(b, w.CorpID, "zhangsan", secret); return memberIn(b, w) }
	},
	{Door: login.DoorPages, Way: login.ByPasskey}: func(t *testing.T, w *qiweitest.World) func() bool {
		key := newAuthenticator(t, onLocalhost(w))
		b := w.SignedIn("zhangsan")
		ceremony(b, b.Get("/account/passkeys"), key, true, nil)
		c := w.Browser()
		page := c.Get("/account/sign-in?way=password&corp=" + w.CorpID)
		return func() bool { ceremony(c, page, key, false, nil); return memberIn(c, w) }
	},
	{Door: login.DoorPages, Way: login.ByInvitation}: func(t *testing.T, w *qiweitest.World) func() bool {
		var inv login.Invitation
		w.Write(func(ctx context.Context, tx *store.Tx) (err error) {
			inv, err = w.Server.Login.InviteCode(ctx, tx, access.System(w.CorpID), "zhangsan")
			return err
		})
		b := w.Browser()
		page := b.Get("/account/invite?corp=" + w.CorpID)
		return func() bool {
			b.Press(page, "userid", "zhangsan", "code", inv.Code, "new", secret, "again", secret)
			return memberIn(b, w)
		}
	},
	{Door: login.DoorPages, Way: login.ByScan}: func(t *testing.T, w *qiweitest.World) func() bool {
		desk, hand := w.Browser(), w.SignedIn("zhangsan")
		link := scannedLink(t, desk, hand, w)
		return func() bool { desk.Get(link); return memberIn(desk, w) }
	},
	{Door: login.DoorConsole, Way: login.ByDemo}: func(t *testing.T, w *qiweitest.World) func() bool {
		b := w.Browser()
		return func() bool { return consoleIn(b, "/demo", map[string]string{"corpid": w.CorpID}) }
	},
	{Door: login.DoorConsole, Way: login.ByPassword}: func(t *testing.T, w *qiweitest.World) func() bool {
		setPassword(t, w, "zhangsan", secret)
		b := w.Browser()
		return func() bool {
			return consoleIn(b, "", map[string]string{"corpid": w.CorpID, "userid": "zhangsan", "password": secret})
		}
	},
	{Door: login.DoorConsole, Way: login.ByMember}: func(t *testing.T, w *qiweitest.World) func() bool {
		b := w.SignedIn("zhangsan")
		return func() bool { return consoleIn(b, "/member", map[string]string{}) }
	},
	{Door: login.DoorCalDAV, Way: login.ByPassword}: func(t *testing.T, w *qiweitest.World) func() bool {
		setPassword(t, w, "zhangsan", secret)
		return func() bool {
			req, err := http.NewRequest("PROPFIND", w.URL+"/caldav/"+w.CorpID+"/zhangsan/", nil)
			if err != nil {
				t.Fatal(err)
			}
			req.SetBasicAuth("zhangsan", secret)
			return w.Do(req).StatusCode == http.StatusMultiStatus
		}
	},
	{Door: login.DoorLDAP, Way: login.ByPassword}: func(t *testing.T, w *qiweitest.World) func() bool {
		setPassword(t, w, "zhangsan", secret)
		return func() bool {
			ctx, l := context.Background(), w.Server.Login
			who, err := l.CheckPassword(ctx, w.CorpID, "zhangsan", secret, login.Stranger{Door: login.DoorLDAP, Address: netip.MustParseAddr("203.0.113.9")})
			return err == nil && l.Admit(ctx, who, nil) == nil
		}
	},
}

// TestGate tries every entrance with a member who may come in, with one who has a
// second verification to pass first, and with one who is disabled.
func TestGate(t *testing.T) {
	for _, e := range login.Entrances() {
		prepare := entrances[e]
		if prepare == nil {
			t.Errorf("nothing here tries %s at %s", e.Way, e.Door)
			continue
		}
		t.Run(string(e.Door)+" "+string(e.Way), func(t *testing.T) {
			qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
				w.Write(func(ctx context.Context, tx *store.Tx) error {
					return w.Server.Admins.Appoint(ctx, tx, w.CorpID, "zhangsan", admin.Super, access.Range{})
				})
				if !prepare(t, w)() {
					t.Error("a member who may come in does not")
				}
				// A session that began before the verification was switched on is not asked for it.
				enter := func() bool { return false }
				if e.Way != login.ByMember {
					enter = prepare(t, w)
				}
				verify(w, companyPage, "zhangsan")
				if e.Way == login.ByMember {
					enter = prepare(t, w)
				}
				if enter() {
					t.Error("the second verification was left out")
				}
				verify(w, "")
				enter = prepare(t, w)
				member(t, w, w.Corp, `{"userid":"zhangsan","enable":0}`)
				if enter() {
					t.Error("a disabled member came in")
				}
				body := w.Browser().Get("/metrics").Body
				for _, result := range []string{"entered", string(map[bool]login.Outcome{true: login.Pending, false: login.Unproved}[e.Door == login.DoorPages])} {
					if e.Way == login.ByMember && result != "entered" {
						continue // the page's session waits for it
					}
					if line := fmt.Sprintf(`qiwei_sign_ins_total{door=%q,result=%q,way=%q}`, e.Door, result, e.Way); !strings.Contains(body, line) {
						t.Errorf("not counted: %s", line)
					}
				}
			})
		})
	}
}

// TestSessionsNeedAdmission reads the source of all rooms: a function that inserts a session takes the gate's
// Admission, and only the gate makes one.
func TestSessionsNeedAdmission(t *testing.T) {
	t.Parallel()
	files, found := token.NewFileSet(), 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range file.Decls {
			fn, ok := decl.(*ast.FuncDecl)
			if !ok {
				continue
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.BasicLit:
					if text, _ := strconv.Unquote(n.Value); isSessionInsert(text) {
						found++
						if !takesAdmission(fn) {
							t.Errorf("%s inserts a session without an Admission", files.Position(n.Pos()))
						}
					}
				case *ast.CompositeLit:
					of := name(n.Type)
					if (of == "Admission" && fn.Name.Name != "gate" || of == "Identity" && fn.Name.Name != "prove") && len(n.Elts) > 0 {
						t.Errorf("%s makes an %s; only the gate does", files.Position(n.Pos()), of)
					}
				}
				return true
			})
		}
		return nil
	})
	if err != nil || found != 2 {
		t.Errorf("%d places insert a session (%v); the tables of sessions are login_session and console_session", found, err)
	}
}

// isSessionInsert reports whether a statement begins a session of somebody who signs in. Those of customers
// are conversations, and those of meetings are sittings.
func isSessionInsert(text string) bool {
	words := strings.Fields(strings.ToLower(text))
	if len(words) < 3 || words[0] != "insert" || words[1] != "into" {
		return false
	}
	table := strings.TrimSuffix(words[2], "(")
	return strings.HasSuffix(table, "_session") && !slices.Contains([]string{"kf_session", "customer_session", "meeting_session"}, table)
}

func takesAdmission(fn *ast.FuncDecl) bool {
	for _, p := range fn.Type.Params.List {
		if name(p.Type) == "Admission" {
			return true
		}
	}
	return false
}

func name(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name
	case *ast.SelectorExpr:
		return e.Sel.Name
	}
	return ""
}

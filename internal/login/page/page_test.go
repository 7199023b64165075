package page

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

var (
	someForm = Form{Action: "/login/post", Hidden: []Field{{Name: "next", Value: "/connect/oauth2/authorize?a=b&c=d"}}}
	someApp  = App{Name: "请假", Logo: "/media/logo.png"}
	someone  = Person{UserID: "zhangsan", Name: "张三", Avatar: "/media/zhangsan.png", Position: "经理", Department: "研发部"}
	someQR   = QR{
		Self: "/wwopen/sso/qrConnect?appid=ww01", Nonce: "n0nce", Corp: "示例公司", Logo: "/media/corp.png", App: someApp,
		Origin: "https://qiwei.example:8443", Key: "0123456789abcdef", AppID: "ww0123456789abcdef",
		RedirectURI: "https://app.example.com/cb?a=b", State: "s+/=", Refresh: "/again?x=1", NoScript: "/noscript?key=0123456789abcdef&n=1",
		ScanURL: "https://qiwei.example:8443/wwopen/sso/confirm2?k=0123456789abcdef", Embedders: []string{"https://app.example.com"},
		SessionSignature: "5ig", OpenDataSID: "sid",
	}
)

// samples are one of each page, with every field filled in.
func samples() map[string]any {
	day := time.Date(2031, 1, 2, 3, 4, 5, 0, time.UTC)
	var asked []ConsentField
	for _, f := range AskedFields() {
		asked = append(asked, ConsentField{Field: f, Value: "12345678901", Ticked: f == Mobile})
	}
	approved, framed, overdue := someQR, someQR, someQR
	approved.Status, approved.Continue = Approved, "https://app.example.com/cb?code=c"
	framed.Framed, framed.RedirectType, framed.Style = true, RedirectCallback, "data:text/css;base64,YXt9"
	overdue.Status = Overdue
	mismatch := RedirectMismatch(Mismatch{RedirectURI: "https://a.example.com/x", Configured: []string{"example.com", "b.example.com"}, App: someApp, Fix: "/console/"})
	mismatch.Self, mismatch.Back, mismatch.ErrCode, mismatch.Nonce = "/x", "/y", 50001, "n0nce"
	return map[string]any{
		"picker": Picker{
			Self: "/p", Corp: "示例公司", App: someApp, Form: someForm, Search: Form{Action: "/p", Hidden: someForm.Hidden}, Query: "三",
			Members: []Candidate{{Person: someone}, {Person: Person{UserID: "li", Name: "Li Si"}, OutOfRange: true}}, Total: 40, Scan: "/q",
		},
		"picker, nobody": Picker{Self: "/p", Form: someForm, Search: Form{Action: "/p"}, Query: "x"},
		"sign in": SignIn{
			Self: "/s", Corp: "示例公司", App: someApp, Form: someForm, UserID: "zhangsan", Trouble: WrongPassword, Left: 2,
			Notice: SignedOut, Passkey: Ceremony{"/b", "/f"}, Invite: "/i", Picker: "/p", Scan: "/q",
		},
		"sign in, locked":                SignIn{Form: someForm, Trouble: Locked, Wait: time.Hour},
		"password":                       Password{Self: "/s", Me: someone, Form: someForm, Trouble: TooShort, MinLength: 10, Back: "/me"},
		"first password":                 Password{Self: "/s", Me: someone, Form: someForm, First: true, MinLength: 10},
		"invite":                         Invite{Self: "/s", Corp: "示例公司", Form: someForm, UserID: "li", Code: "c0de", Trouble: InvitationOver, MinLength: 10, SignIn: "/signin"},
		"invite, first":                  Invite{Self: "/s", Corp: "示例公司", Form: someForm, UserID: "li", Code: "c0de", First: true, Passkey: Ceremony{"/b", "/f"}, MinLength: 10},
		"founding":                       Founding{Self: "/s", Form: someForm, CorpName: "示例公司", Name: "李", UserID: "li", Mobile: "1", Email: "e", Wrong: Text{"不符", "not so"}, Here: "http://10.0.0.1", Base: "https://qiwei.example"},
		"registration":                   Registration{Self: "/s", Form: someForm, Provider: "云帆软件", Package: "推广", Apps: []App{{Name: "报表"}}, CorpName: "示例公司", Name: "李", UserID: "li", Mobile: "1", Email: "e", Wrong: Text{"不符", "not so"}},
		"registration, of nothing else":  Registration{Form: someForm, Provider: "云帆软件"},
		"founding, of one that is there": Founding{Form: someForm, Corp: "示例公司"},
		"unfounded":                      Unfounded{Self: "/s", Form: Form{Action: "/setup"}, Command: "qiwei corp link"},
		"unfounded, wrong":               Unfounded{Form: Form{Action: "/setup"}, Wrong: true},
		"unfounded, over":                Unfounded{Wrong: true, Console: "/console/"},
		"unfounded, often":               Unfounded{Form: Form{Action: "/setup"}, Often: true},
		"founded":                        Founded{Self: "/s", Corp: "示例公司", Me: someone, Base: "https://qiwei.example", From: []string{"10.0.0.1"}, Private: true, Backup: "qiwei backup x", Console: "/console/"},
		"founded, elsewhere":             Founded{Me: someone, Base: "https://qiwei.example", Here: "http://10.0.0.1", Console: "/console/"},
		"founded, plain":                 Founded{Me: someone, Base: "http://qiwei.example", Plain: true, Console: "/console/"},
		"passkeys": Passkeys{
			Self: "/s", Me: someone, Keys: []Passkey{{ID: "1", Name: "工作电脑", Added: day, LastUsed: day}, {ID: "2", Name: "k", Added: day}},
			Add: Ceremony{"/b", "/f"}, Remove: someForm, Notice: PasskeyAdded, Back: "/me",
		},
		"no passkeys": Passkeys{Self: "/s", Me: someone, Add: Ceremony{"/b", "/f"}, Remove: someForm},
		"consent":     Consent{Self: "/s", Corp: "示例公司", App: someApp, Me: someone, Form: someForm, Fields: asked, Switch: "/w"},
		"grant": Grant{
			Self: "/s", Corp: "示例公司", App: someApp, Me: someone, Form: someForm, Switch: "/w",
			Lines: []GrantLine{{Scope: "openid"}, {Scope: "email", Mail: "zhangsan@example.com"}, {Scope: "phone", Mobile: "13800000001"}, {Scope: "groups", Values: []string{"/示例公司/研发部"}}, {Scope: "offline_access"}},
		},
		"grant, given":      Grant{Self: "/s", App: someApp, Me: someone, Form: someForm, Given: true, Back: "/me", Lines: []GrantLine{{Scope: "address", Address: "某市某路 1 号"}}},
		"sign out":          SignOut{Self: "/s", Corp: "示例公司", Asker: "请假", Me: someone, Form: someForm},
		"sign out, nobody":  SignOut{Self: "/s", Me: someone, Form: someForm},
		"bad client":        BadClient("oc1", "https://evil.example/", "invalid_request", "no"),
		"bad logout":        BadLogout("oc1", "https://evil.example/"),
		"qr":                someQR,
		"qr, approved":      approved,
		"qr, framed":        framed,
		"qr, overdue":       overdue,
		"web login":         webQR(someQR),
		"web login, framed": webQR(framed),
		"confirm":           Confirm{Self: "/s", Corp: "示例公司", App: someApp, Me: someone, Form: someForm, Where: "Chrome", Switch: "/w"},
		"confirmed":         ConfirmResult{Self: "/s", Outcome: Confirmed, App: someApp, Home: "/me"},
		"cancelled":         ConfirmResult{Self: "/s", Outcome: Cancelled, App: someApp},
		"expired":           ConfirmResult{Self: "/s", Outcome: Expired, App: someApp},
		"account":           Account{Self: "/s", Corp: "示例公司", Me: someone, SignOut: someForm, Password: "/pw", Passkeys: "/pk", Switch: "/p", Notice: PasswordSet},
		"account, consents": Account{Self: "/s", Me: someone, SignOut: someForm, Consents: []AccountConsent{{App: "请假", Link: "/account/consent?agentid=1"}}},
		"corps":             Corps{Self: "/s", Form: someForm, CorpID: "ww1", Unknown: true, Corps: []CorpChoice{{Name: "示例公司", CorpID: "ww01", Link: "/s?corp=ww01"}}},
		"card":              Card{Self: "/s", Corp: "示例公司", Me: someone, QR: "/wwopen/userQRCode?vcode=x&png=1"},
		"problem":           mismatch,
		"install": Install{
			Self: "/s", Corp: "示例公司", App: someApp, Provider: "云帆软件", Description: "报表", Kind: InstallApp, Me: someone, Test: true,
			Permissions: []string{"contact:base:base", "something:new"}, Form: someForm, Some: true, Query: "研", Trouble: InstallNobody, Switch: "/w",
			Choices: []Choice{
				{Field: "department", Value: "2", Name: "研发部", Hint: "/示例公司", Ticked: true}, {Field: "tag", Value: "1", Name: "骨干"}, {Field: "member", Value: "zhangsan", Name: "张三", Hint: "zhangsan"},
			},
		},
		"install, nothing found": Install{Self: "/s", App: someApp, Kind: InstallCustom, Me: someone, Form: someForm, Some: true, Query: "x"},
		"install, fixed":         Install{Self: "/s", App: someApp, Kind: InstallEdit, Me: someone, Form: someForm, Fixed: true, Trouble: InstallGone},
		"install, alone":         Install{Self: "/s", App: someApp, Kind: InstallContacts, Me: someone, Form: someForm, Alone: true, Trouble: InstallExpired, Switch: "/w"},
		"installed":              InstallResult{Self: "/s", App: someApp, Corp: "示例公司", Done: true, Home: "/console/"},
		"not installed":          InstallResult{Self: "/s", App: someApp},
		"templates":              Templates{Self: "/s", Provider: "云帆软件", Corp: "示例公司", Me: someone, List: []TemplateChoice{{App: someApp, Link: "/i"}, {App: someApp, Done: true}}, Switch: "/w"},
		"bad pre-auth":           BadPreAuth(PreAuthOver),
		"install domain":         InstallDomain(someApp, "https://a.example/", true, "b.example", false, nil, "qiwei suite set"),
		"not an installer":       NotInstaller(someApp, "示例公司", someone, "/w"),
		"admins only":            AdminsOnly(someApp, someone, "/w"),
		"installed already":      AlreadyInstalled(someApp, "示例公司", "/w"),
		"not published":          NotPublished(someApp),
		"code": Code{
			Self: "/c", Search: Form{Action: "/c"}, Code: "60011", Found: true, Wire: "no privilege", Meaning: Text{"无权限", "no right"},
			Advice: []Text{{"检查", "check"}}, Paths: []string{"/cgi-bin/user/get"},
		},
		"jssdk": JSSDK{
			Self: "/jssdk", Form: Form{Action: "/jssdk"}, Ticket: "t", NonceStr: "n", Timestamp: "1", URL: "https://app.example.com/",
			Given: "0f", Asked: true, Signature: "0f9d", Signed: "jsapi_ticket=t", Owner: JSSDKOfApp("ww01", 1000002), Wrong: []Text{{"不符", "another"}},
		},
		"jssdk, right":  JSSDK{Form: Form{Action: "/jssdk"}, Asked: true, Given: "0f", Signature: "0f", Owner: JSSDKUnknown()},
		"jssdk, empty":  JSSDK{Form: Form{Action: "/jssdk"}},
		"code, unknown": Code{Self: "/c", Search: Form{Action: "/c"}, Code: "99"},
		"code, none":    Code{Self: "/c", Search: Form{Action: "/c"}},
	}
}

// webQR is a QR to be drawn as wwlogin's page.
type webQR QR

func draw(p *Pages, w io.Writer, l Lang, d any) error {
	switch d := d.(type) {
	case Picker:
		return p.Picker(w, l, d)
	case SignIn:
		return p.SignIn(w, l, d)
	case Password:
		return p.Password(w, l, d)
	case Invite:
		return p.Invite(w, l, d)
	case Passkeys:
		return p.Passkeys(w, l, d)
	case Grant:
		return p.Grant(w, l, d)
	case SignOut:
		return p.SignOut(w, l, d)
	case Consent:
		return p.Consent(w, l, d)
	case QR:
		return p.QRConnect(w, l, d)
	case webQR:
		return p.WebLogin(w, l, QR(d))
	case Confirm:
		return p.Confirm(w, l, d)
	case ConfirmResult:
		return p.ConfirmResult(w, l, d)
	case Account:
		return p.Account(w, l, d)
	case Corps:
		return p.Corps(w, l, d)
	case Card:
		return p.Card(w, l, d)
	case Problem:
		return p.Problem(w, l, d)
	case Install:
		return p.Install(w, l, d)
	case InstallResult:
		return p.InstallResult(w, l, d)
	case Templates:
		return p.Templates(w, l, d)
	case JSSDK:
		return p.JSSDK(w, l, d)
	case Code:
		return p.Code(w, l, d)
	case Registration:
		return p.Registration(w, l, d)
	case Founding:
		return p.Founding(w, l, d)
	case Unfounded:
		return p.Unfounded(w, l, d)
	case Founded:
		return p.Founded(w, l, d)
	}
	return fmt.Errorf("no page for %T", d)
}

func html(t *testing.T, l Lang, d any) string {
	t.Helper()
	var b strings.Builder
	if err := draw(New(Options{Dev: true}), &b, l, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// element is a start tag with the chain of elements around it.
type element struct {
	name   string
	attr   map[string]string
	text   string // of script elements
	within []string
}

// parse reads a page as XML that knows HTML's void elements. Our templates quote every attribute and close
// every element, so if a page does not parse, somebody's text has broken its markup.
func parse(t *testing.T, page string) []*element {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(page))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	var all []*element
	var stack []string
	for {
		tok, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, page)
		}
		switch tok := tok.(type) {
		case xml.StartElement:
			e := &element{name: tok.Name.Local, attr: map[string]string{}, within: slices.Clone(stack)}
			for _, a := range tok.Attr {
				name := a.Name.Local
				if _, twice := e.attr[name]; twice {
					t.Errorf("<%s> has %s twice", e.name, name)
				}
				e.attr[name] = a.Value
			}
			all, stack = append(all, e), append(stack, e.name)
		case xml.EndElement:
			stack = stack[:len(stack)-1]
		case xml.CharData:
			if len(stack) > 0 && stack[len(stack)-1] == "script" {
				all[len(all)-1].text += string(tok)
			}
		}
	}
	if len(stack) != 0 {
		t.Errorf("not closed: %v", stack)
	}
	return all
}

func everyPage(t *testing.T, check func(t *testing.T, l Lang, d any)) {
	for name, d := range samples() {
		for _, l := range []Lang{Chinese, English} {
			t.Run(name+" "+string(l), func(t *testing.T) { check(t, l, d) })
		}
	}
}

func TestPagesAreAccessible(t *testing.T) {
	everyPage(t, func(t *testing.T, l Lang, d any) {
		labels, ids := map[string]bool{}, map[string]bool{}
		all := parse(t, html(t, l, d))
		var titles, h1, mains int
		for _, e := range all {
			if id := e.attr["id"]; id != "" {
				if ids[id] {
					t.Errorf("id %q twice", id)
				}
				ids[id] = true
			}
			switch e.name {
			case "label":
				labels[e.attr["for"]] = true
			case "title":
				titles++
			case "h1":
				h1++
			case "main":
				mains++
			}
		}
		if titles != 1 || h1 != 1 || mains != 1 {
			t.Errorf("%d titles, %d h1, %d main; want one each", titles, h1, mains)
		}
		if got := all[0].attr["lang"]; got != l.Tag() {
			t.Errorf("lang %q, want %q", got, l.Tag())
		}
		for _, e := range all {
			switch e.name {
			case "input":
				if e.attr["type"] != "hidden" && !labels[e.attr["id"]] && e.attr["aria-label"] == "" && !slices.Contains(e.within, "label") {
					t.Errorf("input %q has no label", e.attr["name"])
				}
			case "img":
				if _, ok := e.attr["alt"]; !ok {
					t.Errorf("image %q has no alt", e.attr["src"])
				}
			case "svg":
				if e.attr["aria-hidden"] != "true" {
					t.Error("an ornament is read aloud")
				}
			}
			for _, a := range []string{"for", "aria-describedby", "data-form", "data-reveal", "data-same"} {
				for _, ref := range strings.Fields(e.attr[a]) {
					if !ids[ref] {
						t.Errorf("%s=%q names nothing", a, ref)
					}
				}
			}
		}
	})
}

func TestPagesAskNoOtherHost(t *testing.T) {
	everyPage(t, func(t *testing.T, l Lang, d any) {
		for _, e := range parse(t, html(t, l, d)) {
			checkElement(t, e)
			for _, a := range []string{"src", "action", "formaction", "data-poll", "data-begin", "data-finish", "srcset", "poster"} {
				if v, ok := e.attr[a]; ok && !isOwn(v) && !strings.HasPrefix(v, "//qiwei.example:8443/") {
					t.Errorf("<%s %s=%q>", e.name, a, v)
				}
			}
			if v := e.attr["href"]; e.name == "link" && !isOwn(v) && !strings.HasPrefix(v, "//qiwei.example:8443/") && v != "data:text/css;base64,YXt9" {
				t.Errorf("<link href=%q>", v)
			}
		}
	})
}

// knownElements are all elements that our templates use.
var knownElements = strings.Fields(`html head meta title link script noscript body header span a main div h1 h2 p form input button
	label ul li strong small svg rect path circle dl dt dd code fieldset legend img`)

// checkElement looks for what no user's text may bring into a page.
func checkElement(t *testing.T, e *element) {
	t.Helper()
	if !slices.Contains(knownElements, e.name) {
		t.Errorf("<%s>", e.name)
	}
	for name, value := range e.attr {
		switch {
		case strings.HasPrefix(strings.ToLower(name), "on"), name == "style", name == "srcdoc":
			t.Errorf("<%s %s=%q>", e.name, name, value)
		case name == "href" || name == "src" || name == "action" || name == "formaction":
			checkAddress(t, e, name, value)
		case name == "content" && e.attr["http-equiv"] != "":
			_, address, ok := strings.Cut(value, "url=")
			if !ok {
				t.Errorf("refresh %q", value)
			}
			checkAddress(t, e, name, address)
		}
	}
	if e.name == "script" {
		switch src, text := e.attr["src"], strings.TrimSpace(e.text); {
		case strings.HasPrefix(src, AssetPrefix) && text == "":
		case src == "" && e.attr["nonce"] != "" && regexp.MustCompile(`^window\.settings = \{[^<>]*\};$`).MatchString(text):
		default:
			t.Errorf("script %q %q", src, text)
		}
	}
}

func checkAddress(t *testing.T, e *element, name, value string) {
	t.Helper()
	switch {
	case isOwn(value), web(value) != "", dataImage.MatchString(value):
	case strings.HasPrefix(value, "data:text/css;base64,") && e.name == "link":
	case strings.HasPrefix(value, "//") && web("https:"+value) != "" && (e.name == "img" || e.name == "link"):
	default:
		t.Errorf("<%s %s=%q>", e.name, name, value)
	}
}

var attacks = []string{
	`"><script>alert(1)</script>'><img src=x onerror=alert(1)></title></script><svg onload=alert(1)>};alert(1);//{{.}}<!--` + "\x00\u2028\u2029",
	`javascript:alert(1)`,
	"JaVa\tScRiPt:alert(1)",
	`data:text/html,<script>alert(1)</script>`,
	`//evil.example/x`,
	`/\evil.example`,
	`https://evil.example/" onmouseover="alert(1)`,
}

// TestHostileText puts each attack into each string of each page, one at a time. The page is drawn unharmed,
// or refused before anything is written.
func TestHostileText(t *testing.T) {
	p := New(Options{})
	for name, sample := range samples() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for i := range leaves(reflect.ValueOf(sample)) {
				for _, attack := range attacks {
					v := reflect.New(reflect.TypeOf(sample)).Elem()
					v.Set(clone(reflect.ValueOf(sample)))
					leaf := leaves(v)[i]
					switch leaf.Type() {
					case reflect.TypeFor[Asked](), reflect.TypeFor[Scope](), reflect.TypeFor[InstallKind](), reflect.TypeFor[InstallTrouble]():
						continue // one of our own words, not text
					}
					leaf.SetString(attack)
					var b bytes.Buffer
					err := draw(p, &b, English, v.Interface())
					if err != nil {
						if !errors.Is(err, ErrAddress) || b.Len() != 0 {
							t.Errorf("string %d, %q: %v, %d bytes written", i, attack, err, b.Len())
						}
						continue
					}
					for _, e := range parse(t, b.String()) {
						checkElement(t, e)
					}
					if t.Failed() {
						t.Fatalf("string %d, %q:\n%s", i, attack, b.String())
					}
				}
			}
		})
	}
}

// leaves are the strings in v, in the order of the fields.
func leaves(v reflect.Value) []reflect.Value {
	switch v.Kind() {
	case reflect.String:
		return []reflect.Value{v}
	case reflect.Slice:
		var all []reflect.Value
		for i := range v.Len() {
			all = append(all, leaves(v.Index(i))...)
		}
		return all
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return nil
		}
		var all []reflect.Value
		for i := range v.NumField() {
			all = append(all, leaves(v.Field(i))...)
		}
		return all
	}
	return nil
}

// clone copies v with its slices.
func clone(v reflect.Value) reflect.Value {
	out := reflect.New(v.Type()).Elem()
	out.Set(v)
	switch v.Kind() {
	case reflect.Slice:
		if v.IsNil() {
			return out
		}
		out.Set(reflect.MakeSlice(v.Type(), v.Len(), v.Len()))
		for i := range v.Len() {
			out.Index(i).Set(clone(v.Index(i)))
		}
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return out
		}
		for i := range v.NumField() {
			out.Field(i).Set(clone(v.Field(i)))
		}
	}
	return out
}

// TestTemplatesCheckAddresses reads the templates: an address in them has passed one of the checks, or was
// built by Go code.
func TestTemplatesCheckAddresses(t *testing.T) {
	address := regexp.MustCompile(`\b(?:href|src|action|formaction|url|data-poll|data-begin|data-finish)="?=?\{\{([^}]*)\}\}`)
	allowed := regexp.MustCompile(`^(?:own \.\S*|web \.\S*|asset \S+|\.Image|\.)$`)
	files, err := templates.ReadDir("template")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		body, err := templates.ReadFile("template/" + f.Name())
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range address.FindAllStringSubmatch(string(body), -1) {
			if !allowed.MatchString(m[1]) {
				t.Errorf("%s: %s", f.Name(), m[0])
			}
		}
		if m := regexp.MustCompile(`\s(?:on[a-z]+|style)=`).FindString(string(body)); m != "" {
			t.Errorf("%s: %s", f.Name(), m)
		}
	}
}

func TestHiddenFieldsComeAlong(t *testing.T) {
	for name, d := range samples() {
		if leavesForm(d) == 0 {
			continue
		}
		page := html(t, Chinese, d)
		want := `<input type="hidden" name="next" value="/connect/oauth2/authorize?a=b&amp;c=d">`
		if !strings.Contains(page, want) {
			t.Errorf("%s has no next", name)
		}
	}
}

func leavesForm(d any) (hidden int) {
	v := reflect.ValueOf(d)
	for i := range v.NumField() {
		if f, ok := v.Field(i).Interface().(Form); ok {
			hidden += len(f.Hidden)
		}
	}
	return hidden
}

func TestDevIsMarked(t *testing.T) {
	for _, dev := range []bool{true, false} {
		var b strings.Builder
		if err := New(Options{Dev: dev}).Account(&b, English, Account{SignOut: someForm}); err != nil {
			t.Fatal(err)
		}
		if got := strings.Contains(b.String(), "Development server"); got != dev {
			t.Errorf("dev %v: marked %v", dev, got)
		}
	}
}

func TestInitial(t *testing.T) {
	for name, want := range map[string]string{
		"张三": "张三", "欧阳娜娜": "娜娜", "王": "王", "Alice Johnson": "AJ", "bob": "B", "Ann Mary Lee": "AM", "": "?", " ": "?", "😀x": "😀",
	} {
		if got := initial(name); got != want {
			t.Errorf("initial(%q) = %q, want %q", name, got, want)
		}
	}
}

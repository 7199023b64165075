package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"qiwei/internal/seed"
)

func readFile(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// founded returns a data directory that holds one enterprise.
func founded(t *testing.T, args ...string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "data")
	must(t, append([]string{"corp", "create", "--data", dir, "--name", "公司"}, args...)...)
	return dir
}

// TestExport founds an enterprise from the export of the demo. Its own export is the same, byte for byte.
func TestExport(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	first := filepath.Join(t.TempDir(), "first.json")
	must(t, "corp", "export", "--data", s.data, "--secrets", "-o", first)
	copied := filepath.Join(t.TempDir(), "copy")
	must(t, "corp", "create", "--data", copied, "--from", first)
	want, got := readFile(t, first), must(t, "corp", "export", "--data", copied, "--secrets")
	if got != want {
		t.Errorf("exported\n%s\nwant\n%s", got, want)
	}
	if info, err := os.Stat(first); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("a file with secrets has mode %v, %v", info.Mode(), err)
	}
	without := must(t, "corp", "export", "--data", s.data)
	for _, a := range s.creds.Corps[0].Apps {
		if strings.Contains(without, a.Secret) || strings.Contains(without, a.Callback.EncodingAESKey) {
			t.Errorf("the secrets of %s are in an export without secrets", a.Name)
		}
	}
	if e, err := seed.Parse("demo", []byte(without)); err != nil || len(e.Members) != 63 {
		t.Errorf("%d members, %v", len(e.Members), err)
	}
}

func TestCorpCommands(t *testing.T) {
	t.Parallel()
	dir := founded(t, "--corpid", "wwfirst")
	must(t, "corp", "create", "--data", dir, "--name", "第二家", "--corpid", "wwsecond")
	if out := must(t, "corp", "list", "--data", dir); !strings.Contains(out, "wwfirst   公司    0        1") || !strings.Contains(out, "wwsecond  第二家  0") {
		t.Errorf("listed\n%s", out)
	}
	out := must(t, "corp", "set", "--data", dir, "--corpid", "wwsecond", "--name", "新名", "--sync", "read", "--attributes", "工号,工位", "--json")
	var d corpDescription
	if err := json.Unmarshal([]byte(out), &d); err != nil || d.Name != "新名" || d.Sync != "read" || len(d.Attributes) != 2 {
		t.Errorf("%v: %s", err, out)
	}
	if out := must(t, "department", "export", "--data", dir, "--corpid", "wwsecond"); !strings.Contains(out, "新名,1,0") {
		t.Errorf("the root department did not follow the name: %s", out)
	}
	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"which of two", []string{"corp", "show"}, 2, "which enterprise? --corpid wwfirst or wwsecond"},
		{"one that is not there", []string{"corp", "show", "--corpid", "wwthird"}, 1, "there is no enterprise wwthird; there is wwfirst, wwsecond"},
		{"taken", []string{"corp", "create", "--name", "x", "--corpid", "wwfirst"}, 1, "corpid is taken"},
		{"nameless", []string{"corp", "create"}, 2, "--name"},
		{"a creator who is not there", []string{"corp", "set", "--corpid", "wwfirst", "--creator", "x"}, 1, "--creator: userid not found"},
		{"deletion without a word", []string{"corp", "delete", "--corpid", "wwfirst"}, 1, "nothing was changed; say --yes, or answer y"},
	} {
		o := qiwei(t, append(tt.args, "--data", dir)...)
		if o.code != tt.code || !strings.Contains(o.err, tt.says) {
			t.Errorf("%s: exit code %d: %s", tt.name, o.code, o.err)
		}
	}
	must(t, "corp", "delete", "--data", dir, "--corpid", "wwsecond", "--yes")
	if out := must(t, "corp", "list", "--data", dir, "--json"); strings.Contains(out, "wwsecond") {
		t.Errorf("still there: %s", out)
	}
	if o := qiwei(t, "corp", "list", "--data", filepath.Join(dir, "other")); o.code != 1 || !strings.Contains(o.err, "there is no database") {
		t.Errorf("exit code %d: %s", o.code, o.err)
	}
}

func TestAppCommands(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	c := s.creds.Corps[0]
	data := []string{"--data", s.data}
	of := func(args ...string) []string { return slices.Concat(args, data) }
	var made appDescription
	out := must(t, of("app", "create", "--name", "新应用", "--trusted-ips", "127.0.0.1", "--range-departments", "3", "--range-members", "ZhangSan",
		"--sensitive", "mobile,email", "--trusted-domain", "a.example", "--trusted-domain", "b.example:8080", "--json")...)
	if err := json.Unmarshal([]byte(out), &made); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	if made.AgentID != 1000009 || len(made.Secret) != 43 || made.Range.Members[0] != "zhangsan" || len(made.TrustedDomains) != 2 {
		t.Errorf("made %+v", made)
	}
	agent := fmt.Sprint(made.AgentID)
	token := s.token(c.CorpID, made.Secret)
	for user, code := range map[string]int{"zhangsan": 0, "zhengshi": 0, "lisi": 60011} {
		if got := s.call("/cgi-bin/user/get?userid=" + user + "&access_token=" + token); got.ErrCode != code {
			t.Errorf("reads %s: %s", user, got.body)
		}
	}
	must(t, of("app", "set", "--agentid", agent, "--range-departments", "1", "--range-members", "", "--legacy", "--trusted-domain", "")...)
	if got := s.call("/cgi-bin/user/get?userid=lisi&access_token=" + token); got.ErrCode != 0 || !strings.Contains(got.body, `"mobile":"15400000002"`) {
		t.Errorf("with another range, as a legacy application: %s", got.body)
	}
	if out := must(t, of("app", "show", "--agentid", agent)...); strings.Contains(out, made.Secret) || !strings.Contains(out, "everyone") || strings.Contains(out, "a.example") {
		t.Errorf("shown:\n%s", out)
	}
	must(t, of("app", "set", "--agentid", agent, "--trusted-ips", "203.0.113.9", "--no-legacy")...)
	if got := s.call("/cgi-bin/user/get?userid=lisi&access_token=" + token); got.ErrCode != 60020 {
		t.Errorf("from an address that is not trusted: %s", got.body)
	}
	must(t, of("app", "set", "--agentid", agent, "--trusted-ips", "0.0.0.0/0;::/0")...)

	secret := strings.TrimSpace(must(t, of("app", "reset-secret", "--agentid", agent)...))
	if got := s.call("/cgi-bin/user/get?userid=lisi&access_token=" + token); got.ErrCode != 40014 {
		t.Errorf("an old token after the secret was reset: %s", got.body)
	}
	s.token(c.CorpID, secret)
	if creds := readFile(t, filepath.Join(s.data, "credentials.json")); !strings.Contains(creds, secret) || strings.Contains(creds, made.Secret) {
		t.Error("credentials.json has not followed")
	}
	must(t, of("app", "delete", "--agentid", agent, "--yes")...)
	if out := must(t, of("app", "list")...); strings.Contains(out, "新应用") || !strings.Contains(out, "1000003  self_built            销售助手      1 department  0.0.0.0/0;::/0") {
		t.Errorf("listed\n%s", out)
	}

	for _, tt := range []struct {
		name string
		args []string
		code int
		says string
	}{
		{"no agentid", []string{"app", "set"}, 2, "missing flags: --agentid"},
		{"one that is not there", []string{"app", "show", "--agentid", "7"}, 1, "has no application 7; it has 1000002, 1000003"},
		{"a URL as domain", []string{"app", "set", "--agentid", "1000002", "--redirect-domain", "http://x/"}, 1, "a host, or host:port, without scheme and path expected (errcode 85005"},
		{"a department that is not there", []string{"app", "set", "--agentid", "1000002", "--range-departments", "77"}, 1, "--range-departments: department not found: id 77"},
		{"a member who is not there", []string{"app", "set", "--agentid", "1000002", "--range-members", "nobody"}, 1, "--range-members: userid not found"},
		{"no numbers", []string{"app", "set", "--agentid", "1000002", "--range-departments", "a"}, 2, `--range-departments: "a"; numbers`},
		{"no addresses", []string{"app", "set", "--agentid", "1000002", "--trusted-ips", "here"}, 2, `--trusted-ips: "here" is neither`},
		{"a kind that is not known", []string{"app", "create", "--kind", "selfbuilt"}, 1, `unknown kind of application "selfbuilt"`},
		{"on and off", []string{"app", "set", "--agentid", "1000002", "--enable", "--disable"}, 2, "can't be used together"},
	} {
		o := qiwei(t, of(tt.args...)...)
		if o.code != tt.code || !strings.Contains(o.err, tt.says) || strings.Count(o.err, "\n") != 1 {
			t.Errorf("%s: exit code %d: %s", tt.name, o.code, o.err)
		}
	}
}

func TestMemberImport(t *testing.T) {
	t.Parallel()
	dir := founded(t, "--attributes", "工号,主页")
	departments := writeFile(t, filepath.Join(t.TempDir(), "d.csv"), "\ufeff部门名称,部门ID,父部门ID,排序\n内组,30,20,5\n研发,20,1,\n")
	if out := must(t, "department", "import", "--data", dir, departments); out != "2 rows: 2 created, 0 updated, 0 failed\n" {
		t.Errorf("departments: %s", out)
	}

	sheet := writeFile(t, filepath.Join(t.TempDir(), "m.csv"), "\ufeff姓名,账号,手机号,邮箱,所在部门,职位,性别,是否部门内领导,排序,别名,地址,座机,禁用,禁用项说明：(0-启用;1-禁用),直属上级,工号,主页,爱好\r\n"+
		"甲,jia,15400000001,,20;30,经理,男,1;0,9;8,老甲,某路 1 号,010-5555,0,,yi,007,甲的主页|https://jia.example,棋\r\n"+
		"乙,yi,+86 154-0000-0002,yi@x.example,20,,女,,,,,,1,,,,,\r\n"+
		"丙,bing,,,20,,,,,,,,,,,,,\r\n"+ // neither mobile nor e-mail
		"丁,ding,15400000001,,20,,,,,,,,,,,,,\r\n"+ // jia's number
		",wu,15400000005,,20,,,,,,,,,,,,,\r\n"+ // no name
		"己,JIA,15400000006,,20,,,,,,,,,,,,,\r\n"+ // jia again
		"庚,geng,15400000007,,研发,,,,,,,,,,,,,\r\n"+ // a department's name
		"辛,xin,15400000008,,99,,X,,,,,,,,,,,\r\n"+ // no such gender
		"壬,ren,15400000009,,99,,,,,,,,,,nobody,,,\r\n"+ // a leader who is nowhere in the file
		"\r\n"+
		"癸,gui,15400000010,,98,,,,,,,,,,jia,,,\r\n") // a department that is made
	o := qiwei(t, "member", "import", "--data", dir, "--json", "--report", filepath.Join(t.TempDir(), "r.csv"), sheet)
	var report importReport
	if err := json.Unmarshal([]byte(o.out), &report); err != nil || o.code != 1 {
		t.Fatalf("exit code %d, %v: %s%s", o.code, err, o.out, o.err)
	}
	if !strings.Contains(o.err, "ignored: 爱好") {
		t.Errorf("said %s", o.err)
	}
	type failure struct {
		row  int
		id   string
		code int
	}
	var got []failure
	for _, f := range report.Failed {
		got = append(got, failure{f.Row, f.ID, f.ErrCode})
	}
	want := []failure{{4, "bing", 40092}, {5, "ding", 60104}, {6, "wu", 40092}, {7, "JIA", 302003}, {8, "geng", 40066}, {9, "xin", 40092}, {10, "ren", 60111}}
	if !slices.Equal(got, want) || report.Rows != 10 || report.Created != 4 || report.Updated != 0 {
		t.Errorf("report %s\nwant %v", o.out, want)
	}

	// What was imported can be exported, and imported into another enterprise.
	first := must(t, "member", "export", "--data", dir)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(first, "\ufeff"))).ReadAll()
	if err != nil || len(rows) != 5 {
		t.Fatalf("%v: %s", err, first)
	}
	if got := strings.Join(rows[1], ","); got != "甲,jia,15400000001,,20;30,经理,男,1;0,9;8,老甲,某路 1 号,010-5555,0,,20,yi,,,,007,甲的主页|https://jia.example" {
		t.Errorf("exported %s", got)
	}
	if got := strings.Join(rows[2], ","); !strings.HasPrefix(got, "乙,yi,15400000002,yi@x.example,20,,女,0,0,,,,1,") {
		t.Errorf("exported %s", got)
	}
	other := founded(t, "--attributes", "工号,主页")
	must(t, "department", "export", "--data", dir, departments)
	must(t, "department", "import", "--data", other, departments)
	members := writeFile(t, filepath.Join(t.TempDir(), "m2.csv"), first)
	must(t, "member", "import", "--data", other, members)
	if again := must(t, "member", "export", "--data", other); again != first {
		t.Errorf("exported again:\n%s\nwant:\n%s", again, first)
	}

	// A second run updates, and changes nothing but what the file has columns for.
	if out := must(t, "member", "import", "--data", other, members); out != "4 rows: 0 created, 4 updated, 0 failed\n" {
		t.Errorf("a second run: %s", out)
	}
	partial := writeFile(t, filepath.Join(t.TempDir(), "p.csv"), "姓名,帐号,手机号,所在部门\n甲甲,jia,15400000001,20\n")
	must(t, "member", "import", "--data", other, partial)
	if out := must(t, "member", "export", "--data", other); !strings.Contains(out, "甲甲,jia,15400000001,,20,经理,男,0,0,老甲,") || !strings.Contains(out, "乙,yi") {
		t.Errorf("after a partial update:\n%s", out)
	}
}

func TestImportFilesThatAreNone(t *testing.T) {
	t.Parallel()
	dir := founded(t)
	for _, tt := range []struct{ name, noun, content, says string }{
		{"empty", "member", "", "the file is empty"},
		{"without a header", "member", "甲,jia,15400000001,,1\n", "the column 姓名 is missing"},
		{"without mobile and mail", "member", "姓名,帐号,所在部门\n", "one of the columns 手机号 and 邮箱 is needed"},
		{"twice the same column", "member", "姓名,帐号,账号,所在部门,邮箱\n", "the column 帐号 appears twice"},
		{"in another encoding", "member", "\xff\x80,\x81\xff\n", "no text in UTF-8, UTF-16 or GBK"},
		{"in GBK", "member", "\xd0\xd5\xc3\xfb,\xd5\xca\xba\xc5\n", "the column 所在部门 is missing"},
		{"departments without rows", "department", "部门名称,部门ID,父部门ID,排序\n", "no rows below its header"},
		{"departments without parents", "department", "部门名称,部门ID\n", "the column 父部门ID is missing"},
	} {
		o := qiwei(t, tt.noun, "import", "--data", dir, writeFile(t, filepath.Join(t.TempDir(), "x.csv"), tt.content))
		if o.code != 1 || !strings.Contains(o.err, tt.says) || !strings.Contains(o.err, "errcode 40092") {
			t.Errorf("%s: exit code %d: %s%s", tt.name, o.code, o.out, o.err)
		}
	}
}

func TestDepartmentImport(t *testing.T) {
	t.Parallel()
	dir := founded(t)
	o := qiwei(t, "department", "import", "--data", dir, "--json", writeFile(t, filepath.Join(t.TempDir(), "d.csv"), `部门名称,部门ID,父部门ID,排序
总部,1,0,
研发,2,1,10
研发,3,1,
测试,2,1,
环甲,10,11,
环乙,11,10,
无上级,12,,
,13,1,
孤儿,14,99,
运维,x,1,
`))
	var report importReport
	if err := json.Unmarshal([]byte(o.out), &report); err != nil || o.code != 1 {
		t.Fatalf("exit code %d, %v: %s%s", o.code, err, o.out, o.err)
	}
	want := map[int]int{4: 302007, 5: 302006, 6: 302004, 7: 302004, 8: 302004, 9: 302004, 10: 60004, 11: 302004}
	for _, f := range report.Failed {
		if want[f.Row] != f.ErrCode {
			t.Errorf("row %d: %d %s; want %d", f.Row, f.ErrCode, f.ErrMsg, want[f.Row])
		}
		delete(want, f.Row)
	}
	if len(want) > 0 || report.Created != 1 || report.Updated != 1 {
		t.Errorf("rows %v did not fail; %d created, %d updated", want, report.Created, report.Updated)
	}
	// A tree is turned upside down: the child becomes the parent.
	turn := func(content string) string {
		must(t, "department", "import", "--data", dir, writeFile(t, filepath.Join(t.TempDir(), "d.csv"), "部门名称,部门ID,父部门ID,排序\n"+content))
		return must(t, "department", "export", "--data", dir)
	}
	turn("平台,20,2,\n存储,21,20,\n")
	if out := turn("平台,20,21,\n存储,21,2,\n"); !strings.Contains(out, "平台,20,21,") || !strings.Contains(out, "存储,21,2,") || !strings.Contains(out, "总部,1,0,") {
		t.Errorf("after turning:\n%s", out)
	}
}

// TestImportBesideAServer imports while a server on the same database is written
// to: neither loses anything.
func TestImportBesideAServer(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	c := s.creds.Corps[0]
	const members, calls = 1500, 40
	var sheet strings.Builder
	sheet.WriteString("姓名,帐号,手机号,所在部门\n")
	for i := range members {
		fmt.Fprintf(&sheet, "员工,emp%d,155%08d,2\n", i, i)
	}
	file := writeFile(t, filepath.Join(t.TempDir(), "m.csv"), sheet.String())
	imported := make(chan outcome, 1)
	cmd := command(t, "member", "import", "--data", s.data, file)
	go func() { imported <- finish(t, cmd) }()
	token := ""
	for _, a := range c.Apps {
		if a.Kind == "contact_sync" {
			token = s.token(c.CorpID, a.Secret)
		}
	}
	for i := range calls {
		got := s.call(fmt.Sprintf("/cgi-bin/user/create?access_token=%s&userid=call%d&name=x&email=call%d@x.example&department=2", token, i, i))
		if got.ErrCode != 0 && got.ErrCode != 40066 {
			t.Fatalf("user/create beside the import: %s\nthe server said:\n%s", got.body, s.said)
		}
	}
	if o := <-imported; o.code != 0 || !strings.Contains(o.out, "1500 created") {
		t.Errorf("exit code %d: %s%s", o.code, o.out, o.err)
	}
	if out := must(t, "corp", "show", "--data", s.data); !strings.Contains(out, fmt.Sprint("members              ", 63+members+calls, " of")) {
		t.Errorf("after it:\n%s", out)
	}
}

// TestPasswords signs in with each password that the program hands out.
func TestPasswords(t *testing.T) {
	t.Parallel()
	s := dev(t, t.TempDir())
	c := s.creds.Corps[0]
	if c.Admin.UserID != "shenqingchuan" || len(c.Admin.Password) < 12 {
		t.Fatalf("the administrator: %+v", c.Admin)
	}
	s.signIn(c.CorpID, c.Admin.UserID, c.Admin.Password)

	generated := strings.TrimSpace(must(t, "member", "set-password", "--data", s.data, "--generate", "ZhangSan"))
	s.signIn(c.CorpID, "zhangsan", generated)
	cmd := command(t, "member", "set-password", "--data", s.data, "zhangsan")
	cmd.Stdin = strings.NewReader("correct horse battery\n")
	if o := finish(t, cmd); o.code != 0 || o.out != "" {
		t.Errorf("exit code %d: %s%s", o.code, o.out, o.err)
	}
	s.signIn(c.CorpID, "zhangsan", "correct horse battery")

	for _, tt := range []struct{ user, input, says string }{
		{"zhangsan", "short\n", "the password is too short; at least 8 characters expected"},
		{"zhangsan", "password123\n", "one of those that are guessed first"},
		{"zhangsan", "", "no password on the standard input"},
		{"nobody", "correct horse battery\n", "userid not found"},
	} {
		cmd := command(t, "member", "set-password", "--data", s.data, tt.user)
		cmd.Stdin = strings.NewReader(tt.input)
		if o := finish(t, cmd); o.code != 1 || !strings.Contains(o.err, tt.says) {
			t.Errorf("%q for %s: exit code %d: %s", tt.input, tt.user, o.code, o.err)
		}
	}

	out := must(t, "member", "invite", "--data", s.data, "lisi")
	if !regexp.MustCompile(`^code        ([A-Z2-9]{4}-){2}[A-Z2-9]{4}\npage        ` + s.base + `/account/invite\?corp=` + c.CorpID + `&userid=lisi\n`).MatchString(out) {
		t.Errorf("invited:\n%s", out)
	}

	// A second start knows the password and does not set a new one.
	s.stop()
	again := dev(t, s.data)
	if got := again.creds.Corps[0].Admin; got != c.Admin {
		t.Errorf("the administrator became %+v", got)
	}
	again.signIn(c.CorpID, c.Admin.UserID, c.Admin.Password)
	again.stop()
	// Without the file nobody knows the password, so a new one is set.
	if err := os.Remove(filepath.Join(s.data, "credentials.json")); err != nil {
		t.Fatal(err)
	}
	third := dev(t, s.data)
	if got := third.creds.Corps[0].Admin; got.Password == "" || got.Password == c.Admin.Password {
		t.Errorf("the administrator became %+v", got)
	}
	third.signIn(c.CorpID, c.Admin.UserID, third.creds.Corps[0].Admin.Password)
}

// signIn signs a member in by password, as a browser would.
func (s *server) signIn(corpID, user, password string) {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	browser := &http.Client{Jar: jar}
	resp, err := browser.Get(s.base + "/account/sign-in?way=password&next=/account/&corp=" + corpID)
	if err != nil {
		s.t.Fatal(err)
	}
	page, _ := io.ReadAll(resp.Body)
	resp.Body.Close()
	form := url.Values{"userid": {user}, "password": {password}}
	for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]+)" value="([^"]*)"`).FindAllStringSubmatch(string(page), -1) {
		form.Set(m[1], html.UnescapeString(m[2]))
	}
	if resp, err = browser.PostForm(s.base+"/account/sign-in", form); err != nil {
		s.t.Fatal(err)
	}
	defer resp.Body.Close()
	page, _ = io.ReadAll(resp.Body)
	if resp.Request.URL.Path != "/account/" || resp.StatusCode != 200 {
		s.t.Errorf("%s does not sign in with %q: %s %s\n%s", user, password, resp.Status, resp.Request.URL, page)
	}
}

package clients

import (
	"crypto/sha1"
	"encoding/hex"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/silenceper/wechat/v2/cache"
	"github.com/silenceper/wechat/v2/credential"
	"github.com/silenceper/wechat/v2/util"
	"github.com/silenceper/wechat/v2/work"
	"github.com/silenceper/wechat/v2/work/addresslist"
	"github.com/silenceper/wechat/v2/work/config"
	"github.com/silenceper/wechat/v2/work/oauth"

	"qiwei/test/clients/devserver"
)

// silenceper returns the library's client for an app. All of its addresses are constants. Its only hook for
// changing them is for the whole process, and every test sets it alike.
//
// The library puts tokens and codes into the query as they are, so they may hold no character that would need
// escaping there.
func silenceper(app devserver.App) *work.Work {
	if !intercepted() {
		util.SetURIModifier(server.Here)
	}
	return work.NewWork(&config.Config{
		CorpID:     server.Corp.CorpID,
		CorpSecret: app.Secret,
		AgentID:    strconv.Itoa(app.AgentID),
		Cache:      cache.NewMemory(), // of each its own: its key did not always name the app
	})
}

// wantSilenceperCode checks the errcode in the library's own type of error.
func wantSilenceperCode(t *testing.T, what string, err error, code int64) {
	t.Helper()
	var answered *util.CommonError
	if !errors.As(err, &answered) || answered.ErrCode != code {
		t.Errorf("%s: %v; want errcode %d", what, err, code)
	}
}

func TestSilenceperToken(t *testing.T) {
	app, sync := server.App("self_built"), server.App("contact_sync")
	first, err := silenceper(app).GetContext().GetAccessToken()
	if err != nil {
		t.Fatal(err)
	}
	again, err := silenceper(app).GetContext().GetAccessToken()
	if err != nil {
		t.Fatal(err)
	}
	if first != again {
		t.Errorf("two tokens within the first one's life: %q and %q", first, again)
	}
	if first == "" || len(first) > 512 || url.QueryEscape(first) != first {
		t.Errorf("token %q; want up to 512 characters that need no escaping", first)
	}
	other, err := silenceper(sync).GetContext().GetAccessToken()
	if err != nil {
		t.Fatal(err)
	}
	if other == first {
		t.Error("two apps share a token")
	}

	address := fmt.Sprintf("https://qyapi.weixin.qq.com/cgi-bin/gettoken?corpid=%s&corpsecret=%s", server.Corp.CorpID, app.Secret)
	answer, err := credential.GetTokenFromServer(address)
	if err != nil {
		t.Fatal(err)
	}
	// The library keeps a token for expires_in less 1500 seconds.
	if answer.ExpiresIn <= 1500 || answer.ExpiresIn > 7200 {
		t.Errorf("expires_in %d; want 1501 to 7200", answer.ExpiresIn)
	}
	if _, err := credential.GetTokenFromServer(address + "x"); err == nil || !strings.Contains(err.Error(), "errcode=40001") {
		t.Errorf("wrong secret: %v; want errcode 40001", err)
	}
}

// TestSilenceperDirectory follows a member and a department from their creation to their end.
func TestSilenceperDirectory(t *testing.T) {
	sync := silenceper(server.App("contact_sync")).GetAddressList()
	app := silenceper(server.App("self_built")).GetAddressList()

	department, err := sync.DepartmentCreate(&addresslist.DepartmentCreateRequest{
		Name: unique("研发部"), NameEn: unique("RD"), ParentID: 1, Order: 7,
	})
	if err != nil {
		t.Fatal(err)
	}
	if department.ErrMsg != "created" {
		t.Errorf("department/create: errmsg %q; want created", department.ErrMsg)
	}
	id := department.ID
	below, err := sync.DepartmentCreate(&addresslist.DepartmentCreateRequest{Name: "测试组", ParentID: id})
	if err != nil {
		t.Fatal(err)
	}
	renamed := unique("研究部")
	if err := sync.DepartmentUpdate(&addresslist.DepartmentUpdateRequest{ID: id, Name: renamed, Order: 9}); err != nil {
		t.Fatal(err)
	}
	got, err := app.DepartmentGet(id)
	if err != nil {
		t.Fatal(err)
	}
	if got.ID != id || got.Name != renamed || got.ParentID != 1 || got.Order != 9 {
		t.Errorf("department/get: %+v; want %q with id %d under 1, order 9", got, renamed, id)
	}
	tree, err := app.DepartmentListByID(id)
	if err != nil {
		t.Fatal(err)
	}
	var ids []int
	for _, d := range tree {
		ids = append(ids, d.ID)
	}
	slices.Sort(ids)
	if want := []int{id, below.ID}; !slices.Equal(ids, want) {
		t.Errorf("department/list of %d: %v; want itself and what is below, %v", id, ids, want)
	}
	simple, err := sync.DepartmentSimpleList(id)
	if err != nil {
		t.Fatal(err)
	}
	child := slices.IndexFunc(simple, func(d *addresslist.DepartmentID) bool { return d.ID == below.ID })
	if child < 0 || simple[child].ParentID != id {
		t.Errorf("department/simplelist of %d: %v; want %d under it", id, simple, below.ID)
	}
	_, err = sync.DepartmentList()
	wantSilenceperCode(t, "department/list by contact sync", err, 48009)

	// The library sends every field of the struct, set or not: "biz_mail":"", "direct_leader":null,
	// "external_profile":{"wechat_channels":{"nickname":"","status":0},"external_attr":null}, …
	userID, phone := unique("silenceper_"), mobile()
	create := &addresslist.UserCreateRequest{
		UserID: userID, Name: "司林普", Alias: "jackwu", Mobile: phone, Email: userID + "@corp.example",
		Department: []int{id, below.ID}, Order: []int{10, 40}, IsLeaderInDept: []int{1, 0},
		Position: "后台工程师", Gender: 1, Telephone: "020-123456", Address: "广州市海珠区新港中路",
		MainDepartment: id, Enable: 1,
	}
	if _, err := sync.UserCreate(create); err != nil {
		t.Fatal(err)
	}
	_, err = sync.UserCreate(create)
	wantSilenceperCode(t, "user/create twice", err, 60102)
	_, err = app.UserCreate(create)
	wantSilenceperCode(t, "user/create by an ordinary app", err, 48002)
	_, err = sync.UserGet(userID)
	wantSilenceperCode(t, "user/get by contact sync", err, 48009)

	member, err := app.UserGet(userID)
	if err != nil {
		t.Fatal(err)
	}
	if member.UserID != userID || member.Name != "司林普" || member.Alias != "jackwu" || member.Position != "后台工程师" ||
		member.Telephone != "020-123456" || member.MainDepartment != id {
		t.Errorf("user/get: %+v; want what was created", member)
	}
	if !slices.Equal(member.Department, []int{id, below.ID}) || !slices.Equal(member.Order, []int{10, 40}) ||
		!slices.Equal(member.IsLeaderInDept, []int{1, 0}) {
		t.Errorf("user/get: department %v, order %v, is_leader_in_dept %v; want [%d %d] [10 40] [1 0]",
			member.Department, member.Order, member.IsLeaderInDept, id, below.ID)
	}
	if member.Status != 4 { // nobody has signed in as this member
		t.Errorf("user/get: status %d; want 4, not activated", member.Status)
	}

	update := &addresslist.UserUpdateRequest{
		UserID: userID, Name: "司林甫", Mobile: phone, Email: create.Email,
		Department: []int{below.ID}, Order: []int{3}, IsLeaderInDept: []int{0},
		Position: "前台工程师", Gender: 2, MainDepartment: below.ID, Enable: 1,
	}
	if err := sync.UserUpdate(update); err != nil {
		t.Fatal(err)
	}
	if member, err = app.UserGet(strings.ToUpper(userID)); err != nil { // userids differ by more than case
		t.Fatal(err)
	}
	if member.UserID != userID || member.Name != "司林甫" || member.Position != "前台工程师" || !slices.Equal(member.Department, []int{below.ID}) {
		t.Errorf("user/get after update: %+v; want the new name, position and department", member)
	}
	if member.Status != 4 {
		t.Errorf("user/get after update: status %d; want 4", member.Status)
	}

	list, err := app.UserSimpleList(below.ID)
	if err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].UserID != userID || list[0].Name != "司林甫" || !slices.Equal(list[0].Department, []int{below.ID}) {
		t.Errorf("user/simplelist of %d: %+v; want only %s", below.ID, list, userID)
	}
	wantSilenceperCode(t, "department/delete with a member", sync.DepartmentDelete(below.ID), 60005)
	wantSilenceperCode(t, "department/delete with a department", sync.DepartmentDelete(id), 60006)

	if pairs := silenceperIDs(t, sync); !slices.Contains(pairs, addresslist.DeptUser{UserID: userID, Department: below.ID}) {
		t.Errorf("user/list_id: %d pairs, without %s in %d", len(pairs), userID, below.ID)
	}

	gone, err := sync.UserDelete(userID)
	if err != nil {
		t.Fatal(err)
	}
	if gone.ErrMsg != "deleted" {
		t.Errorf("user/delete: errmsg %q; want deleted", gone.ErrMsg)
	}
	_, err = app.UserGet(userID)
	wantSilenceperCode(t, "user/get of a deleted member", err, 60111)
	for _, d := range []int{below.ID, id} {
		if err := sync.DepartmentDelete(d); err != nil {
			t.Error(err)
		}
	}
}

// silenceperIDs walks user/list_id in pages of two until the cursor is empty.
func silenceperIDs(t *testing.T, sync *addresslist.Client) []addresslist.DeptUser {
	t.Helper()
	var pairs []addresslist.DeptUser
	seen := map[string]bool{}
	for cursor := ""; ; {
		page, err := sync.UserListID(&addresslist.UserListIDRequest{Cursor: cursor, Limit: 2})
		if err != nil {
			t.Fatal(err)
		}
		for _, pair := range page.DeptUser {
			pairs = append(pairs, *pair)
		}
		if len(page.DeptUser) > 2 {
			t.Fatalf("user/list_id: %d rows on a page of 2", len(page.DeptUser))
		}
		if cursor = page.NextCursor; cursor == "" {
			return pairs
		}
		if seen[cursor] {
			t.Fatalf("user/list_id: cursor %q comes again", cursor)
		}
		seen[cursor] = true
	}
}

func TestSilenceperTags(t *testing.T) {
	app := silenceper(server.App("self_built")).GetAddressList()
	userID := server.Corp.Members[0]

	name := unique("标签")
	tag, err := app.CreateTag(&addresslist.CreateTagRequest{TagName: name})
	if err != nil {
		t.Fatal(err)
	}
	if tag.TagID <= 0 || tag.ErrMsg != "created" {
		t.Errorf("tag/create: %+v; want a tagid and created", tag)
	}
	_, err = app.CreateTag(&addresslist.CreateTagRequest{TagName: name})
	wantSilenceperCode(t, "tag/create twice", err, 40071)

	added, err := app.AddTagUsers(&addresslist.AddTagUsersRequest{TagID: tag.TagID, UserList: []string{userID, "nobody_at_all"}})
	if err != nil {
		t.Fatal(err)
	}
	if added.InvalidList != "nobody_at_all" {
		t.Errorf("tag/addtagusers: invalidlist %q; want the one who does not exist", added.InvalidList)
	}
	renamed := unique("标签")
	if err := app.UpdateTag(&addresslist.UpdateTagRequest{TagID: tag.TagID, TagName: renamed}); err != nil {
		t.Fatal(err)
	}
	got, err := app.GetTag(tag.TagID)
	if err != nil {
		t.Fatal(err)
	}
	if got.TagName != renamed || len(got.UserList) != 1 || got.UserList[0].UserID != userID || got.UserList[0].Name == "" || len(got.PartyList) != 0 {
		t.Errorf("tag/get: %+v; want %q with %s and his name", got, renamed, userID)
	}
	all, err := app.ListTag()
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(all.TagList, addresslist.Tag{TagID: tag.TagID, TagName: renamed}) {
		t.Errorf("tag/list: %+v; want %d %q in it", all.TagList, tag.TagID, renamed)
	}
	if _, err := app.DelTagUsers(&addresslist.DelTagUsersRequest{TagID: tag.TagID, UserList: []string{userID}}); err != nil {
		t.Fatal(err)
	}
	if got, err = app.GetTag(tag.TagID); err != nil || len(got.UserList) != 0 {
		t.Errorf("tag/get after tag/deltagusers: %+v, %v; want nobody", got, err)
	}
	if err := app.DeleteTag(tag.TagID); err != nil {
		t.Fatal(err)
	}
	_, err = app.GetTag(tag.TagID)
	wantSilenceperCode(t, "tag/get of a deleted tag", err, 40068)
}

// TestSilenceperSignIn follows the links that the library builds and hands it the codes.
func TestSilenceperSignIn(t *testing.T) {
	app := server.App("self_built")
	client := silenceper(app)
	auth := client.GetOauth()
	member, err := server.SignIn(server.Corp.Members[0])
	if err != nil {
		t.Fatal(err)
	}
	site := "https://" + app.RedirectDomain + "/callback?from=home"

	code := func() string {
		t.Helper()
		back, err := member.Authorize(auth.GetTargetURL(site))
		if err != nil {
			t.Fatal(err)
		}
		query := back.Query()
		if back.Host != app.RedirectDomain || back.Path != "/callback" || query.Get("from") != "home" || query.Get("state") != "STATE" {
			t.Fatalf("called back at %s; want %s with code and the state STATE", back, site)
		}
		if code := query.Get("code"); code == "" || len(code) > 512 || url.QueryEscape(code) != code {
			t.Fatalf("code %q; want up to 512 characters that need no escaping", code)
		}
		return query.Get("code")
	}

	once := code()
	who, err := auth.GetUserInfo(once)
	if err != nil {
		t.Fatal(err)
	}
	if who.UserID != member.UserID || who.UserTicket != "" || who.OpenID != "" {
		t.Errorf("auth/getuserinfo: %+v; want %s, no ticket and no openid", who, member.UserID)
	}
	_, err = auth.GetUserInfo(once)
	wantSilenceperCode(t, "auth/getuserinfo of a used code", err, 40029)

	old, err := auth.UserFromCode(code())
	if err != nil {
		t.Fatal(err)
	}
	if old.UserID != member.UserID || old.OpenID != "" {
		t.Errorf("user/getuserinfo: %+v; want %s and no OpenId", old, member.UserID)
	}

	// The domain of the link is the app's; another app may not use the code.
	_, err = silenceper(server.App("contact_sync")).GetOauth().GetUserInfo(code())
	wantSilenceperCode(t, "auth/getuserinfo by contact sync", err, 50001)
}

// TestSilenceperUserDetail: a member consents to some of the sensitive fields.
func TestSilenceperUserDetail(t *testing.T) {
	app := server.App("self_built")
	sync := silenceper(server.App("contact_sync")).GetAddressList()
	auth := silenceper(app).GetOauth()

	userID, phone := unique("silenceper_"), mobile()
	if _, err := sync.UserCreate(&addresslist.UserCreateRequest{
		UserID: userID, Name: "隐私", Mobile: phone, Email: userID + "@corp.example", Address: "天河路1号",
		Department: []int{1}, Gender: 2, Enable: 1,
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := sync.UserDelete(userID); err != nil {
			t.Error(err)
		}
	})
	member, err := server.SignIn(userID)
	if err != nil {
		t.Fatal(err)
	}
	link := auth.GetTargetPrivateURL("https://"+app.RedirectDomain+"/callback", strconv.Itoa(app.AgentID))
	back, err := member.Authorize(link, "mobile", "gender")
	if err != nil {
		t.Fatal(err)
	}
	who, err := auth.GetUserInfo(back.Query().Get("code"))
	if err != nil {
		t.Fatal(err)
	}
	if who.UserID != userID || who.UserTicket == "" {
		t.Fatalf("auth/getuserinfo: %+v; want %s and a user_ticket", who, userID)
	}
	detail, err := auth.GetUserDetail(&oauth.GetUserDetailRequest{UserTicket: who.UserTicket})
	if err != nil {
		t.Fatal(err)
	}
	if detail.UserID != userID || detail.Mobile != phone || detail.Gender != "2" {
		t.Errorf("auth/getuserdetail: %+v; want %s, mobile %s, gender 2", detail, userID, phone)
	}
	if detail.Email != "" || detail.Address != "" || detail.QrCode != "" {
		t.Errorf("auth/getuserdetail: %+v; want no field that the member did not tick", detail)
	}
	_, err = auth.GetUserDetail(&oauth.GetUserDetailRequest{UserTicket: who.UserTicket + "x"})
	wantSilenceperCode(t, "auth/getuserdetail of an unknown ticket", err, 84015)
}

func TestSilenceperJSAPI(t *testing.T) {
	app := server.App("self_built")
	client := silenceper(app)
	token, err := client.GetContext().GetAccessToken()
	if err != nil {
		t.Fatal(err)
	}
	tickets := credential.NewWorkJsTicket(server.Corp.CorpID, strconv.Itoa(app.AgentID), "", cache.NewMemory())
	ofCorp, err := tickets.GetTicket(token, credential.TicketTypeCorpJs)
	if err != nil {
		t.Fatal(err)
	}
	ofApp, err := tickets.GetTicket(token, credential.TicketTypeAgentJs)
	if err != nil {
		t.Fatal(err)
	}
	if ofCorp == "" || ofApp == "" || ofCorp == ofApp {
		t.Fatalf("tickets %q of the corp and %q of the app; want two different ones", ofCorp, ofApp)
	}

	// The library asks again for the tickets that it signs with: they must be the same ones.
	page := "https://" + app.RedirectDomain + "/page?x=1"
	js := client.JsSdk()
	forConfig, err := js.GetConfig(page)
	if err != nil {
		t.Fatal(err)
	}
	forAgent, err := js.GetAgentConfig(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		what, ticket, nonce, signature string
		at                             int64
	}{
		{"GetConfig", ofCorp, forConfig.NonceStr, forConfig.Signature, forConfig.Timestamp},
		{"GetAgentConfig", ofApp, forAgent.NonceStr, forAgent.Signature, forAgent.Timestamp},
	} {
		sum := sha1.Sum([]byte(fmt.Sprintf("jsapi_ticket=%s&noncestr=%s&timestamp=%d&url=%s", tt.ticket, tt.nonce, tt.at, page)))
		if want := hex.EncodeToString(sum[:]); tt.signature != want {
			t.Errorf("%s: signature %s is not over the ticket that the server gave just before", tt.what, tt.signature)
		}
	}
}

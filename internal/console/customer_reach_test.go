package console_test

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"strings"
	"testing"

	"qiwei/qiweitest"
)

func TestMassMessages(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/mass"
		lin := met(w, w.CorpID, `{"userid":"zhangsan","name":"Lin"}`)
		he := met(w, w.CorpID, `{"userid":"lisi","name":"He"}`)
		a.ok("POST", "/console/api/customer-tags", `{"group_name":"级别","tags":["金"]}`, nil)
		var tags struct {
			Groups []struct{ Tags []struct{ ID string } }
		}
		a.ok("GET", "/console/api/customer-tags", "", &tags)
		gold := tags.Groups[0].Tags[0].ID
		for customer, user := range map[string]string{lin: "zhangsan", he: "lisi"} {
			a.ok("PUT", "/console/api/customers/"+customer+"/relations/"+user, `{"add_tags":["`+gold+`"]}`, nil)
		}
		var made struct{ MsgID string }
		a.ok("POST", path, `{"text":"大促","tags":[["`+gold+`"]],"allow_select":true}`, &made)
		if r := a.refused(422, "POST", path, `{"text":"大促"}`); r.Fields["sender"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path, `{"sender":"zhangsan"}`)
		a.refused(422, "POST", path, `{"text":"x","groups":true}`)
		a.refused(422, "POST", path, `{"text":"x","sender":"nobody"}`)
		a.refused(422, "POST", path, `{"text":"x","tags":[["etnone"]]}`)
		w.Jobs()
		if err := w.Server.Mass.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		script(w, w.CorpID, "confirm", `{"msgid":"`+made.MsgID+`","userid":"zhangsan"}`, nil)
		if err := w.Server.Mass.Settle(t.Context()); err != nil {
			t.Fatal(err)
		}
		type message struct {
			MsgID            string
			Groups           bool
			State            string
			Asked, Confirmed int64
			By               struct{ UserID string }
			Content          struct{ Text string }
			Targets, Sent    int64
			Waiting          int64
			Parts            []struct{ UserID, Name, At string }
		}
		var list struct {
			Messages []message
			Rule     string
		}
		a.ok("GET", path, "", &list)
		if len(list.Messages) != 1 || list.Messages[0].State != "ready" || list.Messages[0].Asked != 2 || list.Messages[0].Confirmed != 1 || list.Messages[0].By.UserID != "zhangsan" || list.Messages[0].Content.Text != "大促" || list.Rule != "month" {
			t.Fatalf("%+v", list)
		}
		for query, want := range map[string]int{"?to=customers": 1, "?to=groups": 0} {
			if a.ok("GET", path+query, "", &list); len(list.Messages) != want {
				t.Errorf("%s: %+v", query, list)
			}
		}
		a.refused(400, "GET", path+"?to=everybody", "")
		mine := path + "/" + made.MsgID
		var one message
		if a.ok("GET", mine, "", &one); one.Targets != 2 || one.Sent != 1 || one.Waiting != 1 || len(one.Parts) != 2 || (one.Parts[0].At == "") == (one.Parts[1].At == "") {
			t.Errorf("%+v", one)
		}
		var part struct {
			Outcomes []struct {
				Name   string
				Status int64
			}
		}
		if a.ok("GET", mine+"/zhangsan", "", &part); len(part.Outcomes) != 1 || part.Outcomes[0].Name != "Lin" || part.Outcomes[0].Status != 1 {
			t.Errorf("%+v", part)
		}
		for range 3 {
			a.ok("POST", mine+"/remind", "", nil)
		}
		a.refused(422, "POST", mine+"/remind", "")
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/msgnone"}} {
			c.a.refused(404, "GET", c.path, "")
			c.a.refused(404, "GET", c.path+"/zhangsan", "")
			c.a.refused(404, "POST", c.path+"/remind", "")
			c.a.refused(404, "POST", c.path+"/cancel", "")
		}
		a.ok("POST", mine+"/cancel", "", nil)
		if a.ok("GET", mine, "", &one); one.State != "cancelled" {
			t.Errorf("%+v", one)
		}
		a.ok("PUT", "/console/api/mass.rule", `{"rule":"day"}`, nil)
		a.refused(422, "PUT", "/console/api/mass.rule", `{"rule":"year"}`)
		if a.ok("GET", path, "", &list); list.Rule != "day" {
			t.Errorf("%+v", list)
		}
		a.did("mass.", "mass.rule", "mass.cancel", "mass.remind", "mass.remind", "mass.remind", "mass.create")
	})
}

// picture is a small picture.
func picture(t *testing.T) string {
	t.Helper()
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewGray(image.Rect(0, 0, 32, 32))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestMoments(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/moments"
		lin := met(w, w.CorpID, `{"userid":"zhangsan","name":"Lin"}`)
		var file struct {
			MediaID string `json:"media_id"`
		}
		a.ok("POST", "/console/api/pictures?for=moment", picture(t), &file)
		a.ok("POST", path, `{"text":"新品","media_ids":["`+file.MediaID+`"],"userids":["zhangsan","wangwu"]}`, nil)
		if r := a.refused(422, "POST", path, `{}`); r.Fields["text"] == "" {
			t.Errorf("%+v", r)
		}
		a.refused(422, "POST", path, `{"text":"`+strings.Repeat("x", 4001)+`"}`)
		a.refused(422, "POST", path, `{"media_ids":["none"]}`)
		w.Jobs()
		type line struct {
			ID                                     string `json:"moment_id"`
			State, Text                            string
			Images                                 []string
			OfMember                               bool `json:"of_member"`
			By                                     *struct{ UserID string }
			Asked, Published, Shown, Likes, Public any
		}
		list := func(a *admin, query string) []line {
			var got struct{ Moments []line }
			a.ok("GET", path+query, "", &got)
			return got.Moments
		}
		all := list(a, "")
		if len(all) != 1 || all[0].State != "open" || all[0].Asked != 2.0 || all[0].Published != 0.0 || len(all[0].Images) != 1 {
			t.Fatalf("%+v", all)
		}
		if status, content := a.do("GET", "/console/api/pictures/"+all[0].Images[0], ""); status != 200 || !strings.HasPrefix(content, "\x89PNG") {
			t.Errorf("the picture: %d", status)
		}
		b.refused(404, "GET", "/console/api/pictures/"+all[0].Images[0], "")
		w.Scripted("wechat/moment/publish", `{"corpid":"`+w.CorpID+`","moment_id":"`+all[0].ID+`","userid":"zhangsan"}`, nil)
		w.Scripted("wechat/moment/like", `{"corpid":"`+w.CorpID+`","moment_id":"`+all[0].ID+`","userid":"zhangsan","external_userid":"`+lin+`"}`, nil)
		w.Scripted("wechat/moment/publish", `{"corpid":"`+w.CorpID+`","userid":"lisi","text":"自己的"}`, nil)
		all = list(a, "")
		if len(all) != 2 || all[1].Published != 1.0 || all[1].Shown != 1.0 || all[1].Likes != 1.0 && all[0].Likes != 1.0 {
			t.Errorf("%+v", all)
		}
		of := map[bool]line{}
		for _, m := range all {
			of[m.OfMember] = m
		}
		if of[true].By == nil || of[true].By.UserID != "lisi" {
			t.Errorf("%+v", of)
		}
		var members struct {
			Members []struct{ UserID, At string }
		}
		mine := path + "/" + of[false].ID
		if a.ok("GET", mine, "", &members); len(members.Members) != 2 {
			t.Errorf("%+v", members)
		}
		if a.ok("GET", path+"/"+of[true].ID, "", &members); len(members.Members) != 0 {
			t.Errorf("of a member: %+v", members)
		}
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/momnone"}} {
			c.a.refused(404, "GET", c.path, "")
			c.a.refused(404, "POST", c.path+"/cancel", "")
		}
		a.refused(422, "POST", path+"/"+of[true].ID+"/cancel", "")
		a.ok("POST", mine+"/cancel", "", nil)
		if got := list(a, "?limit=1"); len(got) != 1 {
			t.Errorf("%+v", got)
		}
		a.did("moment.", "moment.cancel", "moment.create")
	})
}

func TestPictures(t *testing.T) {
	t.Parallel()
	w := qiweitest.New(t)
	a, _ := twoAdmins(t, w)
	a.refused(400, "POST", "/console/api/pictures?for=nothing", picture(t))
	a.refused(422, "POST", "/console/api/pictures", "no picture at all, but long enough to be one")
	a.refused(422, "POST", "/console/api/pictures", "")
	a.refused(404, "GET", "/console/api/pictures/none", "")
}

func TestAcquisitionLinks(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/acquisition"
		w.Scripted("wechat/acquisition/buy", `{"corpid":"`+w.CorpID+`","count":5}`, nil)
		var made struct {
			ID string `json:"link_id"`
		}
		a.ok("POST", path, `{"name":"广告","skip_verify":true,"userids":["zhangsan"]}`, &made)
		for body, field := range map[string]string{`{"userids":["zhangsan"]}`: "name", `{"name":"x"}`: "userids"} {
			if r := a.refused(422, "POST", path, body); r.Fields[field] == "" {
				t.Errorf("%s: %+v", body, r)
			}
		}
		a.refused(422, "POST", path, `{"name":"x","userids":["nobody"]}`)
		a.refused(422, "POST", path, `{"name":"`+strings.Repeat("长", 31)+`","userids":["lisi"]}`)
		type link struct {
			ID            string `json:"link_id"`
			Name, URL     string
			Clicks, Added int64
			Members       []struct{ UserID string }
			Newcomers     []struct{ Name, UserID string }
			Days          []struct{ Clicks, Added int64 }
		}
		var list struct {
			Links      []link
			Used, Left int64
		}
		a.ok("GET", path, "", &list)
		if len(list.Links) != 1 || list.Left != 5 || !strings.HasPrefix(list.Links[0].URL, w.URL+"/ca/") {
			t.Fatalf("%+v", list)
		}
		w.Scripted("wechat/acquisition/open", `{"corpid":"`+w.CorpID+`","link":"`+list.Links[0].URL+`"}`, nil)
		met(w, w.CorpID, `{"link":"`+list.Links[0].URL+`","name":"Lin"}`)
		mine := path + "/" + made.ID
		var one link
		if a.ok("GET", mine, "", &one); one.Clicks != 2 || one.Added != 1 || len(one.Days) != 30 || one.Days[29].Added != 1 || len(one.Newcomers) != 1 || one.Newcomers[0].Name != "Lin" {
			t.Errorf("%+v", one)
		}
		if a.ok("GET", path, "", &list); list.Used != 1 || list.Left != 4 {
			t.Errorf("%+v", list)
		}
		a.ok("PUT", mine, `{"name":"新广告","userids":["lisi"],"departments":[4]}`, nil)
		if a.ok("GET", mine, "", &one); one.Name != "新广告" || one.Members[0].UserID != "lisi" {
			t.Errorf("%+v", one)
		}
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/none"}} {
			c.a.refused(404, "GET", c.path, "")
			c.a.refused(404, "PUT", c.path, `{"name":"x","userids":["lisi"]}`)
			c.a.refused(404, "DELETE", c.path, "")
		}
		a.ok("DELETE", mine, "", nil)
		a.refused(404, "GET", mine, "")
		a.did("acquisition.", "acquisition.delete", "acquisition.update", "acquisition.create")
	})
}

func TestSensitiveWords(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/sensitive"
		lin := met(w, w.CorpID, `{"userid":"zhangsan","name":"Lin"}`)
		said := func() string {
			var verdict any
			script(w, w.CorpID, "send", `{"userid":"zhangsan","external_userid":"`+lin+`","by":"member","text":"这里有回扣"}`, &verdict)
			return fmt.Sprint(verdict)
		}
		var made struct {
			ID string `json:"rule_id"`
		}
		a.ok("POST", path, `{"name":"合规","words":["回扣"],"kind":1,"semantics":[1],"userids":["zhangsan"]}`, &made)
		if got := said(); !strings.Contains(got, "true") {
			t.Errorf("the rule does nothing: %s", got)
		}
		for body, field := range map[string]string{`{"words":["x"],"kind":1,"userids":["lisi"]}`: "name", `{"name":"x","kind":1,"userids":["lisi"]}`: "words", `{"name":"x","words":["x"],"kind":1}`: "userids"} {
			if r := a.refused(422, "POST", path, body); r.Fields[field] == "" {
				t.Errorf("%s: %+v", body, r)
			}
		}
		a.refused(422, "POST", path, `{"name":"合规","words":["x"],"kind":1,"userids":["lisi"]}`)
		a.refused(422, "POST", path, `{"name":"x","words":["x"],"kind":3,"userids":["lisi"]}`)
		a.refused(422, "POST", path, `{"name":"x","words":["x"],"kind":1,"userids":["nobody"]}`)
		type rule struct {
			ID          string `json:"rule_id"`
			Name, App   string
			Words       []string
			Kind        int64
			Members     []struct{ UserID string }
			Departments []int64
		}
		list := func(a *admin) []rule {
			var got struct{ Rules []rule }
			a.ok("GET", path, "", &got)
			return got.Rules
		}
		mine := path + "/" + made.ID
		a.ok("PUT", mine, `{"name":"合规二","words":["返点"],"kind":2,"semantics":[],"userids":[],"departments":[4]}`, nil)
		if got := list(a); len(got) != 1 || got[0].Name != "合规二" || got[0].Kind != 2 || len(got[0].Members) != 0 || len(got[0].Departments) != 1 || got[0].Words[0] != "返点" {
			t.Errorf("%+v", got)
		}
		if got := said(); strings.Contains(got, "true") {
			t.Errorf("the rule is for others now: %s", got)
		}
		w.As("customer_contact").Call("POST", "/cgi-bin/externalcontact/add_intercept_rule", `{"rule_name":"应用的","word_list":["x"],"intercept_type":1,"applicable_range":{"user_list":["lisi"]}}`)
		theirs := list(a)[1]
		if theirs.App == "" {
			t.Errorf("%+v", theirs)
		}
		a.ok("DELETE", path+"/"+theirs.ID, "", nil) // an admin deletes those of applications, too
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/none"}, {a, path + "/" + theirs.ID}} {
			c.a.refused(404, "PUT", c.path, `{"name":"x","words":["x"],"kind":1,"userids":["lisi"]}`)
			c.a.refused(404, "DELETE", c.path, "")
		}
		a.ok("DELETE", mine, "", nil)
		a.did("sensitive.", "sensitive.delete", "sensitive.delete", "sensitive.update", "sensitive.create")
	})
}

func TestProducts(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		a, b := twoAdmins(t, w)
		const path = "/console/api/products"
		var file struct {
			MediaID string `json:"media_id"`
		}
		a.ok("POST", "/console/api/pictures?for=album", picture(t), &file)
		var made struct {
			ID string `json:"product_id"`
		}
		a.ok("POST", path, `{"description":"茶杯","price":1990,"product_sn":"A1","media_ids":["`+file.MediaID+`"]}`, &made)
		for body, field := range map[string]string{
			`{"price":1,"media_ids":["x"]}`:                                    "description",
			`{"description":"x","media_ids":["x"]}`:                            "price",
			`{"description":"x","price":5000001,"media_ids":["x"]}`:            "price",
			`{"description":"x","price":1}`:                                    "media_ids",
			`{"description":"x","price":1,"media_ids":[]}`:                     "media_ids",
			`{"description":"x","price":1,"media_ids":["x"],"product_sn":"杯"}`: "product_sn",
		} {
			if r := a.refused(422, "POST", path, body); r.Fields[field] == "" {
				t.Errorf("%s: %+v", body, r)
			}
		}
		type product struct {
			ID          string `json:"product_id"`
			Description string
			Price       int64
			Images      []string `json:"media_ids"`
		}
		list := func(a *admin) []product {
			var got struct{ Products []product }
			a.ok("GET", path, "", &got)
			return got.Products
		}
		mine := path + "/" + made.ID
		a.ok("PUT", mine, `{"price":2990}`, nil)
		got := list(a)
		if len(got) != 1 || got[0].Price != 2990 || got[0].Description != "茶杯" || len(got[0].Images) != 1 {
			t.Fatalf("%+v", got)
		}
		if status, _ := a.do("GET", "/console/api/pictures/"+got[0].Images[0], ""); status != 200 {
			t.Errorf("its picture: %d", status)
		}
		if len(list(b)) != 0 {
			t.Error("the other enterprise has it")
		}
		for _, c := range []struct {
			a    *admin
			path string
		}{{b, mine}, {a, path + "/none"}} {
			c.a.refused(404, "PUT", c.path, `{"price":1}`)
			c.a.refused(404, "DELETE", c.path, "")
		}
		a.ok("DELETE", mine, "", nil)
		a.refused(404, "DELETE", mine, "")
		a.did("product.", "product.delete", "product.update", "product.create")
	})
}

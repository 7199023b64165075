package approval_test

import (
	"fmt"
	"strings"
	"testing"

	"qiwei/internal/access"
	"qiwei/qiweitest"
)

// detail is what getapprovaldetail answers of the process.
type detail struct {
	Info struct {
		SpNo    string `json:"sp_no"`
		Name    string `json:"sp_name"`
		Status  int64  `json:"sp_status"`
		Applyer struct{ UserID, PartyID string }
		Record  []struct {
			Status  int64 `json:"sp_status"`
			Attr    int64 `json:"approverattr"`
			Details []struct {
				Approver struct{ UserID string }
				Speech   string
				Status   int64 `json:"sp_status"`
				At       int64 `json:"sptime"`
			}
		} `json:"sp_record"`
		Process struct {
			Nodes []struct {
				Type   int64 `json:"node_type"`
				Status int64 `json:"sp_status"`
				Rel    int64 `json:"apv_rel"`
				People []struct {
					UserID string
					Status int64 `json:"sp_yj"`
				} `json:"sub_node_list"`
			} `json:"node_list"`
		} `json:"process_list"`
	}
}

// process writes the nodes of an approval: each person with their state, and the node's.
func (d detail) process() string {
	var nodes []string
	for _, n := range d.Info.Process.Nodes {
		var people []string
		for _, p := range n.People {
			people = append(people, fmt.Sprintf("%s=%d", p.UserID, p.Status))
		}
		nodes = append(nodes, fmt.Sprintf("%d:%s(%d)", n.Type, strings.Join(people, "+"), n.Status))
	}
	return strings.Join(nodes, " ")
}

func (h *house) detail(spNo string) (d detail) {
	h.T.Helper()
	h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+spNo+`"}`).Decode(&d)
	return d
}

// TestProcess walks what people decide: all, one of them, one after the other; handing on, adding, sending
// back, handling, withdrawing.
func TestProcess(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("买书", textControl)
		type move struct{ step, user, more, stands string }
		for _, tt := range []struct {
			what, nodes string
			moves       []move
			process     string
		}{
			{"all of them", node(1, 1, "lisi", "wangwu"), []move{{"approve", "wangwu", "", "1 lisi"}, {"approve", "lisi", "", "2 "}}, "1:lisi=2+wangwu=2(2)"},
			{"one of them", node(1, 2, "lisi", "wangwu"), []move{{"approve", "wangwu", "", "2 "}}, "1:lisi=1+wangwu=2(2)"},
			{"one after the other", node(1, 3, "lisi", "wangwu"), []move{{"approve", "lisi", "", "1 wangwu"}, {"approve", "wangwu", "", "2 "}}, "1:lisi=2+wangwu=2(2)"},
			{"two nodes and somebody told", node(1, 1, "lisi") + "," + node(2, 0, "zhangsan") + "," + node(1, 1, "wangwu"),
				[]move{{"approve", "lisi", "", "1 wangwu"}, {"approve", "wangwu", "", "2 "}}, "1:lisi=2(2) 2:zhangsan=1(0) 1:wangwu=2(2)"},
			{"refused", node(1, 1, "lisi", "wangwu"), []move{{"refuse", "lisi", `,"speech":"太贵"`, "3 "}}, "1:lisi=3+wangwu=1(3)"},
			{"transferred", node(1, 1, "lisi"), []move{{"transfer", "lisi", `,"to":["wangwu"]`, "1 wangwu"}, {"approve", "wangwu", "", "2 "}}, "1:lisi=4+wangwu=2(2)"},
			{"added after", node(1, 1, "lisi"), []move{{"add", "lisi", `,"to":["wangwu"]`, "1 wangwu"}, {"approve", "wangwu", "", "2 "}}, "1:lisi=13(13) 1:wangwu=2(2)"},
			{"added before", node(1, 1, "lisi"), []move{{"add", "lisi", `,"to":["wangwu"],"before":true`, "1 wangwu"}, {"approve", "wangwu", "", "1 lisi"}, {"approve", "lisi", "", "2 "}},
				"1:lisi=12(12) 1:wangwu=2(2) 1:lisi=2(2)"},
			{"sent back", node(1, 1, "lisi") + "," + node(1, 1, "wangwu"),
				[]move{{"approve", "lisi", "", "1 wangwu"}, {"return", "wangwu", `,"node":0`, "1 lisi"}, {"approve", "lisi", "", "1 wangwu"}, {"approve", "wangwu", "", "2 "}},
				"1:lisi=2(2) 1:wangwu=11(11) 1:lisi=2(2) 1:wangwu=2(2)"},
			{"handled", node(1, 1, "lisi") + "," + node(3, 1, "wangwu"),
				[]move{{"approve", "lisi", "", "1 wangwu"}, {"hand_over", "wangwu", `,"to":["zhangsan"]`, "1 zhangsan"}, {"handle", "zhangsan", "", "2 "}}, "1:lisi=2(2) 3:wangwu=15+zhangsan=14(14)"},
			{"withdrawn", node(1, 1, "lisi"), []move{{"withdraw", "zhangsan", "", "4 "}}, "1:lisi=1(1)"},
			{"withdrawn after it had passed", node(1, 1, "lisi"), []move{{"approve", "lisi", "", "2 "}, {"withdraw", "zhangsan", "", "6 "}}, "1:lisi=2(2)"},
			{"paid", node(1, 1, "lisi"), []move{{"approve", "lisi", "", "2 "}, {"pay", "lisi", "", "10 "}}, "1:lisi=2(2)"},
			{"deleted", node(1, 1, "lisi"), []move{{"delete", "lisi", "", "7 "}}, "1:lisi=1(1)"},
		} {
			spNo := h.apply("zhangsan", template, tt.nodes, textContent)
			for _, m := range tt.moves {
				if got := h.act(m.step, spNo, m.user, m.more); got != m.stands {
					t.Errorf("%s: after %s by %s: %q, want %q", tt.what, m.step, m.user, got, m.stands)
				}
			}
			d := h.detail(spNo)
			if got := d.process(); got != tt.process {
				t.Errorf("%s: %s, want %s", tt.what, got, tt.process)
			}
		}
	})
}

// TestWhoseTurn: who is not asked cannot decide, and what is over stays.
func TestWhoseTurn(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("买书", textControl)
		spNo := h.apply("zhangsan", template, node(1, 3, "lisi", "wangwu")+","+node(3, 1, "zhangsan"), textContent)
		for _, tt := range []struct{ step, user, more string }{
			{"approve", "wangwu", ""}, {"approve", "zhangsan", ""}, {"refuse", "wangwu", ""}, {"approve", "nobody", ""}, {"withdraw", "lisi", ""}, {"urge", "lisi", ""},
			{"transfer", "lisi", ""}, {"transfer", "lisi", `,"to":["lisi"]`}, {"transfer", "lisi", `,"to":["nobody"]`}, {"transfer", "lisi", `,"to":["wangwu","zhangsan"]`},
			{"add", "lisi", ""}, {"return", "lisi", `,"node":0`}, {"pay", "lisi", ""}, {"comment", "lisi", ""},
		} {
			if h.may(tt.step, spNo, tt.user, tt.more) {
				t.Errorf("%s by %s%s", tt.step, tt.user, tt.more)
			}
		}
		if h.may("approve", "209901010001", "lisi", "") || h.may("approve", "", "lisi", "") {
			t.Error("an approval that is not there")
		}
		h.act("approve", spNo, "LiSi", "")
		h.act("approve", spNo, "wangwu", "")
		if h.may("refuse", spNo, "zhangsan", "") {
			t.Error("who handles cannot refuse")
		}
		h.act("handle", spNo, "zhangsan", "")
		for _, step := range []string{"approve", "refuse", "urge", "withdraw"} {
			if h.may(step, spNo, "lisi", "") {
				t.Errorf("%s what is over", step)
			}
		}
		if status, text := h.Attempt(h.Second, "approve", `{"sp_no":"`+spNo+`","userid":"lisi"}`); status == 200 {
			t.Errorf("the twin enterprise: %s", text)
		}
	})
}

// TestDetail: the answer has every part that the page shows (doc 91983).
func TestDetail(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("买书", textControl)
		spNo := h.apply("ZHANGSAN", template, node(1, 2, "lisi", "wangwu")+","+node(2, 0, "wangwu"), textContent)
		h.act("comment", spNo, "lisi", `,"speech":"哪一本？"`)
		h.act("approve", spNo, "lisi", `,"speech":"同意"`)
		got := h.Must(h.App, "oa/getapprovaldetail", `{"sp_no":"`+spNo+`"}`).Body
		at := h.Clock.Now().Unix()
		for _, part := range []string{
			fmt.Sprintf(`"info":{"sp_no":%q,"sp_name":"买书","sp_status":2,"template_id":%q,"apply_time":%d,"applyer":{"userid":"zhangsan","partyid":"2"},`, spNo, template, at),
			fmt.Sprintf(`"sp_record":[{"sp_status":2,"approverattr":1,"details":[{"approver":{"userid":"lisi"},"speech":"同意","sp_status":2,"sptime":%d,"media_id":[]},{"approver":{"userid":"wangwu"},"speech":"","sp_status":1,"sptime":0,"media_id":[]}]}]`, at),
			`"notifyer":[{"userid":"wangwu"}]`,
			`"apply_data":{"contents":[{"control":"Text","id":"Text-1","title":[{"text":"事由","lang":"zh_CN"}],"value":{"text":"买书","tips":[],"members":[],"departments":[],"files":[],"children":[],"stat_field":[],"related_approval":[]}}]}`,
			fmt.Sprintf(`"comments":[{"commentUserInfo":{"userid":"lisi"},"commenttime":%d,"commentcontent":"哪一本？","commentid":"`, at),
			fmt.Sprintf(`"process_list":{"node_list":[{"node_type":1,"sp_status":2,"apv_rel":2,"sub_node_list":[{"userid":"lisi","speech":"同意","sp_yj":2,"sptime":%d,"media_ids":[]},`, at),
			`{"node_type":2,"sub_node_list":[{"userid":"wangwu",`,
		} {
			if !strings.Contains(got, part) {
				t.Errorf("%s\nis not in %s", part, got)
			}
		}
		h.Answers("oa/getapprovaldetail", []qiweitest.Refusal{{"none", `{}`, 301025}, {"unknown", `{"sp_no":"1"}`, 301025}, {"a list", `{"sp_no":[]}`, 301025}}...)
		if got := h.Call(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "oa/getapprovaldetail", `{"sp_no":"`+spNo+`"}`); got.ErrCode != 301025 {
			t.Errorf("the twin enterprise: %s", got.Body)
		}
		if got := h.Call(h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}})), "oa/getapprovaldetail", `{"sp_no":"`+spNo+`"}`); got.ErrCode != 301055 {
			t.Errorf("out of range: %s", got.Body)
		}
	})
}

// TestNumbersOfADay: approvals are numbered from 1 each day in China, in each enterprise.
func TestNumbersOfADay(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("买书", textControl)
		twin := h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything()))
		other := h.made(twin, "买书", textControl)
		first, second := h.apply("zhangsan", template, node(1, 1, "lisi"), textContent), h.apply("lisi", template, node(1, 1, "lisi"), textContent)
		if !strings.HasSuffix(first, "0001") || !strings.HasSuffix(second, "0002") || first[:8] != second[:8] {
			t.Errorf("%s, %s", first, second)
		}
		if got := h.Call(twin, "oa/applyevent", application("zhangsan", other, node(1, 1, "lisi"), textContent)); !strings.Contains(got.Body, `"sp_no":"`+first+`"`) {
			t.Errorf("the twin enterprise: %s, want %s", got.Body, first)
		}
		h.Advance(24 * hour)
		if next := h.apply("zhangsan", template, node(1, 1, "lisi"), textContent); !strings.HasSuffix(next, "0001") || next[:8] == first[:8] {
			t.Errorf("the next day: %s", next)
		}
	})
}

// TestApplication: what cannot be submitted.
func TestApplication(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		template := h.template("买书", textControl)
		good := application("zhangsan", template, node(1, 1, "lisi"), textContent)
		change := func(old, new string) string {
			if !strings.Contains(good, old) {
				t.Fatalf("%s is not in %s", old, good)
			}
			return strings.Replace(good, old, new, 1)
		}
		h.Answers("oa/applyevent", []qiweitest.Refusal{
			{"the good one", good, 0},
			{"nothing", `{}`, 301025},
			{"nobody", change(`"zhangsan"`, `""`), 301025},
			{"a stranger", change(`"zhangsan"`, `"stranger"`), 60111},
			{"a list for a userid", change(`"zhangsan"`, `["zhangsan"]`), 301025},
			{"no template", change(template, ""), 301025},
			{"an unknown template", change(template, "3x"), 301025},
			{"another use", change(`"use_template_approver":0`, `"use_template_approver":2`), 301025},
			{"without a process", change(`"process"`, `"proces"`), 301025},
			{"with the template's process, which has nobody", change(`"use_template_approver":0`, `"use_template_approver":1`), 0},
			{"a node of another type", change(`"type":1`, `"type":4`), 301025},
			{"another way to decide", change(`"apv_rel":1`, `"apv_rel":4`), 301025},
			{"a node without people", change(`["lisi"]`, `[]`), 301025},
			{"a node with a stranger", change(`["lisi"]`, `["stranger"]`), 60111},
			{"only somebody told", change(`"type":1`, `"type":2`), 301025},
			{"a department of others", change(`"template_id"`, `"choose_department":4,"template_id"`), 301025},
			{"the own department", change(`"template_id"`, `"choose_department":2,"template_id"`), 0},
			{"an empty field", change(`"买书"`, `""`), 301025},
			{"a line break", change(`"买书"`, `"买\n书"`), 301025},
			{"an unknown control", change(`"Text-1"`, `"Text-2"`), 301025},
			{"another kind of control", change(`"control":"Text"`, `"control":"Number"`), 301025},
			{"twice", change(textContent, textContent+","+textContent), 301025},
			{"four lines of summary", change(`"summary_list":[`, `"summary_list":[`+strings.Repeat(`{"summary_info":[{"text":"a","lang":"en"}]},`, 3)), 301025},
			{"a long line", change(`"摘要"`, `"`+strings.Repeat("长", 21)+`"`), 301025},
			{"in no language", change(`"lang":"zh_CN"}]}]`, `"lang":"zh-CN"}]}]`), 301025},
			{"without a summary", change(`"summary_list"`, `"summary"`), 0},
		}...)
		if got := h.Call(h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}})), "oa/applyevent", good); got.ErrCode != 301055 {
			t.Errorf("an applicant out of range: %s", got.Body)
		}
		// The page wants the applicant alone to be in the range: who decides and who gets a copy may be anybody of the enterprise.
		if got := h.Call(h.WithApp(access.SelfBuilt, h.Listed(access.Range{Departments: []int64{4}})), "oa/applyevent", change(`"zhangsan"`, `"wangwu"`)); got.ErrCode != 0 {
			t.Errorf("an approver out of range: %s", got.Body)
		}
		if got := h.Call(h.Second.WithApp(access.SelfBuilt, h.Listed(access.Everything())), "oa/applyevent", good); got.ErrCode != 301025 {
			t.Errorf("the twin enterprise: %s", got.Body)
		}
		old := strings.Replace(good, `"process":{"node_list":[`+node(1, 1, "lisi")+`]}`, `"approver":[{"attr":1,"userid":["lisi","wangwu"]}],"notifyer":["wangwu"],"notify_type":2`, 1)
		var resp struct {
			SpNo string `json:"sp_no"`
		}
		h.Must(h.App, "oa/applyevent", old).Decode(&resp)
		if d := h.detail(resp.SpNo); d.process() != "1:lisi=1+wangwu=1(1) 2:wangwu=1(0)" || d.Info.Record[0].Attr != 1 {
			t.Errorf("a process as it was written before: %+v", d)
		}
		h.As(access.Approval)
		h.disable()
		h.Answers("oa/applyevent", []qiweitest.Refusal{{"while the application is switched off", good, 301056}}...)
	})
}

package checkin_test

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/app"
	"qiwei/internal/platform"
	"qiwei/internal/store"
	"qiwei/qiweitest"
)

// house is a World with an application that may call check-in and sees everybody. Its clock begins on Monday,
// 2031-01-06 at 17:00 in China.
type house struct {
	*qiweitest.World
	t   testing.TB
	app *qiweitest.Client
}

func run(t *testing.T, test func(t *testing.T, h *house)) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		test(t, newHouse(t, w))
	}, func(c *platform.Config) { c.Dev = true })
}

func newHouse(t testing.TB, w *qiweitest.World) *house {
	return &house{w, t, w.WithApp(access.SelfBuilt, listed(access.Everything()))}
}

func listed(r access.Range) app.Settings {
	return app.Settings{Range: r, Callable: []access.Kind{access.Checkin}}
}

func as(c *qiweitest.Client, name, body string) qiweitest.Result {
	return c.Call("POST", "/cgi-bin/checkin/"+name, body)
}

func (h *house) must(name, body string) qiweitest.Result {
	h.t.Helper()
	r := as(h.app, name, body)
	if r.ErrCode != 0 {
		h.t.Fatalf("%s %s: %s", name, body, r.Body)
	}
	return r
}

var china = time.FixedZone("UTC+8", 8*60*60)

// at is a time in China, such as 01-07 09:00, in 2031.
func at(text string) int64 {
	t, err := time.ParseInLocation("2006-01-02 15:04:05", "2031-"+text+":00", china)
	if err != nil {
		if t, err = time.ParseInLocation("2006-01-02 15:04:05", "2031-"+text, china); err != nil {
			panic(err)
		}
	}
	return t.Unix()
}

// to moves the clock to such a time.
func (h *house) to(text string) { h.Clock.Set(time.Unix(at(text), 0)) }

// section is a time of work; ids count the sections of a rule.
func section(id int, work, off string, more string) string {
	return fmt.Sprintf(`{"time_id":%d,"work_sec":%d,"off_work_sec":%d,"remind_work_sec":%d,"remind_off_work_sec":%d,"earliest_work_sec":%d,"latest_work_sec":%d,"earliest_off_work_sec":%d,"latest_off_work_sec":%d%s}`,
		id, sec(work), sec(off), sec(work)-600, sec(off), sec(work)-4*3600, sec(off)-60, sec(work)+60, sec(off)+4*3600, more)
}

// sec is a time of the day in seconds.
func sec(text string) int {
	hours, minutes, _ := strings.Cut(text, ":")
	h, err1 := strconv.Atoi(hours)
	m, err2 := strconv.Atoi(minutes)
	if err1 != nil || err2 != nil {
		panic(text)
	}
	return h*3600 + m*60
}

const (
	noon   = `,"allow_rest":true,"rest_begin_time":43200,"rest_end_time":46800`
	site   = `"loc_infos":[{"lat":39908823,"lng":116397470,"loc_title":"总部","loc_detail":"长安街","distance":300}]`
	here   = `"lat":39908900,"lng":116397500`
	afar   = `"lat":39999999,"lng":116397500`
	noOT   = `"ot_info_v2":{"workdayconf":{"allow_ot":false,"type":0}}`
	office = `"checkindate":[{"workdays":[1,2,3,4,5],"checkintime":[` // to be closed by officeEnd
)

// office9 is what a rule from nine to six says.
func office9(flex string) string {
	return office + section(1, "9:00", "18:00", noon) + `]` + flex + `}]`
}

// group is a rule for members; of more, what comes later wins.
func group(kind int, name, users, more string) string {
	return fmt.Sprintf(`"grouptype":%d,"groupname":%q,"range":{"userid":[%s]},%s,%s,%s`, kind, name, users, site, noOT, more)
}

// add makes a rule that is effective now and returns its number.
func (h *house) add(body string) int64 {
	h.t.Helper()
	h.must("add_checkin_option", `{"effective_now":true,"group":{`+body+`}}`)
	list := h.rules(h.app)
	return list[len(list)-1].Group
}

type ruleOf struct {
	Group int64  `json:"groupid"`
	Name  string `json:"groupname"`
	Type  int64  `json:"grouptype"`
}

func (h *house) rules(c *qiweitest.Client) []ruleOf {
	h.t.Helper()
	var resp struct {
		Groups []ruleOf `json:"group"`
	}
	as(c, "getcorpcheckinoption", "{}").Decode(&resp)
	return resp.Groups
}

// punch has a member check in by the phone at a time.
func (h *house) punch(user, when, more string) string {
	h.t.Helper()
	if now := at(when); now > h.Clock.Now().Unix() {
		h.to(when)
	}
	status, text := h.script("record", fmt.Sprintf(`{"userid":%q,"at":%q,%s}`, user, time.Unix(at(when), 0).Format(time.RFC3339), more))
	if status != 200 {
		h.t.Fatalf("%s at %s: %d %s", user, when, status, text)
	}
	var got struct {
		Kind      string `json:"checkin_type"`
		Exception string `json:"exception_type"`
	}
	if err := json.Unmarshal([]byte(text), &got); err != nil {
		h.t.Fatal(err)
	}
	return strings.TrimSpace(got.Kind + " " + got.Exception)
}

// script runs a script of the room in the first enterprise.
func (h *house) script(name, body string) (int, string) {
	h.t.Helper()
	return h.Script("checkin/"+name, strings.Replace(body, "{", `{"corpid":"`+h.CorpID+`",`, 1))
}

// day is a day's report in short: type, kind, worked and standard minutes, then flaws as number×count(minutes).
func (h *house) day(user, date string) string {
	h.t.Helper()
	var resp struct {
		Data []struct {
			Base struct {
				Type int64 `json:"record_type"`
				Kind int64 `json:"day_type"`
			} `json:"base_info"`
			Summary struct {
				Count    int64 `json:"checkin_count"`
				Worked   int64 `json:"regular_work_sec"`
				Standard int64 `json:"standard_work_sec"`
			} `json:"summary_info"`
			Exceptions []flawOf `json:"exception_infos"`
			Overtime   struct {
				Status   int64   `json:"ot_status"`
				Duration int64   `json:"ot_duration"`
				Short    []int64 `json:"exception_duration"`
			} `json:"ot_info"`
		} `json:"datas"`
	}
	day := at(date + " 00:00")
	h.must("getcheckin_daydata", fmt.Sprintf(`{"starttime":%d,"endtime":%d,"useridlist":[%q]}`, day, day, user)).Decode(&resp)
	if len(resp.Data) != 1 {
		return fmt.Sprintf("%d days", len(resp.Data))
	}
	d := resp.Data[0]
	out := fmt.Sprintf("%d/%d %d: %d of %d", d.Base.Type, d.Base.Kind, d.Summary.Count, d.Summary.Worked/60, d.Summary.Standard/60) + flaws(d.Exceptions)
	if d.Overtime.Status != 0 {
		out += fmt.Sprintf(" overtime %d: %d", d.Overtime.Status, d.Overtime.Duration/60)
		for _, s := range d.Overtime.Short {
			out += fmt.Sprintf("-%d", s/60)
		}
	}
	return out
}

type flawOf struct {
	Count, Duration, Exception int64
}

func flaws(list []flawOf) (out string) {
	for _, e := range list {
		out += fmt.Sprintf(" %dx%d(%d)", e.Exception, e.Count, e.Duration/60)
	}
	return out
}

// records are a member's check-ins of a day in short.
func (h *house) records(user, date string, kind int) string {
	h.t.Helper()
	var resp struct {
		Data []struct {
			Kind      string `json:"checkin_type"`
			Exception string `json:"exception_type"`
			At        int64  `json:"checkin_time"`
			Due       int64  `json:"sch_checkin_time"`
			Timeline  int64  `json:"timeline_id"`
		} `json:"checkindata"`
	}
	day := at(date + " 00:00")
	h.must("getcheckindata", fmt.Sprintf(`{"opencheckindatatype":%d,"starttime":%d,"endtime":%d,"useridlist":[%q]}`, kind, day, day+86399, user)).Decode(&resp)
	var out []string
	clock := func(at int64) string {
		if at == 0 {
			return "-"
		}
		return time.Unix(at, 0).In(china).Format("15:04")
	}
	for _, r := range resp.Data {
		out = append(out, strings.TrimSpace(fmt.Sprintf("%s %s/%s %s", r.Kind, clock(r.At), clock(r.Due), r.Exception)))
	}
	return strings.Join(out, ", ")
}

// write runs fn on the store of the first enterprise.
func (h *house) write(fn func(ctx context.Context, tx *store.Tx) error) {
	h.t.Helper()
	h.Write(fn)
}

func (h *house) expect(what, got, want string) {
	h.t.Helper()
	if got != want {
		h.t.Errorf("%s: %s\nwant %s", what, got, want)
	}
}

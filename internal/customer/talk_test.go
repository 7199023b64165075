package customer_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

// line is a message of a talk that a test made up.
type line struct {
	pair int // of a member and a customer
	by   string
	at   time.Time
}

// total is what get_user_behavior_data says of a day.
type total struct {
	At       int64    `json:"stat_time"`
	Chats    int64    `json:"chat_cnt"`
	Messages int64    `json:"message_cnt"`
	Replied  *float64 `json:"reply_percentage"`
	Waited   *int64   `json:"avg_reply_time"`
}

// walk counts a day's lines by going through them all, as the page defines the numbers (doc 92132).
func walk(lines []line, pairs map[int]bool, day time.Time) total {
	out := total{At: day.Unix()}
	var asked, replied int64
	var waited time.Duration
	for pair := range pairs {
		var began time.Time
		spoken, answered := false, false
		for _, l := range lines {
			if l.pair != pair || l.at.Before(day) || !l.at.Before(day.AddDate(0, 0, 1)) {
				continue
			}
			if l.by == "customer" {
				if !spoken {
					began = l.at
					asked++
				}
			} else {
				out.Messages++
				if !answered {
					out.Chats++
				}
				if !answered && !began.IsZero() {
					replied++
					waited += l.at.Sub(began)
				}
				answered = true
			}
			spoken = true
		}
	}
	if asked > 0 {
		percent, minutes := 100*float64(replied)/float64(asked), int64(0)
		if replied > 0 {
			minutes = int64(waited/time.Minute) / replied
		}
		out.Replied, out.Waited = &percent, &minutes
	}
	return out
}

// TestTalkCounts holds the counts of days against a walk through everything that was said, for talks that go
// over midnight in China, begin on either side, and lose their relation in between.
func TestTalkCounts(t *testing.T) {
	run(t, func(t *testing.T, h *house) {
		china := time.FixedZone("", 8*3600)
		draw := rand.New(rand.NewPCG(7, 92132))
		people := []added{}
		for _, user := range []string{"zhangsan", "zhangsan", "lisi", "lisi"} {
			people = append(people, h.add(fmt.Sprintf(`{"userid":%q,"name":"P%d"}`, user, len(people))))
		}
		shared := h.add(fmt.Sprintf(`{"userid":"lisi","external_userid":%q}`, people[0].External)) // one customer of both
		people = append(people, shared)
		var lines []line
		first := h.Clock.Now()
		for n := range 120 {
			h.Advance(time.Duration(draw.IntN(150)) * time.Minute)
			l := line{draw.IntN(len(people)), []string{"customer", "member"}[draw.IntN(2)], h.Clock.Now()}
			p := people[l.pair]
			if n%40 == 39 { // the member loses the customer, who comes again and goes on
				h.done(h.Corp, "remove", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"by":"member"}`, p.UserID, p.External), nil)
				h.done(h.Corp, "add", fmt.Sprintf(`{"userid":%q,"external_userid":%q}`, p.UserID, p.External), nil)
			}
			h.done(h.Corp, "send", fmt.Sprintf(`{"userid":%q,"external_userid":%q,"by":%q,"text":"x"}`, p.UserID, p.External, l.by), nil)
			lines = append(lines, l)
		}
		y, m, d := first.In(china).Date()
		for _, tt := range []struct {
			who   string
			pairs map[int]bool
		}{
			{`["zhangsan"]`, map[int]bool{0: true, 1: true}},
			{`["lisi"]`, map[int]bool{2: true, 3: true, 4: true}},
			{`["zhangsan","lisi"]`, map[int]bool{0: true, 1: true, 2: true, 3: true, 4: true}},
		} {
			var got struct {
				Days []total `json:"behavior_data"`
			}
			body := h.must("get_user_behavior_data", fmt.Sprintf(`{"userid":%s,"start_time":%d,"end_time":%d}`, tt.who, first.Unix(), h.Clock.Now().Unix())).Body
			if err := json.Unmarshal([]byte(body), &got); err != nil || len(got.Days) < 5 {
				t.Fatalf("%s: %v in %s", tt.who, err, body)
			}
			for n, day := range got.Days {
				have, _ := json.Marshal(day)
				want, _ := json.Marshal(walk(lines, tt.pairs, time.Date(y, m, d+n, 0, 0, 0, 0, china)))
				if string(have) != string(want) {
					t.Errorf("%s, day %d: %s, want %s", tt.who, n, have, want)
				}
			}
		}
	})
}

package console

import (
	"errors"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/callback"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

func (s *Service) deliveryCalls() []call {
	return []call{
		{pattern: "GET /console/api/deliveries", right: readCorp, handle: s.listDeliveries},
		{pattern: "GET /console/api/deliveries.csv", right: readCorp, handle: s.exportDeliveries},
		{pattern: "GET /console/api/deliveries/{no}", right: readCorp, handle: s.getDelivery},
		{pattern: "POST /console/api/deliveries/replay", right: editCorp, handle: s.replayDeliveries},
		{pattern: "GET /console/api/test-events", right: readCorp, handle: s.listTestEvents},
		{pattern: "POST /console/api/test-events", right: editCorp, handle: s.sendTestEvent},
	}
}

type deliveryLine struct {
	No       int64     `json:"no"`
	Event    string    `json:"event"`
	AgentID  int64     `json:"agentid"`
	URL      string    `json:"url"`
	QueuedAt time.Time `json:"queued_at"`
	State    string    `json:"state"`
	Attempts int64     `json:"attempts"`
	Next     time.Time `json:"next_at,omitzero"`
	Last     *attempt  `json:"last,omitempty"`
}

type attempt struct {
	At       time.Time `json:"at"`
	Took     float64   `json:"took_ms"`
	Status   int       `json:"status"`
	Problem  string    `json:"problem,omitempty"`
	Query    string    `json:"query,omitempty"`
	Request  string    `json:"request,omitempty"`
	Lost     string    `json:"lost,omitempty"`
	Response string    `json:"response,omitempty"`
	Reply    string    `json:"reply,omitempty"`
}

func attemptOf(a callback.Attempt) attempt {
	out := attempt{At: a.At, Took: float64(a.Took.Microseconds()) / 1000, Status: a.Status, Problem: a.Problem, Query: a.Query, Request: a.Request, Lost: a.Lost, Reply: a.Reply}
	if utf8.Valid(a.Response) {
		out.Response = string(a.Response)
	} else {
		out.Response = itoa(int64(len(a.Response))) + " bytes that are not UTF-8"
	}
	return out
}

func deliveryOf(d callback.Delivery) deliveryLine {
	l := deliveryLine{No: d.No, Event: d.Name, AgentID: d.AgentID, URL: d.Receiver, QueuedAt: d.QueuedAt, State: d.State.String(), Attempts: d.Attempts, Next: d.Due}
	if d.Last != nil {
		a := attemptOf(*d.Last)
		l.Last = &a
	}
	return l
}

// deliveryQuery reads the filter that the list and the export share.
func (v *visit) deliveryQuery() (f callback.Filter, err error) {
	f = callback.Filter{Name: v.query("event")}
	if f.AgentID, err = v.number("agentid"); err != nil {
		return f, err
	}
	if f.Before, err = v.number("before"); err != nil {
		return f, err
	}
	if text := v.query("state"); text != "" {
		for _, st := range []callback.State{callback.Waiting, callback.Delivered, callback.Failed} {
			if st.String() == text {
				f.State = &st
			}
		}
		if f.State == nil {
			return f, badRequest{errors.New("state: waiting, delivered or failed expected")}
		}
	}
	return f, nil
}

// exportDeliveries writes the deliveries that the filter selects, the newest first.
func (s *Service) exportDeliveries(v *visit) (any, error) {
	f, err := v.deliveryQuery()
	if err != nil {
		return nil, err
	}
	header := []string{"Number", "Queued", "Event", "agentid", "State", "Attempts", "Last attempt", "HTTP status", "Took (ms)", "Problem"}
	if v.chinese() {
		header = []string{"编号", "产生时间", "事件", "agentid", "状态", "投递次数", "最近一次", "HTTP 状态码", "耗时（毫秒）", "问题"}
	}
	return v.sheet("deliveries.csv", func(tx *store.Tx, put func([]string) error) error {
		if err := put(header); err != nil {
			return err
		}
		f.Before, f.Limit = 0, 500
		for n := 0; n < exportedMost; n += f.Limit {
			list, err := s.deps.Callbacks.Deliveries(v.ctx(), tx, v.by, f)
			if err != nil {
				return err
			}
			for _, d := range list {
				row := []string{itoa(d.No), sheetTime(d.QueuedAt), d.Name, itoa(d.AgentID), d.State.String(), itoa(d.Attempts), "", "", "", ""}
				if d.Last != nil {
					row[6], row[7], row[8], row[9] = sheetTime(d.Last.At), numberOrNothing(int64(d.Last.Status)), itoa(d.Last.Took.Milliseconds()), d.Last.Problem
				}
				if err := put(row); err != nil {
					return err
				}
			}
			if len(list) < f.Limit {
				break
			}
			f.Before = list[len(list)-1].No
		}
		return nil
	})
}

func (s *Service) listDeliveries(v *visit) (any, error) {
	f, err := v.deliveryQuery()
	if err != nil {
		return nil, err
	}
	if _, f.Limit, err = v.page(50, 200); err != nil {
		return nil, err
	}
	lines := []deliveryLine{}
	err = v.look(func(tx *store.Tx) error {
		list, err := s.deps.Callbacks.Deliveries(v.ctx(), tx, v.by, f)
		for _, d := range list {
			lines = append(lines, deliveryOf(d))
		}
		return err
	})
	return map[string]any{"deliveries": lines}, err
}

func (s *Service) getDelivery(v *visit) (any, error) {
	no, err := v.number("no")
	if err != nil {
		return nil, err
	}
	type detail struct {
		deliveryLine
		Body string    `json:"body"`
		All  []attempt `json:"all"`
	}
	out := detail{All: []attempt{}}
	return &out, v.look(func(tx *store.Tx) error {
		d, err := s.deps.Callbacks.Delivery(v.ctx(), tx, v.by, no)
		if err != nil {
			return err
		}
		out.deliveryLine, out.Body = deliveryOf(d), d.Body
		for _, a := range d.All {
			out.All = append(out.All, attemptOf(a))
		}
		return nil
	})
}

func (s *Service) replayDeliveries(v *visit) (any, error) {
	var req struct {
		Numbers []int64 `json:"numbers"`
		Failed  bool    `json:"failed"` // all failed ones
		AgentID int64   `json:"agentid"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var n int64
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		if req.Failed {
			n, err = s.deps.Callbacks.ReplayFailed(v.ctx(), tx, v.by, req.AgentID)
		} else {
			n, err = s.deps.Callbacks.Replay(v.ctx(), tx, v.by, req.Numbers)
		}
		return done{"delivery.replay", itoa(n), map[string]any{"numbers": req.Numbers, "failed": req.Failed}}, err
	})
	return map[string]int64{"queued": n}, err
}

// callbackProblem says what was wrong with a callback's address, and in which field.
func callbackProblem(err error) error {
	var api wire.Error
	if !errors.As(err, &api) {
		return err
	}
	field, words := "url", api.Message()
	switch note := strings.ToLower(api.Note); {
	case strings.Contains(note, "aes"):
		field = "encoding_aes_key"
	case strings.HasPrefix(note, "token"), strings.Contains(note, "the token"):
		field = "token"
	case strings.Contains(note, "event"):
		field = "events"
	}
	return problem{http.StatusUnprocessableEntity, "callback", "验证未通过：" + words, "Not verified: " + words, field}
}

func (s *Service) listTestEvents(*visit) (any, error) {
	return map[string]any{"events": s.deps.Callbacks.Tests()}, nil
}

// sendTestEvent queues an event for an application's callback, as if it had happened. It has no other effect.
func (s *Service) sendTestEvent(v *visit) (any, error) {
	var req struct {
		AgentID int64  `json:"agentid"`
		Event   string `json:"event"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		a, err := s.deps.Apps.App(tx, v.corpID, req.AgentID)
		if err != nil {
			return done{}, err
		}
		err = s.deps.Callbacks.Test(v.ctx(), tx, a, req.Event, v.member.UserID)
		switch {
		case errors.Is(err, callback.ErrNoCallback):
			err = problem{http.StatusUnprocessableEntity, "", "这个应用还没有设置接收消息的 URL", "The application has no callback URL yet.", "agentid"}
		case errors.Is(err, callback.ErrURL):
			err = badRequest{errors.New("event: one of the list expected")}
		}
		return done{"delivery.test", a.Name, map[string]any{"agentid": a.AgentID, "event": req.Event}}, err
	})
}

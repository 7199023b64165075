package devmcp

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/store"
)

func (s *Service) callbackTools() []tool {
	return []tool{
		newTool("set_callback", writes, "Gives an application a callback URL, which must answer WeCom's verification first (GET with echostr, within a second). An empty url ends it. Answers the token and the EncodingAESKey.", s.setCallback),
		newTool("callbacks", reads, "What applications were told at their callback URLs, newest first: event, state, attempts, and how the receiver answered.", s.callbacks),
		newTool("callback", reads, "One delivery with everything: the push in the clear, and each attempt with what was sent and what was answered.", s.oneCallback),
		newTool("wait_for_callback", reads, "Waits until an application was told something at its callback URL, and shows it with what the receiver answered. Give after (latest_delivery of say, press_menu …) to wait for what came of that.", s.waitForCallback),
	}
}

type setCallbackRequest struct {
	CorpID  string   `json:"corpid" doc:"The enterprise; the first if left out."`
	AgentID int64    `json:"agentid" doc:"The application." need:"1"`
	URL     string   `json:"url" doc:"Where it receives messages and events; empty ends it."`
	Token   string   `json:"token" doc:"Its Token; the application's own if left out."`
	AESKey  string   `json:"encoding_aes_key" doc:"Its EncodingAESKey of 43 characters; the application's own if left out."`
	Events  []string `json:"events" doc:"The events that it receives, such as change_contact; all if left out."`
}

func (s *Service) setCallback(ctx context.Context, req setCallbackRequest) (any, error) {
	var corpID string
	if err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, req.CorpID)
		corpID = c.CorpID
		return err
	}); err != nil {
		return nil, err
	}
	a, err := s.deps.Callbacks.SaveCallback(ctx, access.System(corpID), callback.Callback{AgentID: req.AgentID, URL: req.URL, Token: req.Token, AESKey: req.AESKey, Events: req.Events})
	if err != nil {
		return nil, err
	}
	return newShownApp(a), nil
}

type callbacksRequest struct {
	CorpID  string `json:"corpid" doc:"The enterprise; the first if left out."`
	AgentID int64  `json:"agentid" doc:"Those to this application alone."`
	Event   string `json:"event" doc:"Those of this event or family, such as change_contact, subscribe or message."`
	State   string `json:"state" doc:"Those in this state." enum:"waiting,delivered,failed"`
	Limit   int    `json:"limit" doc:"How many at most; 20 if left out, 100 at most."`
}

type delivery struct {
	No       int64     `json:"no"`
	At       string    `json:"queued_at"`
	Event    string    `json:"event"`
	AgentID  int64     `json:"agentid,omitempty"`
	State    string    `json:"state"`
	URL      string    `json:"url,omitempty"`
	NextAt   string    `json:"next_attempt_at,omitempty"` // by the server's clock
	Body     string    `json:"body,omitempty"`            // in the clear
	Attempts []attempt `json:"attempts,omitempty"`
}

type attempt struct {
	At       string  `json:"at"`
	Took     float64 `json:"took_ms"`
	Status   int     `json:"status,omitempty"`
	Problem  string  `json:"problem,omitempty"`
	Query    string  `json:"query,omitempty"`
	Request  string  `json:"request,omitempty"`
	Response string  `json:"response,omitempty"`
	Reply    string  `json:"reply,omitempty"` // the passive answer, decrypted
}

func newDelivery(d callback.Delivery) delivery {
	out := delivery{No: d.No, At: stamp(d.QueuedAt), Event: d.Name, AgentID: d.AgentID, State: d.State.String(), URL: d.Receiver, Body: d.Body}
	if !d.Due.IsZero() {
		out.NextAt = stamp(d.Due)
	}
	all := d.All
	if len(all) == 0 && d.Last != nil {
		all = []callback.Attempt{*d.Last}
	}
	for _, a := range all {
		response := string(a.Response)
		if !utf8.ValidString(response) {
			response = "(not UTF-8)"
		}
		out.Attempts = append(out.Attempts, attempt{stamp(a.At), float64(a.Took.Microseconds()) / 1000, a.Status, a.Problem, a.Query, a.Request, response, a.Reply})
	}
	return out
}

// deliveries returns those that fit, newest first.
func (s *Service) deliveries(ctx context.Context, corpID string, f callback.Filter, state string) (list []callback.Delivery, err error) {
	for _, known := range []callback.State{callback.Waiting, callback.Delivered, callback.Failed} {
		if state == known.String() {
			f.State = &known
		}
	}
	if state != "" && f.State == nil {
		return nil, argument("state: waiting, delivered or failed expected")
	}
	return list, s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, corpID)
		if err != nil {
			return err
		}
		list, err = s.deps.Callbacks.Deliveries(ctx, tx, access.System(c.CorpID), f)
		return err
	})
}

func (s *Service) callbacks(ctx context.Context, req callbacksRequest) (any, error) {
	list, err := s.deliveries(ctx, req.CorpID, callback.Filter{AgentID: req.AgentID, Name: req.Event, Limit: limited(req.Limit, 20, 100)}, req.State)
	out := []delivery{}
	for _, d := range list {
		out = append(out, newDelivery(d))
	}
	return map[string]any{"deliveries": out}, err
}

type callbackRequest struct {
	CorpID string `json:"corpid" doc:"The enterprise; the first if left out."`
	No     int64  `json:"no" doc:"The delivery's number." need:"1"`
}

func (s *Service) oneCallback(ctx context.Context, req callbackRequest) (any, error) {
	var d callback.Delivery
	err := s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		c, err := s.corp(tx, req.CorpID)
		if err != nil {
			return err
		}
		d, err = s.deps.Callbacks.Delivery(ctx, tx, access.System(c.CorpID), req.No)
		return err
	})
	return newDelivery(d), err
}

type waitRequest struct {
	CorpID  string  `json:"corpid" doc:"The enterprise; the first if left out."`
	AgentID int64   `json:"agentid" doc:"A delivery to this application alone."`
	Event   string  `json:"event" doc:"A delivery of this event or family, such as message or change_contact."`
	After   int64   `json:"after" doc:"The first delivery with a higher number; if left out, the newest that there is."`
	Seconds float64 `json:"timeout_seconds" doc:"How long to wait; 10 if left out, 30 at most."`
}

// lookEvery is how often a call that waits looks again.
const lookEvery = 50 * time.Millisecond

// waitForCallback waits by the machine's time: the receiver answers in that, whatever the server's clock shows.
func (s *Service) waitForCallback(ctx context.Context, req waitRequest) (any, error) {
	if req.Seconds <= 0 {
		req.Seconds = 10
	}
	ctx, cancel := context.WithTimeout(ctx, time.Duration(min(req.Seconds, 30)*float64(time.Second)))
	defer cancel()
	defer context.AfterFunc(s.stopped, cancel)()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	waiting := []delivery{}
	for {
		list, err := s.deliveries(ctx, req.CorpID, callback.Filter{AgentID: req.AgentID, Name: req.Event, Limit: 200}, "")
		if errors.Is(err, context.DeadlineExceeded) {
			return nothingCame(waiting), nil
		}
		if err != nil {
			return nil, err
		}
		var no int64
		waiting = []delivery{}
		for _, d := range list {
			switch {
			case d.No <= req.After:
			case d.State == callback.Waiting:
				waiting = append(waiting, newDelivery(d))
			case req.After > 0 || no == 0:
				no = d.No
			}
		}
		if no != 0 {
			found, err := s.oneCallback(ctx, callbackRequest{req.CorpID, no})
			return map[string]any{"found": true, "delivery": found}, err
		}
		select {
		case <-ctx.Done():
			if s.stopped.Err() != nil {
				return nil, argument("the server is stopping")
			}
			return nothingCame(waiting), nil
		case <-tick.C:
		}
	}
}

// nothingCame is the answer where the time is up, with what may be the reason.
func nothingCame(waiting []delivery) any {
	hint := "Nothing was told. Has the application a callback_url (enterprise), and does it receive this event? An application is not told of what it did itself."
	if len(waiting) > 0 {
		hint = "It was told, and its receiver did not answer 200 within five seconds: see attempts. The next attempt is at next_attempt_at, by the server's clock, which the tool clock moves."
	}
	return map[string]any{"found": false, "hint": hint, "waiting": waiting}
}

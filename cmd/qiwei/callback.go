package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/callback"
	"qiwei/internal/corp"
	"qiwei/internal/platform"
	"qiwei/internal/store"
)

type callbackCmd struct {
	List   callbackListCmd   `cmd:"" help:"List messages and events to applications, newest first."`
	Show   callbackShowCmd   `cmd:"" help:"Show one with everything that was sent and received."`
	Replay callbackReplayCmd `cmd:"" help:"Send some again."`
	Doctor callbackDoctorCmd `cmd:"" help:"Say what is wrong with a receiver, and how to mend it."`
}

type callbackListCmd struct {
	corpFlags
	jsonFlag
	AgentID int64  `name:"agentid" help:"Those to this application." placeholder:"ID"`
	State   string `help:"waiting, delivered or failed." enum:",waiting,delivered,failed" default:""`
	Event   string `help:"Those of this event or family, such as change_contact." placeholder:"NAME"`
	Limit   int    `help:"How many at most." default:"50"`
	Before  int64  `help:"Those before this number." placeholder:"NO"`
}

func (cmd callbackListCmd) Run(ctx context.Context, c *console) error {
	f := callback.Filter{AgentID: cmd.AgentID, Name: cmd.Event, Limit: cmd.Limit, Before: cmd.Before}
	for _, s := range []callback.State{callback.Waiting, callback.Delivered, callback.Failed} {
		if cmd.State == s.String() {
			f.State = &s
		}
	}
	var list []callback.Delivery
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		list, err = s.Callbacks.Deliveries(ctx, tx, access.System(co.CorpID), f)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		out := []shownDelivery{}
		for _, d := range list {
			out = append(out, newShownDelivery(d))
		}
		return printJSON(c.out, out)
	}
	t := newTable("NO", "QUEUED", "EVENT", "AGENTID", "STATE", "ATTEMPTS", "TOOK", "RESULT")
	for _, d := range list {
		took, result := "", ""
		if d.Last != nil {
			took, result = duration(d.Last.Took), resultOf(*d.Last)
		}
		if !d.Due.IsZero() {
			result += "; again at " + d.Due.Local().Format("15:04:05")
		}
		t.row(d.No, clockTime(d.QueuedAt), d.Name, d.AgentID, d.State, d.Attempts, took, result)
	}
	return t.print(c.out)
}

func clockTime(t time.Time) string { return t.Local().Format("2006-01-02 15:04:05") }

func duration(d time.Duration) string { return d.Round(10 * time.Microsecond).String() }

// resultOf describes the outcome of an attempt in a few words.
func resultOf(a callback.Attempt) string {
	switch {
	case a.Problem != "":
		return a.Problem
	case a.Status != 0:
		return strconv.Itoa(a.Status)
	}
	return ""
}

// shownDelivery is a delivery as JSON.
type shownDelivery struct {
	No       int64          `json:"no"`
	QueuedAt time.Time      `json:"queued_at"`
	Event    string         `json:"event"`
	AgentID  int64          `json:"agentid,omitempty"`
	State    string         `json:"state"`
	Attempts int64          `json:"attempts"`
	NextAt   *time.Time     `json:"next_at,omitempty"`
	Last     *shownAttempt  `json:"last,omitempty"`
	URL      string         `json:"url,omitempty"`
	Body     string         `json:"body,omitempty"`
	All      []shownAttempt `json:"all,omitempty"`
}

type shownAttempt struct {
	At       time.Time `json:"at"`
	TookMS   float64   `json:"took_ms"`
	Status   int       `json:"status,omitempty"`
	Problem  string    `json:"problem,omitempty"`
	Query    string    `json:"query,omitempty"`
	Request  string    `json:"request,omitempty"`
	Lost     string    `json:"request_lost,omitempty"`
	Response string    `json:"response,omitempty"`
	Reply    string    `json:"reply,omitempty"`
}

func newShownAttempt(a callback.Attempt) shownAttempt {
	return shownAttempt{a.At, float64(a.Took.Microseconds()) / 1000, a.Status, a.Problem, a.Query, a.Request, a.Lost, readable(a.Response), a.Reply}
}

func newShownDelivery(d callback.Delivery) shownDelivery {
	out := shownDelivery{No: d.No, QueuedAt: d.QueuedAt, Event: d.Name, AgentID: d.AgentID, State: d.State.String(), Attempts: d.Attempts, URL: d.Receiver, Body: d.Body}
	if !d.Due.IsZero() {
		out.NextAt = &d.Due
	}
	if d.Last != nil && len(d.All) == 0 {
		last := newShownAttempt(*d.Last)
		out.Last = &last
	}
	for _, a := range d.All {
		out.All = append(out.All, newShownAttempt(a))
	}
	return out
}

// readable returns bytes as text, or says that they are not text.
func readable(b []byte) string {
	if !utf8.Valid(b) {
		return fmt.Sprintf("(%d bytes that are not UTF-8)", len(b))
	}
	return string(b)
}

type callbackShowCmd struct {
	corpFlags
	jsonFlag
	No int64 `arg:"" help:"Its number in the list."`
}

func (cmd callbackShowCmd) Run(ctx context.Context, c *console) error {
	var d callback.Delivery
	err := cmd.look(ctx, func(tx *store.Tx, s *platform.Server, co corp.Corp) (err error) {
		d, err = s.Callbacks.Delivery(ctx, tx, access.System(co.CorpID), cmd.No)
		return err
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, newShownDelivery(d))
	}
	return printDelivery(c.out, d)
}

func printDelivery(w io.Writer, d callback.Delivery) error {
	var p pairs
	p.add("no", d.No)
	p.add("event", d.Name)
	p.add("agentid", d.AgentID)
	p.add("URL", d.Receiver)
	p.add("queued", clockTime(d.QueuedAt))
	p.add("state", d.State)
	if !d.Due.IsZero() {
		p.add("next attempt", clockTime(d.Due))
	}
	if err := p.print(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\nin the clear\n%s\n", indented(d.Body))
	for i, a := range d.All {
		fmt.Fprintf(w, "\nattempt %d, %s, %s: %s\n", i+1, clockTime(a.At), duration(a.Took), strings.TrimSpace(resultOf(a)))
		if a.Lost != "" {
			fmt.Fprintf(w, "  what was sent cannot be shown: %s\n", a.Lost)
		} else {
			fmt.Fprintf(w, "  POST …?%s\n%s\n", a.Query, indented(a.Request))
		}
		if len(a.Response) > 0 {
			fmt.Fprintf(w, "  answer\n%s\n", indented(readable(a.Response)))
		}
		if a.Reply != "" {
			fmt.Fprintf(w, "  answer in the clear\n%s\n", indented(a.Reply))
		}
	}
	return nil
}

func indented(text string) string {
	if json.Valid([]byte(text)) {
		return "  " + text
	}
	return "  " + strings.ReplaceAll(strings.TrimRight(text, "\n"), "\n", "\n  ")
}

type callbackReplayCmd struct {
	corpFlags
	jsonFlag
	No      []int64 `arg:"" optional:"" help:"Their numbers in the list."`
	Failed  bool    `help:"All that have failed, in their old order."`
	AgentID int64   `name:"agentid" help:"With --failed: those to this application." placeholder:"ID"`
}

// Run queues the deliveries again; the running server sends them.
func (cmd callbackReplayCmd) Run(ctx context.Context, c *console) error {
	if (len(cmd.No) > 0) == cmd.Failed {
		return usagef("give numbers, or --failed")
	}
	if cmd.AgentID != 0 && !cmd.Failed {
		return usagef("--agentid goes with --failed")
	}
	var n int64
	err := cmd.on(ctx, func(s *platform.Server) error {
		return explain(s.Store.Write(ctx, func(tx *store.Tx) error {
			co, err := cmd.corp(tx, s)
			if err != nil {
				return err
			}
			by := access.System(co.CorpID)
			if cmd.Failed {
				n, err = s.Callbacks.ReplayFailed(ctx, tx, by, cmd.AgentID)
			} else {
				n, err = s.Callbacks.Replay(ctx, tx, by, cmd.No)
			}
			return err
		}))
	})
	if err != nil {
		return err
	}
	if cmd.JSON {
		return printJSON(c.out, map[string]int64{"queued": n})
	}
	fmt.Fprintf(c.out, "%d queued again; the running server sends them within a second\n", n)
	return nil
}

package devmcp

import (
	"context"
	"time"

	"qiwei/internal/control"
	"qiwei/internal/id"
)

// stamp is a time as the tools show it.
func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// idOf is a userid that an agent wrote.
func idOf(text string) id.UserID { return id.UserID(text) }

type nothing struct{}

func (s *Service) controlTools() []tool {
	return []tool{
		newTool("clock", writes, "The server's time; and moves it, where one of the arguments is given. Tokens live two hours, codes five minutes.", s.clock),
		newTool("add_fault", writes, "Makes calls fail on purpose: with an errcode, an HTTP status, a dropped connection or a delay.", s.addFault),
		newTool("faults", reads, "The faults that are set, and how often each has happened.", func(context.Context, nothing) (any, error) {
			return map[string]any{"faults": s.deps.Control.Faults()}, nil
		}),
		newTool("remove_fault", writes, "Takes a fault away, or all.", s.removeFault),
		newTool("snapshot", writes, "Keeps everything that is in the database under a name, in the server's memory.", s.snapshot),
		newTool("restore", removes, "Makes everything as it was when the snapshot was taken; the clock stays as it is.", s.restore),
		newTool("reset", removes, "Makes everything as it was when the server started, and takes the faults away.", func(ctx context.Context, _ nothing) (any, error) {
			return map[string]any{"reset": true}, s.deps.Control.Reset(ctx)
		}),
	}
}

type clockRequest struct {
	Advance string `json:"advance" doc:"A duration such as 2h, 90m or 720h."`
	Set     string `json:"set" doc:"A time such as 2027-01-31T09:00:00+08:00."`
	Freeze  *bool  `json:"freeze" doc:"true stops the clock, false lets it run on."`
}

func (s *Service) clock(_ context.Context, req clockRequest) (any, error) {
	if req != (clockRequest{}) {
		if err := s.deps.Control.MoveClock(control.ClockMove{Advance: req.Advance, Set: req.Set, Freeze: req.Freeze}); err != nil {
			return nil, argument(err.Error())
		}
	}
	return map[string]any{"now": s.deps.Clock.Now(), "frozen": s.deps.Clock.Frozen()}, nil
}

type faultRequest struct {
	Path    string  `json:"path" doc:"The call's path; with a * at its end all that begin so, * alone all." need:"1"`
	ErrCode int     `json:"errcode" doc:"The errcode that is answered, such as 45009 or 42001."`
	ErrMsg  string  `json:"errmsg" doc:"Its text; WeCom's own if left out."`
	Status  int     `json:"status" doc:"An HTTP status, with an empty body."`
	Drop    bool    `json:"drop" doc:"The connection is closed without an answer."`
	Delay   string  `json:"delay" doc:"The answer is late, such as 2s; alone, or with one of the others."`
	Times   int     `json:"times" doc:"How often; always if left out."`
	Chance  float64 `json:"chance" doc:"How likely each time, from 0 to 1."`
}

func (s *Service) addFault(_ context.Context, req faultRequest) (any, error) {
	f, err := s.deps.Control.AddFault(control.Fault{
		Path: req.Path, ErrCode: req.ErrCode, ErrMsg: req.ErrMsg, Status: req.Status, Drop: req.Drop, Delay: req.Delay, Times: req.Times, Chance: req.Chance,
	})
	if err != nil {
		return nil, argument(err.Error())
	}
	return f, nil
}

type removeFaultRequest struct {
	ID string `json:"id" doc:"The fault's id; all if left out."`
}

func (s *Service) removeFault(_ context.Context, req removeFaultRequest) (any, error) {
	if !s.deps.Control.RemoveFault(req.ID) && req.ID != "" {
		return nil, argumentf("id: there is no fault %q", req.ID)
	}
	return map[string]any{"faults": s.deps.Control.Faults()}, nil
}

type snapshotRequest struct {
	Name string `json:"name" doc:"The snapshot's name." need:"1"`
}

func (s *Service) snapshot(ctx context.Context, req snapshotRequest) (any, error) {
	made, err := s.deps.Control.TakeSnapshot(ctx, req.Name)
	return made, err
}

func (s *Service) restore(ctx context.Context, req snapshotRequest) (any, error) {
	return map[string]any{"restored": req.Name}, s.deps.Control.RestoreSnapshot(ctx, req.Name)
}

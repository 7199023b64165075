package console

import (
	"time"

	"qiwei/internal/customergroup"
	"qiwei/internal/id"
	"qiwei/internal/store"
)

// Join ways (「加入群聊」) are codes and buttons by which people come into groups.

func (s *Service) joinWayCalls() []call {
	return []call{
		{pattern: "GET /console/api/join-ways", right: readCorp, handle: s.listJoinWays},
		{pattern: "POST /console/api/join-ways", right: editCorp, handle: s.createJoinWay},
		{pattern: "GET /console/api/join-ways/{config}", right: readCorp, handle: s.getJoinWay},
		{pattern: "PUT /console/api/join-ways/{config}", right: editCorp, handle: s.updateJoinWay},
		{pattern: "DELETE /console/api/join-ways/{config}", right: editCorp, handle: s.deleteJoinWay},
	}
}

type joinWayLine struct {
	No         int64     `json:"no"`
	ConfigID   string    `json:"config_id"`
	Scene      int64     `json:"scene"` // 1 a mini program, 2 a QR code
	Remark     string    `json:"remark"`
	State      string    `json:"state"`
	AutoCreate bool      `json:"auto_create"`
	RoomName   string    `json:"room_name"`
	RoomNumber int64     `json:"room_number"`
	Made       int64     `json:"made"`
	Link       string    `json:"link,omitempty"`
	App        string    `json:"app,omitempty"`
	At         time.Time `json:"at"`
	Given      int       `json:"given"` // groups that it was given
}

func (v *visit) joinWayLine(w customergroup.Way, apps map[int64]string) joinWayLine {
	l := joinWayLine{
		No: w.No, ConfigID: w.ConfigID, Scene: w.Scene, Remark: w.Remark, State: w.State, AutoCreate: w.AutoCreate, RoomName: w.RoomName, RoomNumber: w.RoomNumber, Made: w.Made,
		App: apps[w.App], At: w.CreatedAt, Given: len(w.Chats),
	}
	if w.Scene == 2 {
		l.Link = v.s.deps.Groups.QRCode(w)
	}
	return l
}

func (s *Service) listJoinWays(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	out := struct {
		Ways []joinWayLine `json:"ways"`
		More bool          `json:"more"`
	}{Ways: []joinWayLine{}}
	return &out, v.look(func(tx *store.Tx) error {
		apps, err := v.appNames(tx)
		if err != nil {
			return err
		}
		list, more, err := s.deps.Groups.WayList(tx, v.corpID, v.query("q"), before, limit)
		out.More = more
		for _, w := range list {
			out.Ways = append(out.Ways, v.joinWayLine(w, apps))
		}
		return err
	})
}

func (v *visit) joinWay(tx *store.Tx) (customergroup.Way, error) {
	w, err := v.s.deps.Groups.WayOf(tx, v.by, v.r.PathValue("config"))
	return w, knownWay(err)
}

// getJoinWay shows a way with its groups, and how many have come by it.
func (s *Service) getJoinWay(v *visit) (any, error) {
	var out struct {
		joinWayLine
		Groups []groupLine `json:"groups"`
		Came   int64       `json:"came"`
		There  int64       `json:"there"` // of those, in their group now
	}
	return &out, v.look(func(tx *store.Tx) error {
		w, err := v.joinWay(tx)
		if err != nil {
			return err
		}
		apps, err := v.appNames(tx)
		if err != nil {
			return err
		}
		out.joinWayLine = v.joinWayLine(w, apps)
		groups, err := s.deps.Groups.RollOf(tx, v.corpID, append(append([]int64{}, w.Chats...), w.New...))
		if err != nil {
			return err
		}
		if out.Groups, err = v.groupLines(tx, groups); err != nil {
			return err
		}
		out.Came, out.There, err = s.deps.Groups.WayCame(tx, v.corpID, w)
		return err
	})
}

type joinWayForm struct {
	Remark     string      `json:"remark"`
	State      string      `json:"state"`
	AutoCreate bool        `json:"auto_create"`
	RoomName   string      `json:"room_name"`
	RoomNumber int64       `json:"room_number"`
	Chats      []id.ChatID `json:"chat_ids"`
}

func (f joinWayForm) settings() (customergroup.WaySettings, error) {
	w := customergroup.CodeFor(f.Remark, f.State, f.RoomName, f.RoomNumber)
	w.AutoCreate = f.AutoCreate
	if len(f.Chats) == 0 {
		return w, problem{422, "", "请选择 1–5 个客户群", "Choose 1 to 5 groups.", "chat_ids"}
	}
	return w, nil
}

func (s *Service) createJoinWay(v *visit) (any, error) {
	var req joinWayForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	settings, err := req.settings()
	if err != nil {
		return nil, err
	}
	var made customergroup.Way
	err = v.change(func(tx *store.Tx) (_ done, err error) {
		made, err = s.deps.Groups.CreateWay(tx, v.by, settings, req.Chats)
		return done{"join_way.create", req.Remark, map[string]any{"config_id": made.ConfigID, "chat_ids": req.Chats, "state": req.State}}, err
	})
	return map[string]string{"config_id": made.ConfigID}, err
}

func (s *Service) updateJoinWay(v *visit) (any, error) {
	var req joinWayForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	settings, err := req.settings()
	if err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		w, err := v.joinWay(tx)
		if err != nil {
			return done{}, err
		}
		settings.Scene, settings.MarkSource = w.Scene, w.MarkSource
		return done{"join_way.update", req.Remark, map[string]any{"config_id": w.ConfigID, "before": map[string]any{"remark": w.Remark, "state": w.State}, "after": req}},
			s.deps.Groups.UpdateWay(tx, v.by, w.ConfigID, settings, req.Chats)
	})
}

func (s *Service) deleteJoinWay(v *visit) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		w, err := v.joinWay(tx)
		if err != nil {
			return done{}, err
		}
		return done{"join_way.delete", w.Remark, map[string]any{"config_id": w.ConfigID}}, s.deps.Groups.DeleteWay(tx, v.by, w.ConfigID)
	})
}

package console

import (
	"qiwei/internal/id"
	"qiwei/internal/security"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// Security (安全与管理): the computers that the enterprise trusts, and what members did. What administrators did is the
// audit log.

func (s *Service) deviceCalls() []call {
	return []call{
		{pattern: "GET /console/api/security/devices", right: readCorp, handle: s.listDevices},
		{pattern: "POST /console/api/security/devices", right: editCorp, handle: s.importDevice},
		{pattern: "POST /console/api/security/devices/{device}/decide", right: editCorp, handle: s.decideDevice},
		{pattern: "DELETE /console/api/security/devices/{device}", right: editCorp, handle: s.deleteDevice},
	}
}

type deviceLine struct {
	No     int64                 `json:"no"`
	Code   string                `json:"device_code"`
	Type   int64                 `json:"type"` // 1 trusted, of the corp; 2 unknown; 3 trusted, of a member
	Status security.DeviceStatus `json:"status"`
	Source int64                 `json:"source"`
	security.Hardware
	LastUser   *person `json:"last_user,omitempty"`
	LastLogin  int64   `json:"last_login,omitempty"`
	ConfirmBy  *person `json:"confirm_by,omitempty"`
	ConfirmAt  int64   `json:"confirm_at,omitempty"`
	ApprovedBy *person `json:"approved_by,omitempty"`
}

func (s *Service) listDevices(v *visit) (any, error) {
	before, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	kind, err := v.number("type")
	if err != nil {
		return nil, err
	}
	var out struct {
		Devices []deviceLine `json:"devices"`
		More    bool         `json:"more"`
	}
	out.Devices = []deviceLine{}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := s.deps.Security.Devices(tx, v.corpID, kind, before, limit)
		if err != nil {
			return err
		}
		out.More = int64(len(list)) == limit
		var users []id.UserID
		for _, d := range list {
			users = append(users, d.LastUser, d.ConfirmBy, d.ApprovedBy)
		}
		names, err := v.called(tx, users)
		who := func(u id.UserID) *person {
			if u == "" {
				return nil
			}
			p := names[u]
			return &p
		}
		for _, d := range list {
			out.Devices = append(out.Devices, deviceLine{d.No, d.Code, d.DeviceType(), d.Status, d.Source, d.Hardware, who(d.LastUser), d.LastLogin, who(d.ConfirmBy), d.ConfirmAt, who(d.ApprovedBy)})
		}
		return err
	})
}

// importDevice trusts a computer of the enterprise by what identifies it.
func (s *Service) importDevice(v *visit) (any, error) {
	var req security.Hardware
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var code string
	err := v.change(func(tx *store.Tx) (done, error) {
		made, result, err := s.deps.Security.Import(tx, v.by, req)
		if err == nil && result != security.ImportDone {
			err = deviceProblem(result)
		}
		code = made
		return done{"device.import", made, map[string]any{"name": req.Name}}, err
	})
	return map[string]string{"device_code": code}, err
}

// deviceProblem says why a device was not imported.
func deviceProblem(r security.ImportResult) error {
	switch r {
	case security.ImportKnown:
		return problem{422, "known", "这台设备已经是可信设备", "This device is trusted already.", "mac_addr"}
	case security.ImportUnsupported:
		return problem{422, "", "系统应为 Windows 或 Mac", "Windows or Mac is expected.", "system"}
	}
	return problem{422, "", "Windows 需要 MAC 地址（如 00:1A:2B:3C:4D:5E），Mac 需要序列号", "Windows needs a MAC address such as 00:1A:2B:3C:4D:5E, a Mac its serial number.", "mac_addr"}
}

// onDevice does something to the device that the path names.
func (v *visit) onDevice(action string, do func(tx *store.Tx, d security.Device) error) (any, error) {
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		d, err := v.s.deps.Security.DeviceOf(tx, v.corpID, v.r.PathValue("device"))
		if err != nil {
			return done{}, gone(err, wire.ErrParameter)
		}
		return done{action, d.Code, map[string]any{"name": d.Name}}, do(tx, d)
	})
}

func (s *Service) decideDevice(v *visit) (any, error) {
	var req struct {
		Approve bool `json:"approve"`
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	action := "device.reject"
	if req.Approve {
		action = "device.approve"
	}
	return v.onDevice(action, func(tx *store.Tx, d security.Device) error {
		_, failed, err := s.deps.Security.Decide(tx, v.by, []string{d.Code}, req.Approve)
		if err == nil && len(failed) > 0 {
			err = errStale
		}
		return err
	})
}

func (s *Service) deleteDevice(v *visit) (any, error) {
	return v.onDevice("device.delete", func(tx *store.Tx, d security.Device) error {
		return s.deps.Security.DeleteDevices(tx, v.by, d.DeviceType(), []string{d.Code})
	})
}

func (s *Service) recordCalls() []call {
	return []call{
		{pattern: "GET /console/api/security/acts", right: readCorp, handle: s.listMemberActs},
		{pattern: "GET /console/api/security/files", right: readCorp, handle: s.listFileActs},
		{pattern: "GET /console/api/security/screens", right: readCorp, handle: s.listScreenActs},
	}
}

// actLine is something that a member, or somebody outside, did.
type actLine struct {
	No      int64  `json:"no"`
	At      int64  `json:"at"`
	Who     person `json:"who"`
	Outside string `json:"outside,omitempty"` // the corp of somebody outside, or WeChat
	Type    int64  `json:"type"`
	Source  int64  `json:"source,omitempty"`
	Detail  string `json:"detail"`
	Size    int64  `json:"size,omitempty"`
	From    string `json:"from,omitempty"` // an address, or a system
}

// acts answers a page of what was done. find returns the lines without names.
func (v *visit) acts(find func(tx *store.Tx, q security.Search) ([]actLine, error)) (any, error) {
	_, limit, err := v.before()
	if err != nil {
		return nil, err
	}
	q := security.Search{UserID: id.UserID(v.query("userid")), Size: limit}
	for name, into := range map[string]*int64{"from": &q.From, "to": &q.To, "type": &q.Type, "before_at": &q.Before.At, "before_no": &q.Before.No} {
		if *into, err = v.number(name); err != nil {
			return nil, err
		}
	}
	var out struct {
		Acts []actLine `json:"acts"`
		More bool      `json:"more"`
	}
	return &out, v.look(func(tx *store.Tx) error {
		list, err := find(tx, q)
		if err != nil {
			return err
		}
		var users []id.UserID
		for _, a := range list {
			users = append(users, id.UserID(a.Who.UserID))
		}
		names, err := v.called(tx, users)
		out.Acts, out.More = append([]actLine{}, list...), int64(len(list)) == limit
		for i, a := range out.Acts {
			if a.Who.UserID != "" {
				out.Acts[i].Who = names[id.UserID(a.Who.UserID)]
			}
		}
		return err
	})
}

func (s *Service) listMemberActs(v *visit) (any, error) {
	return v.acts(func(tx *store.Tx, q security.Search) (out []actLine, err error) {
		list, err := s.deps.Security.FindActs(tx, v.corpID, q)
		for _, a := range list {
			out = append(out, actLine{No: a.No, At: a.At, Who: person{UserID: string(a.UserID)}, Type: a.Type, Detail: a.Detail, From: a.Address})
		}
		return out, err
	})
}

func (s *Service) listFileActs(v *visit) (any, error) {
	return v.acts(func(tx *store.Tx, q security.Search) (out []actLine, err error) {
		list, err := s.deps.Security.FindFiles(tx, v.corpID, q)
		for _, f := range list {
			line := actLine{No: f.No, At: f.At, Who: person{UserID: string(f.UserID)}, Type: f.Type, Source: f.Source, Detail: f.Info, Size: f.Size, From: f.DeviceCode}
			if f.Outsider != nil {
				line.Who.Name = f.Outsider.Name
				if line.Outside = f.Outsider.Corp; line.Outside == "" {
					line.Outside = "WeChat"
				}
			}
			out = append(out, line)
		}
		return out, err
	})
}

func (s *Service) listScreenActs(v *visit) (any, error) {
	return v.acts(func(tx *store.Tx, q security.Search) (out []actLine, err error) {
		list, err := s.deps.Security.FindScreens(tx, v.corpID, q)
		for _, a := range list {
			out = append(out, actLine{No: a.No, At: a.At, Who: person{UserID: string(a.UserID)}, Type: a.Type, Detail: a.Content, From: a.System})
		}
		return out, err
	})
}

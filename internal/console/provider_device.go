package console

import (
	"time"

	"qiwei/internal/hardware"
	"qiwei/internal/store"
)

// devicesShown is how many devices of a model the page shows at a time.
const devicesShown = 100

// thingLine is a device of a provider with its state. The enterprise that has it is shown by the provider's id.
type thingLine struct {
	SN        string    `json:"device_sn"`
	Name      string    `json:"name"`
	CorpID    string    `json:"corpid,omitempty"`
	Corp      string    `json:"corp,omitempty"`
	BoundAt   time.Time `json:"bound_at,omitzero"`
	Online    bool      `json:"online"`
	Heard     time.Time `json:"heard,omitzero"`
	Version   string    `json:"version,omitempty"`
	CreatedAt time.Time `json:"created_at"`
}

func (s *Service) listThings(v *visit) (any, error) {
	var out struct {
		Devices []thingLine `json:"devices"`
		More    bool        `json:"more"`
	}
	out.Devices = []thingLine{}
	return &out, v.look(func(tx *store.Tx) error {
		m, err := v.model(tx)
		if err != nil {
			return err
		}
		offset, err := v.number("offset")
		if err != nil {
			return err
		}
		list, err := s.deps.Models.DevicesOf(tx, m, max(offset, 0), devicesShown+1)
		if out.More = len(list) > devicesShown; out.More {
			list = list[:devicesShown]
		}
		for _, d := range list {
			line, err := v.thingLine(tx, d)
			if err != nil {
				return err
			}
			out.Devices = append(out.Devices, line)
		}
		return err
	})
}

func (v *visit) thingLine(tx *store.Tx, d hardware.Device) (thingLine, error) {
	line := thingLine{SN: d.SN, Name: d.Name(), Online: d.Online(tx.Now()), Version: d.Reports.Version, CreatedAt: d.CreatedAt}
	switch at := d.Reports.OnlineAt; { // that of a cloud's device, of which its cloud reports
	case d.Model.Access == hardware.Direct && d.Heard.Unix() > 0:
		line.Heard = d.Heard
	case d.Model.Access == hardware.Cloud && at > 0:
		line.Heard = time.Unix(at, 0).UTC()
	}
	if d.CorpID == "" {
		return line, nil
	}
	c, err := v.s.deps.Corps.Corp(tx, d.CorpID)
	if err != nil {
		return line, err
	}
	line.Corp, line.BoundAt = c.Name, d.BoundAt
	line.CorpID, err = v.s.deps.Suites.OpenCorpID(tx, v.corpID, d.CorpID)
	return line, err
}

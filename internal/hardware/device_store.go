package hardware

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/store"
)

// Device returns the device of a serial number, whatever its case; ErrNoSuchSN where there is none.
func (s *Service) Device(tx *store.Tx, sn string) (Device, error) {
	d, found, err := s.deviceWhere(tx, `d.snkey = ?`, strings.ToLower(sn))
	if err == nil && !found {
		err = ErrNoSuchSN
	}
	return d, err
}

// DeviceNo returns the device of our number.
func (s *Service) DeviceNo(tx *store.Tx, no int64) (Device, bool, error) {
	return s.deviceWhere(tx, `d.no = ?`, no)
}

// DeviceIn returns a device of the corp; ErrNotInCorp for any other.
func (s *Service) DeviceIn(tx *store.Tx, corpID, sn string) (Device, error) {
	d, err := s.Device(tx, sn)
	if err == nil && (d.CorpID != corpID || !d.usable(tx.Now())) {
		err = ErrNotInCorp
	}
	return d, err
}

// DevicesOf returns the devices of a model from a number on, in the order of their making.
func (s *Service) DevicesOf(tx *store.Tx, v Model, offset, limit int64) ([]Device, error) {
	return s.selectDevices(tx, `d.model = ? ORDER BY d.no LIMIT ? OFFSET ?`, v.No, limit, offset)
}

// DevicesIn returns the devices that a corp has.
func (s *Service) DevicesIn(tx *store.Tx, corpID string) ([]Device, error) {
	return s.selectDevices(tx, `d.corpid = ? ORDER BY d.no`, corpID)
}

// ofModel returns the device of the model that calls; ErrSN for any other.
func (s *Service) ofModel(tx *store.Tx, by access.Caller, sn string) (Device, error) {
	if sn == "" {
		return Device{}, ErrNoSN
	}
	d, err := s.Device(tx, sn)
	if errors.Is(err, ErrNoSuchSN) || err == nil && d.Model.ModelID != by.Model {
		err = ErrSN
	}
	return d, err
}

// caller returns the device that calls.
func (s *Service) caller(tx *store.Tx, by access.Caller) (Device, error) {
	return s.DeviceIn(tx, by.CorpID, by.Device)
}

func (s *Service) deviceWhere(tx *store.Tx, where string, arg any) (Device, bool, error) {
	list, err := s.selectDevices(tx, where, arg)
	if err != nil || len(list) == 0 {
		return Device{}, false, err
	}
	return list[0], true, nil
}

func (s *Service) selectDevices(tx *store.Tx, where string, args ...any) (list []Device, err error) {
	err = tx.Each(`SELECT d.no, d.model, d.sn, d.secret_no, d.seeded, d.registered, d.created_at, d.round, d.token_issued_at, coalesce(d.corpid, ''), d.bound, d.bound_at, d.bound_by, d.code_at,
		d.remark, d.people, d.perm_version, d.visitor_version, d.state, d.conn, d.conn_at, d.conn_from FROM hardware_device d WHERE `+where, args, func(rows *store.Rows) error {
		var d Device
		var seeded, registered, created, boundAt, heard int64
		var people, state string
		if err := rows.Scan(&d.No, &d.Model.No, &d.SN, &d.secretNo, &seeded, &registered, &created, &d.round, &d.issued, &d.CorpID, (*int64)(&d.Bound), &boundAt, &d.BoundBy, &d.codeAt,
			&d.Remark, &people, &d.PermVersion, &d.VisitorVersion, &state, &d.Conn, &heard, &d.From); err != nil {
			return err
		}
		if err := errors.Join(json.Unmarshal([]byte(people), &d.People), json.Unmarshal([]byte(state), &d.Reports)); err != nil {
			return fmt.Errorf("device %s: %w", d.SN, err)
		}
		d.Seeded, d.Registered = seeded != 0, registered != 0
		d.CreatedAt, d.BoundAt, d.Heard = time.UnixMilli(created).UTC(), time.UnixMilli(boundAt).UTC(), time.UnixMilli(heard).UTC()
		list = append(list, d)
		return nil
	})
	models := map[int64]Model{}
	for i := range list {
		no := list[i].Model.No
		if _, ok := models[no]; !ok && err == nil {
			models[no], err = s.modelNo(tx, no)
		}
		list[i].Model = models[no]
	}
	return list, err
}

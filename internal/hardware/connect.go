package hardware

import (
	"context"
	"errors"
	"strconv"
	"time"

	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What package direct does with a device's long connection.

// ActiveCode is what a device gets when it registers, and activates itself with. It stays.
func (s *Service) ActiveCode(d Device) string {
	return s.deps.Box.Number(seal.DeviceActive, d.No)
}

// Connect makes a connection the device's. What has waited for an earlier one is forgotten.
func (s *Service) Connect(tx *store.Tx, d Device, conn, from string) error {
	if _, err := tx.Exec(`DELETE FROM hardware_push WHERE device = ?`, d.No); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE hardware_device SET conn = ?, conn_at = ?, conn_from = ?, registered = 1 WHERE no = ?`, conn, tx.Now().UnixMilli(), from, d.No)
	return err
}

// Subscribe stores what a device says when it begins to work for its corp, and tells its provider.
func (s *Service) Subscribe(ctx context.Context, tx *store.Tx, d Device, version string, fingers, faces Algorithms) error {
	if err := errors.Join(CheckAlgorithms(fingers), CheckAlgorithms(faces)); err != nil {
		return err
	}
	d.Reports.Version, d.Reports.Fingers, d.Reports.Faces = version, fingers, faces
	if err := s.saveReports(tx, d); err != nil {
		return err
	}
	return s.tellProvider(ctx, tx, d, "connect_info", "ConnectTime", strconv.FormatInt(tx.Now().Unix(), 10))
}

// Heard stores that a connection has been heard of.
func (s *Service) Heard(tx *store.Tx, device int64, conn string) error {
	_, err := tx.Exec(`UPDATE hardware_device SET conn_at = ? WHERE no = ? AND conn = ?`, tx.Now().UnixMilli(), device, conn)
	return err
}

// Disconnect stores that a connection has ended, if it is still the device's, and tells the provider.
func (s *Service) Disconnect(ctx context.Context, tx *store.Tx, device int64, conn, reason string) error {
	d, found, err := s.DeviceNo(tx, device)
	if err != nil || !found || d.Conn != conn {
		return err
	}
	if _, err := tx.Exec(`UPDATE hardware_device SET conn = '', conn_at = 0 WHERE no = ?`, d.No); err != nil {
		return err
	}
	if d.Bound != InCorp {
		return nil
	}
	return s.tellProvider(ctx, tx, d, "disconnect_info", "DisconnectTime", strconv.FormatInt(tx.Now().Unix(), 10), "Reason", reason)
}

// ReportError tells the provider of an error of a device (doc 91377).
func (s *Service) ReportError(ctx context.Context, tx *store.Tx, d Device, code int64, text string) error {
	return s.tellProvider(ctx, tx, d, "error_report", "ErrCode", strconv.FormatInt(code, 10), "ErrMsg", shortened(text))
}

// maxFeature is in bytes. The platform names no limit.
const maxFeature = 4096

// SetFeature stores what a device says that it is (doc 92628), and tells the provider.
func (s *Service) SetFeature(ctx context.Context, tx *store.Tx, d Device, feature string) error {
	if len(feature) > maxFeature {
		return wire.ErrParameter.With("device_feature: at most %d bytes expected", maxFeature)
	}
	d.Reports.Feature = feature
	if err := s.saveReports(tx, d); err != nil {
		return err
	}
	return s.tellProvider(ctx, tx, d, "device_feature_change")
}

// EndEnrolment stores what became of taking somebody's face or fingerprint at a device (doc 93982). It answers
// ErrOtherUser where the operation is about somebody else.
func (s *Service) EndEnrolment(tx *store.Tx, d Device, operID string, user id.UserID, errCode int64, errMsg string) error {
	o, err := s.operation(tx, d, operID, EnterPage)
	if err != nil {
		return err
	}
	if user != "" && !o.UserID.Equal(user) {
		return ErrOtherUser
	}
	if tx.Now().Sub(o.At) > enrolWait {
		return ErrOperation.With("an enrolment is answered within %v", enrolWait)
	}
	return s.end(tx, o, errCode, errMsg)
}

// enrolWait is how long a device has to take somebody's face or fingerprint (doc 93982).
const enrolWait = time.Minute

// CorpName returns the name of the corp that has the device.
func (s *Service) CorpName(tx *store.Tx, d Device) (string, error) {
	c, err := s.deps.Corps.Corp(tx, d.CorpID)
	return c.Name, err
}

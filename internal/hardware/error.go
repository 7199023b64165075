package hardware

import (
	"errors"

	"qiwei/internal/wire"
)

// Errors of models, devices and what they report (doc 90313, 90457).
var (
	ErrSN            = wire.Code(600001, "device sn not found")
	ErrNoSN          = wire.Code(600007, "sn missing")
	ErrSNTaken       = wire.Code(600021, "sn existed")
	ErrModel         = wire.Code(600042, "invalid model id")
	ErrNoModel       = wire.Code(600037, "model id missing")
	ErrNotBound      = wire.Code(600004, "no device auth")
	ErrDeviceSecret  = wire.Code(600005, "invalid hardware secret")
	ErrActiveCode    = wire.Code(600003, "invalid activecode")
	ErrSecretNo      = wire.Code(600047, "invalid secretno status")
	ErrUserType      = wire.Code(600055, "invalid user type")
	ErrCheckinTime   = wire.Code(600017, "invalid check-in time")
	ErrSpan          = wire.Code(600018, "invalid start or end time")
	ErrHealth        = wire.Code(600056, "invalid health status")
	ErrNoTemperature = wire.Code(600057, "temperature missing")
	ErrOffset        = wire.Code(600041, "invalid offset or limit")
	ErrNoJob         = wire.Code(600040, "print job not found")
	ErrFinger        = wire.Code(600034, "fingerprint data too large")
	ErrFace          = wire.Code(600035, "face data too large")
	ErrAlgorithm     = wire.Code(600050, "invalid algorithm length")
	ErrOtherUser     = wire.Code(600046, "operation id and userid do not match")

	ErrBound        = wire.Code(71044, "device bound")
	ErrOperation    = wire.Code(71045, "invalid operid")
	ErrNoRight      = wire.Code(71046, "no right to device data")
	ErrOpenUserID   = wire.Code(71047, "invalid openuserid")
	ErrNoDevice     = wire.Code(71048, "no device authorized to the app")
	ErrRuleName     = wire.Code(71050, "invalid access rule name")
	ErrRule         = wire.Code(71051, "invalid access rule")
	ErrOutOfRange   = wire.Code(71056, "userid outside the device's range")
	ErrRuleID       = wire.Code(71057, "invalid access rule id")
	ErrBeyondApp    = wire.Code(71058, "userid outside the app's range")
	ErrRuleBeyond   = wire.Code(71059, "rule range exceeds the app's range: no change or delete")
	ErrFileName     = wire.Code(71062, "invalid file name")
	ErrNoFile       = wire.Code(71063, "media_id and download_url both missing")
	ErrDownload     = wire.Code(71064, "download_url invalid or download failed")
	ErrNoPrinter    = wire.Code(71065, "hardware cannot print")
	ErrNoScanner    = wire.Code(71066, "hardware cannot scan")
	ErrTransVersion = wire.Code(71067, "invalid print transcode version")
	ErrTransExpired = wire.Code(71068, "print transcode version expired")
	ErrTransPage    = wire.Code(71069, "invalid print transcode page")
	ErrTimestamp    = wire.Code(71071, "invalid timestamp")
	ErrUnpublished  = wire.Code(71072, "device model not published")
	ErrScanCode     = wire.Code(71075, "invalid scan upload code")
	ErrBioType      = wire.Code(71077, "invalid bio_info_type")
	ErrBioAbility   = wire.Code(71078, "model does not support this bio_info_type")

	ErrModelToken   = wire.Code(710400, "invalid model_access_token")
	ErrModelExpired = wire.Code(710401, "model_access_token expired")
	ErrModelTicket  = wire.Code(710402, "invalid model_ticket")
	ErrModelMissing = wire.Code(710403, "model_access_token missing")

	ErrNoOpening  = wire.Code(2000003, "no remote door-open data")
	ErrElsewhere  = wire.Code(2000004, "remote door-open device differs")
	ErrOpenState  = wire.Code(2000007, "invalid remote door-open state")
	ErrScanOpen   = wire.Code(2000009, "invalid scan door-open operid")
	ErrScanStatus = wire.Code(2000010, "invalid scan door-open state")
)

// What commands and scripts are told.
var (
	ErrNotFound  = errors.New("there is no such model")
	ErrNoSuchSN  = errors.New("there is no such device")
	ErrIsBound   = errors.New("the device is bound to an enterprise")
	ErrNotInCorp = errors.New("the device is not bound to the enterprise")
)

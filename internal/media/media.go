// Package media keeps files: temporary ones, which a media_id names for three days, and pictures, which stay
// and have an address of their own. It serves /cgi-bin/media/ (doc 91054 and neighbours) and /wwpic/. It
// knows only corps, and every room above that takes a media_id uses it.
//
// The content of files is in a bucket (blob), everything else in the database. The two cannot change in one
// transaction, so the table blob has a row for each content from before it is written until it is deleted.
// The row counts who needs the content:
//
//	row with 0 refs → content written → refs 1, with the media row, in one transaction
//	media row gone, refs 0 → an hour later refs -1 → content deleted → row deleted
//
// A crash in between leaves a row without refs, which the sweep finds. A media row exists only if its content
// is complete.
package media

import (
	"embed"
	"log/slog"
	"slices"

	"qiwei/internal/access"
	"qiwei/internal/blob"
	"qiwei/internal/event"
	"qiwei/internal/outbound"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/internal/work"
)

// Migrations is the room's part of the schema.
//
//go:embed migrations/*.sql
var Migrations embed.FS

// Deps is what the room needs.
type Deps struct {
	Store  *store.Store
	Events *event.Log
	Bucket *blob.Bucket
	Log    *slog.Logger
	Work   *work.Engine
	// BaseURL is where clients reach this server, without a slash at the end.
	BaseURL func() string
	// Limits turns the platform's quotas on.
	Limits bool
	// Outbound makes the requests of media/upload_by_url. FetchFrom says which addresses they may go to.
	Outbound  *outbound.Network
	FetchFrom outbound.Policy
	// MemberQuota is how many bytes a member may upload in a day: usualQuota if it is zero, without limit if
	// it is negative.
	MemberQuota int64
}

// Service keeps files.
type Service struct {
	deps Deps

	UploadFinished *event.Kind[UploadFinishedEvent]

	fetch    *fetcher
	work     *work.Queue
	scaling  chan struct{} // held while a picture is scaled, which takes memory
	fetching fetching
}

// New returns the room. Start lets its jobs run.
func New(d Deps) *Service {
	s := &Service{
		deps: d,
		UploadFinished: event.Declare(d.Events,
			event.Declaration{Name: "upload_media_job_finish", Doc: 96219, Identity: []string{"JobId"}},
			func() UploadFinishedEvent { return UploadFinishedEvent{JobID: "sample-job"} }),
		fetch:   newFetcher(d),
		scaling: make(chan struct{}, 1),
	}
	s.work = d.Work.Queue(s.kind())
	return s
}

// Errors of media (doc 90313).
var (
	ErrMediaID        = wire.Code(40007, "invalid media_id")
	ErrMediaIDMissing = wire.Code(41006, "media_id missing")
	ErrNotPicture     = wire.Code(301015, "invalid mediaid")
	ErrEmptyMedia     = wire.Code(44001, "empty media data")
	ErrMediaType      = wire.Code(40004, "invalid media type")
	ErrType           = wire.Code(40005, "invalid type")
	ErrSize           = wire.Code(40006, "invalid file size")
	ErrImageSize      = wire.Code(40009, "invalid image size")
	ErrVideoSize      = wire.Code(40011, "invalid video size")
	ErrImage          = wire.Code(40123, "invalid image file")
	ErrTooLarge       = wire.Code(45001, "media size out of limit")
	ErrPlaytime       = wire.Code(45007, "playtime out of limit")
	ErrVoice          = wire.Code(301016, "invalid voice file")
	ErrVoiceFormat    = wire.Code(301017, "voice file only support amr like myvoice.amr")
)

// Endpoints returns the room's calls.
func (s *Service) Endpoints() []wire.Endpoint {
	return slices.Concat(s.fileEndpoints(), s.attachmentEndpoints(), s.pictureEndpoints(), s.jobEndpoints())
}

// everyone is every application: a media_id is valid in all applications of the corp. The contacts-edit grant
// has a list of its own, without these (doc 96078).
func everyone() access.Allow {
	return access.To(access.All, append(access.BuiltIn(), access.SelfBuilt, access.ContactSync, access.CustomerContact, access.ChatArchive,
		access.ThirdParty, access.ThirdPartyContacts, access.Custom, access.Hardware)...)
}

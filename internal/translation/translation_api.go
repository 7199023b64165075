package translation

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/job"
	"qiwei/internal/media"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/internal/wire"
)

// The scenes of files: what a provider has uploaded, and what has become of it.
const (
	providerScene media.Scene = "provider"
	resultScene   media.Scene = "translation"
)

type uploadRequest struct {
	Type string `json:"type"`
	// AttachmentType is of files for a cash desk, which is not built.
	AttachmentType string `json:"attachment_type"`
}

type uploadResponse struct {
	Type      string `json:"type"`
	MediaID   string `json:"media_id"`
	CreatedAt string `json:"created_at"` // Unix seconds
}

// ErrMsg is errmsg on success (doc 99310).
func (uploadResponse) ErrMsg() string { return "" }

// upload keeps a file for a provider. It belongs to the provider, and no application of
// any corp finds it.
func (s *Service) upload(ctx context.Context, _ *store.Store, by access.Caller, req uploadRequest, form *wire.Form) (resp uploadResponse, err error) {
	if req.AttachmentType != "" {
		return resp, wire.ErrForbidden.With("attachment_type is not built in qiwei")
	}
	p, err := form.FirstFile()
	if err != nil {
		return resp, media.ErrEmptyMedia.With("a part with a filename expected")
	}
	f, err := s.deps.Media.Upload(ctx, access.System(by.Partner), media.NewFile{
		Kind: media.Kind(req.Type), Scene: providerScene, Name: p.FileName, Length: p.Length, Content: p})
	return uploadResponse{req.Type, f.MediaID, strconv.FormatInt(f.CreatedAt.Unix(), 10)}, err
}

// Limits of a job (doc 91846).
const (
	maxFiles      = 20
	maxOutputName = 128 // characters; the page names no limit
)

type idTranslateRequest struct {
	AuthCorpID string   `json:"auth_corpid"` // the provider's id of it, or the corp's own before the migration
	MediaIDs   []string `json:"media_id_list"`
	Name       string   `json:"output_file_name"`
	Format     string   `json:"output_file_format"`
}

type idTranslateResponse struct {
	JobID string `json:"jobid"`
}

// readable are the ends of files that are translated. The binary documents of old, and
// PDF, which would have to be typeset, are not.
var readable = []string{".txt", ".csv", ".xlsx", ".docx"}

func (r idTranslateRequest) check() error {
	switch {
	case r.AuthCorpID == "":
		return suite.ErrAuthCorpMissing
	case len(r.MediaIDs) == 0:
		return media.ErrMediaIDMissing
	case len(r.MediaIDs) > maxFiles:
		return wire.ErrParameter.With("media_id_list has %d elements, at most %d", len(r.MediaIDs), maxFiles)
	case len(r.MediaIDs) > 1 && r.Name == "":
		return wire.ErrEmpty.With("output_file_name is needed for more than one file")
	case utf8.RuneCountInString(r.Name) > maxOutputName:
		return wire.ErrParameter.With("output_file_name: at most %d characters", maxOutputName)
	case r.Format == "pdf":
		return wire.ErrForbidden.With("output_file_format pdf is not built in qiwei")
	case r.Format != "":
		return wire.ErrParameter.With("output_file_format: pdf or nothing expected")
	}
	return nil
}

func (s *Service) idTranslate(ctx context.Context, tx *store.Tx, by access.Caller, req idTranslateRequest) (resp idTranslateResponse, err error) {
	if err := req.check(); err != nil {
		return resp, err
	}
	in := input{Named: req.AuthCorpID, Name: req.Name}
	if in.CorpID, err = s.deps.Suites.CorpOf(tx, by.Partner, req.AuthCorpID); err != nil {
		return resp, err
	}
	for _, mediaID := range req.MediaIDs {
		f, err := s.deps.Media.Find(tx, by.Partner, providerScene, mediaID, media.Other)
		if err != nil {
			return resp, err
		}
		if !slices.Contains(readable, strings.ToLower(path.Ext(f.Name))) {
			return resp, ErrFile.With("%s: %s are translated in qiwei", f.Name, strings.Join(readable, ", "))
		}
		in.Files = append(in.Files, f)
	}
	// The job is the provider's. What it may read is asked of the suites.
	resp.JobID, err = s.deps.Jobs.Enqueue(ctx, tx, job.New{By: access.System(by.Partner), Kind: kindOfJob, Input: in})
	return resp, err
}

type getresultRequest struct {
	JobID string `json:"jobid"`
}

type translated struct {
	URL string `json:"url"`
}

type getresultResult struct {
	Translated *translated `json:"contact_id_translate,omitempty"`
}

type getresultResponse struct {
	Status int64           `json:"status"` // 1 begun, 2 running, 3 done
	Type   string          `json:"type"`
	Result getresultResult `json:"result"`
}

// link is where a result is opened.
type link struct {
	CorpID, MediaID string
	Until           int64 // Unix seconds
}

func (s *Service) getresult(ctx context.Context, tx *store.Tx, by access.Caller, req getresultRequest) (resp getresultResponse, err error) {
	j, err := s.deps.Jobs.Find(tx, access.System(by.Partner), req.JobID, kindOfJob)
	if err != nil {
		return resp, err
	}
	resp.Type = kindOfJob
	switch j.State {
	case job.Queued:
		resp.Status = 1
	case job.Running:
		resp.Status = 2
	case job.Failed:
		return resp, ErrFile.With("%s", j.ErrMsg)
	default:
		resp.Status = 3
	}
	if resp.Status < 3 {
		return resp, nil
	}
	var in input
	var at place
	if err := json.Unmarshal(j.Input, &in); err != nil {
		return resp, err
	}
	if err := json.Unmarshal(j.Place, &at); err != nil {
		return resp, err
	}
	text, err := json.Marshal(link{in.CorpID, at.MediaID, tx.Now().Add(linkLife).Unix()})
	resp.Result.Translated = &translated{s.deps.BaseURL() + "/service/translated/" + s.deps.Box.SealText(seal.Translation, "", text)}
	return resp, err
}

// download answers a result to a member of the corp. Somebody else, such as the
// provider, is asked to sign in.
func (s *Service) download(w http.ResponseWriter, r *http.Request) {
	var l link
	text, err := s.deps.Box.OpenText(seal.Translation, "", r.PathValue("link"))
	if err != nil || json.Unmarshal(text, &l) != nil {
		http.NotFound(w, r)
		return
	}
	if _, ok := s.deps.Login.Require(w, r, l.CorpID); !ok {
		return
	}
	var f media.File
	err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) (err error) {
		if tx.Now().Unix() > l.Until {
			return media.ErrMediaID
		}
		f, err = s.deps.Media.Find(tx, l.CorpID, resultScene, l.MediaID)
		return err
	})
	if err != nil {
		http.Error(w, "the result is no longer kept", http.StatusGone)
		return
	}
	content, err := s.deps.Media.Content(r.Context(), f.Key, 0, -1)
	if err != nil {
		http.Error(w, "the result cannot be read", http.StatusInternalServerError)
		return
	}
	defer content.Close()
	h := w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cache-Control", "private, no-store")
	h.Set("Content-Disposition", fmt.Sprintf("attachment; filename*=UTF-8''%s", pathEscape(f.Name)))
	_, _ = io.Copy(w, content) // a browser that has gone needs no answer
}

func pathEscape(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '-' || c == '_' {
			b.WriteByte(c)
		} else {
			fmt.Fprintf(&b, "%%%02X", c)
		}
	}
	return b.String()
}

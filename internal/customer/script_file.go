package customer

import (
	"net/http"
	"strconv"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// uploadMost bounds what somebody outside sends.
const uploadMost = 20 << 20

// scriptUpload stores what somebody outside sends: the body is the file, the query its type and name.
func (s *Service) scriptUpload(w http.ResponseWriter, r *http.Request) {
	door.Answer(w, r, s.deps.Log, nil, func() (any, error) {
		q := r.URL.Query()
		err := s.Look(r.Context(), q.Get("corpid"), func(*store.Tx, access.Caller) error { return nil })
		if err != nil {
			return nil, err
		}
		f, err := s.Receive(r.Context(), q.Get("corpid"), q.Get("type"), q.Get("name"), http.MaxBytesReader(w, r.Body, uploadMost))
		return map[string]any{"media_id": f.MediaID, "name": f.Name, "size": f.Size}, err
	})
}

// scriptFile serves a file of a message.
func (s *Service) scriptFile(w http.ResponseWriter, r *http.Request) {
	var kept []Kept
	no, err := strconv.ParseInt(r.PathValue("no"), 10, 64)
	if err == nil {
		err = s.deps.Store.Read(r.Context(), func(tx *store.Tx) error {
			list, err := selectSaid(tx, r.PathValue("corpid"), `no = ?`, []any{no}, 1)
			for _, m := range list {
				kept = m.kept
			}
			return err
		})
	} else {
		err = nil
	}
	var f *wire.File
	if err == nil {
		f, err = s.OpenFile(r.Context(), kept, r.PathValue("media"))
	}
	door.ServeFile(w, r, s.deps.Log, f, err)
}

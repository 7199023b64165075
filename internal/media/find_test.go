package media_test

import (
	"context"
	"errors"
	"io"
	"slices"
	"testing"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
	"qiwei/qiweitest"
)

// What rooms above find by a media_id, and how they keep it.
func TestFilesForOtherRooms(t *testing.T) {
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		s := w.Server.Media
		image := upload(t, w.As(access.SelfBuilt), "image", "a.jpg", jpegOf(8, 8))
		sheet := upload(t, w.As(access.ContactSync), "file", "成员.csv", []byte("姓名,帐号"))
		foreign := upload(t, w.Second.As(access.SelfBuilt), "image", "a.jpg", jpegOf(8, 8))
		var moment struct {
			MediaID string `json:"media_id"`
		}
		seller(w.Corp).Upload("/cgi-bin/media/upload_attachment?media_type=image&attachment_type=1", "a.jpg", jpegOf(8, 8)).Decode(&moment)
		find := func(scene media.Scene, id string, kinds ...media.Kind) (f media.File, err error) {
			err = w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
				f, err = s.Find(tx, w.CorpID, scene, id, kinds...)
				return err
			})
			return f, err
		}
		for _, tt := range []struct {
			name  string
			scene media.Scene
			id    string
			kinds []media.Kind
			want  error
		}{
			{"an image", media.General, image, []media.Kind{media.Image}, nil},
			{"an image or a video", media.General, image, []media.Kind{media.Video, media.Image}, nil},
			{"anything", media.General, image, nil, nil},
			{"an image for a video", media.General, image, []media.Kind{media.Video}, media.ErrMediaID},
			{"another corp's", media.General, foreign, nil, media.ErrMediaID},
			{"an unknown one", media.General, "3unknown", nil, media.ErrMediaID},
			{"none", media.General, "", nil, media.ErrMediaIDMissing},
			{"an attachment for a message", media.General, moment.MediaID, nil, media.ErrMediaID},
			{"an attachment for its moment", media.Moment, moment.MediaID, []media.Kind{media.Image}, nil},
			{"for an album", media.Album, moment.MediaID, nil, media.ErrMediaID},
		} {
			if _, err := find(tt.scene, tt.id, tt.kinds...); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		read := func(key string, offset, length int64) string {
			t.Helper()
			r, err := s.Content(context.Background(), key, offset, length)
			if err != nil {
				return err.Error()
			}
			defer r.Close()
			b, err := io.ReadAll(r)
			if err != nil {
				t.Fatal(err)
			}
			return string(b)
		}
		f, err := find(media.General, sheet, media.Other)
		if err != nil || f.Name != "成员.csv" || f.Size != int64(len("姓名,帐号")) || !f.ExpiresAt.Equal(w.Clock.Now().Add(3*24*time.Hour)) {
			t.Fatalf("%+v, %v", f, err)
		}
		if got := read(f.Key, 7, -1); got != "帐号" {
			t.Errorf("its end is %q", got)
		}

		// A message keeps its file longer than the media_id is valid.
		w.Write(func(_ context.Context, tx *store.Tx) error {
			for range 2 {
				if _, err := s.Keep(tx, f); err != nil {
					return err
				}
			}
			return nil
		})
		w.Advance(3 * 24 * time.Hour)
		gone := func() {
			sweep(t, w)
			w.Advance(time.Hour)
			sweep(t, w)
		}
		gone()
		if _, err := find(media.General, sheet); !errors.Is(err, media.ErrMediaID) {
			t.Errorf("after its time: %v", err)
		}
		for left := 1; left >= 0; left-- {
			if got := read(f.Key, 0, -1); got != "姓名,帐号" {
				t.Errorf("while it is kept: %q", got)
			}
			w.Write(func(_ context.Context, tx *store.Tx) error { return s.Release(tx, f.Key) })
			gone()
		}
		if n := blobs(t, w); n != 0 {
			t.Errorf("%d contents are left", n)
		}
		err = w.Server.Store.Write(context.Background(), func(tx *store.Tx) error { _, err := s.Keep(tx, f); return err })
		if !errors.Is(err, media.ErrMediaID) || !errors.As(err, new(wire.Error)) {
			t.Errorf("what is gone can be kept: %v", err)
		}
	})
}

// A message may name an upload as whatever its content can be sent as, and everything as a file (doc 90236).
func TestWhatAMessageMayNameItAs(t *testing.T) {
	t.Parallel()
	qiweitest.Run(t, func(t *testing.T, w *qiweitest.World) {
		c := w.As(access.SelfBuilt)
		image, voice, video, other := media.Image, media.Voice, media.Video, media.Other
		for _, tt := range []struct {
			name, kind string
			content    []byte
			as         []media.Kind
		}{
			{"an image", "image", jpegOf(8, 8), []media.Kind{image, other}},
			{"a voice", "voice", amr(50), []media.Kind{voice, other}},
			{"a video", "video", mp4(10), []media.Kind{video, other}},
			{"a JPG as a file", "file", jpegOf(8, 8), []media.Kind{image, other}},
			{"a PNG as a file", "file", pngOf(8, 8), []media.Kind{image, other}},
			{"an AMR as a file", "file", amr(50), []media.Kind{voice, other}},
			{"an MP4 as a file", "file", mp4(10), []media.Kind{video, other}},
			{"a text as a file", "file", []byte("my text"), []media.Kind{other}},
			{"a PNG of 10 MB as a file", "file", filled(pngOf(8, 8), 10*mb), []media.Kind{image, other}},
			{"one byte more", "file", filled(pngOf(8, 8), 10*mb+1), []media.Kind{other}},
		} {
			id := upload(t, c, tt.kind, "a", tt.content)
			for _, kind := range []media.Kind{image, voice, video, other} {
				var f media.File
				err := w.Server.Store.Read(context.Background(), func(tx *store.Tx) (err error) {
					f, err = w.Server.Media.Sendable(tx, w.CorpID, media.General, id, kind)
					return err
				})
				if want := slices.Contains(tt.as, kind); want != (err == nil) || err != nil && !errors.Is(err, media.ErrMediaID) || err == nil && f.Kind != kind {
					t.Errorf("%s, named as %s: %v, %s", tt.name, kind, err, f.Kind)
				}
				if kind == other && f.Type != "application/octet-stream" {
					t.Errorf("%s is sent as a file of type %s", tt.name, f.Type)
				}
			}
		}
	})
}

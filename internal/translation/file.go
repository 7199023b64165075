package translation

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/job"
	"qiwei/internal/media"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// input is what a job is to translate.
type input struct {
	Named  string       // the corp, as the provider knows it
	CorpID string       // the corp itself
	Files  []media.File // of the provider
	Name   string       // of the archive; empty for a single file
}

// place is what a job has come to.
type place struct{ MediaID string }

// ErrFile is answered for a file that cannot be read.
var ErrFile = wire.Code(84200, "file transcoding failed")

// work translates the files of a job in one step.
type work struct {
	s    *Service
	j    job.Job
	in   input
	done bool
}

func (s *Service) open(ctx context.Context, j job.Job) (job.Work, error) {
	w := &work{s: s, j: j, done: len(j.Place) > 0}
	return w, json.Unmarshal(j.Input, &w.in)
}

// Next translates, and returns the step that notes where the result is. A result that no
// step notes goes with its media_id.
func (w *work) Next(ctx context.Context) (job.Step, error) {
	if w.done {
		return nil, nil
	}
	name, content, err := w.result(ctx)
	if err != nil {
		refusal := err
		return func(context.Context, *store.Tx, *job.Job, bool) error { return refusal }, nil
	}
	f, err := w.s.deps.Media.Upload(ctx, access.System(w.in.CorpID), media.NewFile{
		Kind: media.Other, Scene: resultScene, Name: name, Length: int64(len(content)), Content: bytes.NewReader(content)})
	if err != nil {
		return nil, err
	}
	return func(_ context.Context, _ *store.Tx, j *job.Job, _ bool) (err error) {
		j.Place, err = json.Marshal(place{f.MediaID})
		w.done = true
		return err
	}, nil
}

// result returns the translated file, or the archive of them.
func (w *work) result(ctx context.Context) (string, []byte, error) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, f := range w.in.Files {
		r, err := w.s.deps.Media.Content(ctx, f.Key, 0, -1)
		if err != nil {
			return "", nil, err
		}
		content, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			return "", nil, err
		}
		if content, err = w.file(ctx, f.Name, content); err != nil {
			return "", nil, err
		}
		name, err := w.text(ctx, f.Name, nil)
		if err != nil {
			return "", nil, err
		}
		if w.in.Name == "" {
			return name, content, nil
		}
		part, err := z.Create(name)
		if err != nil {
			return "", nil, err
		}
		if _, err := part.Write(content); err != nil {
			return "", nil, err
		}
	}
	if err := z.Close(); err != nil {
		return "", nil, err
	}
	name, err := w.text(ctx, w.in.Name, nil)
	return name + ".zip", archive.Bytes(), err
}

// file translates the content of a file: a text, or the texts of an Office document.
func (w *work) file(ctx context.Context, name string, content []byte) ([]byte, error) {
	if end := strings.ToLower(path.Ext(name)); end == ".txt" || end == ".csv" {
		if !utf8.Valid(content) {
			return nil, ErrFile.With("%s is not UTF-8", name)
		}
		text, err := w.text(ctx, string(content), nil)
		return []byte(text), err
	}
	r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		return nil, ErrFile.With("%s is not an Office document", name)
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	left := int64(maxUnpacked)
	for _, part := range r.File {
		if err := w.part(ctx, z, part, &left); err != nil {
			return nil, err
		}
	}
	err = z.Close()
	return out.Bytes(), err
}

// maxUnpacked is how large a document may be in all, in bytes: what is packed may grow
// a thousandfold.
const maxUnpacked = 200 << 20

// part copies a part of an Office document, translated where it is XML.
func (w *work) part(ctx context.Context, z *zip.Writer, part *zip.File, left *int64) error {
	in, err := part.Open()
	if err != nil {
		return ErrFile.With("%s", part.Name)
	}
	defer in.Close()
	content, err := io.ReadAll(io.LimitReader(in, *left+1))
	if err != nil {
		return ErrFile.With("%s", part.Name)
	}
	if *left -= int64(len(content)); *left < 0 {
		return ErrFile.With("the document is larger than %d bytes", maxUnpacked)
	}
	if strings.HasSuffix(part.Name, ".xml") {
		text, err := w.text(ctx, string(content), escaped)
		if err != nil {
			return err
		}
		content = []byte(text)
	}
	out, err := z.CreateHeader(&zip.FileHeader{Name: part.Name, Method: part.Method, Modified: part.Modified})
	if err == nil {
		_, err = out.Write(content)
	}
	return err
}

func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a Builder takes everything
	return b.String()
}

// template is the place of a name (doc 91889).
var template = regexp.MustCompile(`\$(departmentName|userName|userAlias|userAliasOrName)=(?:([A-Za-z0-9_-]+)/)?([A-Za-z0-9_.@-]+)\$`)

// text replaces the templates in a text. What is malformed, unknown or not the
// provider's to see stays as it is. write says how a name is written.
func (w *work) text(ctx context.Context, text string, write func(string) string) (string, error) {
	type ids struct {
		users       []string
		departments []int64
	}
	asked := map[string]*ids{}
	for _, m := range template.FindAllStringSubmatch(text, -1) {
		corp := asked[m[2]]
		if corp == nil {
			corp = &ids{}
			asked[m[2]] = corp
		}
		if m[1] != "departmentName" {
			corp.users = append(corp.users, m[3])
		} else if n, err := strconv.ParseInt(m[3], 10, 64); err == nil {
			corp.departments = append(corp.departments, n)
		}
	}
	names := map[string]string{}
	err := w.s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		for corp, its := range asked {
			if err := w.names(ctx, tx, corp, its.users, its.departments, names); err != nil {
				return err
			}
		}
		return nil
	})
	return template.ReplaceAllStringFunc(text, func(found string) string {
		name, ok := names[found]
		switch {
		case !ok:
			return found
		case write != nil:
			return write(name)
		}
		return name
	}), err
}

// names adds what the templates of a corp become; an empty corp is the job's.
func (w *work) names(ctx context.Context, tx *store.Tx, corp string, users []string, departments []int64, out map[string]string) error {
	named, prefix := w.in.Named, ""
	if corp != "" {
		named, prefix = corp, corp+"/"
	}
	own, err := w.s.deps.Suites.CorpOf(tx, w.j.By.CorpID, named)
	if err != nil {
		return skip(err)
	}
	slices.Sort(users)
	slices.Sort(departments)
	members, seen, err := w.s.deps.Suites.Readable(ctx, tx, w.j.By.CorpID, named, slices.Compact(users), slices.Compact(departments))
	if err != nil {
		return skip(err)
	}
	for id, m := range members {
		add(out, prefix+id, m)
	}
	labels, err := w.s.deps.Directory.DepartmentNames(tx, own, departments)
	for dep, name := range labels {
		if seen[dep] {
			out["$departmentName="+prefix+strconv.FormatInt(dep, 10)+"$"] = name
		}
	}
	return err
}

func add(out map[string]string, id string, m directory.Member) {
	out["$userName="+id+"$"], out["$userAliasOrName="+id+"$"] = m.Name, m.Name
	if m.Alias != "" {
		out["$userAlias="+id+"$"], out["$userAliasOrName="+id+"$"] = m.Alias, m.Alias
	}
}

// skip passes refusals over: what the provider may not see stays as it is.
func skip(err error) error {
	var refusal wire.Error
	if errors.As(err, &refusal) {
		return nil
	}
	return err
}

package health

import (
	"slices"

	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// What a seed file says of jobs and reports.

// NewQuestion returns a question that is answered by a text, or by one of its options if it has some.
func NewQuestion(title string, required bool, options []string) Question {
	q := Question{Title: title, Type: textQuestion, Required: required, Options: options}
	if len(options) > 0 {
		q.Type = singleChoice
	}
	return q
}

// Answered returns what texts answer the questions of a job, in their order: an option is given by its name. An empty
// text answers nothing.
func (j Job) Answered(texts []string) (out []Value, err error) {
	if len(texts) > len(j.Questions) {
		return nil, wire.ErrParameter.With("answers: %d, and %d questions", len(texts), len(j.Questions))
	}
	for i, text := range texts {
		switch q := j.Questions[i]; {
		case text == "":
		case q.Type == singleChoice:
			at := slices.Index(q.Options, text)
			if at < 0 {
				return nil, wire.ErrParameter.With("answers: %q is no option of %q", text, q.Title)
			}
			out = append(out, Value{Question: q.ID, Single: int64(at + 1)})
		default:
			out = append(out, Value{Question: q.ID, Text: text})
		}
	}
	return out, nil
}

// Any reports whether the corp has a job.
func (s *Service) Any(tx *store.Tx, corpID string) (bool, error) {
	var one int64
	return tx.Get(`SELECT 1 FROM health_job WHERE corpid = ? LIMIT 1`, []any{corpID}, &one)
}

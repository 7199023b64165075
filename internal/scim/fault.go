package scim

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"qiwei/internal/directory"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// fault is a refusal in SCIM's words (RFC 7644, 3.12).
type fault struct {
	status int
	kind   string // scimType
	detail string
	// unknown is set if a name is not in the schema.
	unknown bool
}

func (f fault) Error() string { return f.detail }

func bad(kind, format string, args ...any) error {
	return fault{status: http.StatusBadRequest, kind: kind, detail: fmt.Sprintf(format, args...)}
}

// unknown refuses a name that the schema does not have.
func unknown(format string, args ...any) error {
	return fault{status: http.StatusBadRequest, kind: invalidPath, detail: fmt.Sprintf(format, args...), unknown: true}
}

// isUnknown reports whether the error is about nothing but such a name.
func isUnknown(err error) bool {
	var f fault
	return errors.As(err, &f) && f.unknown
}

// The kinds of a bad request.
const (
	invalidFilter = "invalidFilter"
	invalidPath   = "invalidPath"
	invalidSyntax = "invalidSyntax"
	invalidValue  = "invalidValue"
	mutability    = "mutability"
	noTarget      = "noTarget"
	uniqueness    = "uniqueness"
	tooMany       = "tooMany"
)

var (
	errNotFound = fault{status: http.StatusNotFound, detail: "there is no such resource"}
	errVersion  = fault{status: http.StatusPreconditionFailed, detail: "the resource has changed since; its version is another"}
	errLarge    = fault{status: http.StatusRequestEntityTooLarge, detail: "the request is too large"}
)

// conflicts are the directory's errors that mean that somebody else has a value.
var conflicts = []error{directory.ErrMemberTaken, directory.ErrMobileTaken, directory.ErrEmailTaken, directory.ErrEmailUpdate, directory.ErrBizMailTaken,
	directory.ErrDepartmentTaken, directory.ErrTagTaken}

// faultOf turns an error into SCIM's form. ours says that it is an internal error, which goes to the log and
// not to the client.
func faultOf(err error) (f fault, ours bool) {
	if errors.As(err, &f) {
		return f, false
	}
	for _, c := range conflicts {
		if errors.Is(err, c) {
			return fault{status: http.StatusConflict, kind: uniqueness, detail: "another resource has this value: " + wordsOf(err)}, false
		}
	}
	var e wire.Error
	switch {
	case errors.Is(err, directory.ErrUserIDFixed):
		return fault{status: http.StatusBadRequest, kind: mutability, detail: wordsOf(err)}, false
	case errors.Is(err, directory.ErrHasDepartments), errors.Is(err, directory.ErrRootDepartment), errors.Is(err, directory.ErrCreator):
		return fault{status: http.StatusConflict, detail: wordsOf(err)}, false
	case errors.Is(err, directory.ErrMemberCap):
		return fault{status: http.StatusForbidden, detail: wordsOf(err)}, false
	case errors.As(err, &e):
		return fault{status: http.StatusBadRequest, kind: invalidValue, detail: wordsOf(err)}, false
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrConflict):
		return fault{status: http.StatusServiceUnavailable, detail: "the server is busy"}, true
	}
	return fault{status: http.StatusInternalServerError, detail: "an error of the server, which is in its log"}, true
}

// wordsOf returns the words of the platform's error, with its code.
func wordsOf(err error) string {
	var e wire.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	return e.Message() + " (errcode " + strconv.Itoa(e.Code) + ")"
}

func (f fault) document() document {
	d := document{"schemas": []any{urnError}, "status": strconv.Itoa(f.status), "detail": f.detail}
	if f.kind != "" {
		d["scimType"] = f.kind
	}
	return d
}

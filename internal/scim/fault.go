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
}

func (f fault) Error() string { return f.detail }

func bad(kind, format string, args ...any) error {
	return fault{http.StatusBadRequest, kind, fmt.Sprintf(format, args...)}
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
	errNotFound = fault{http.StatusNotFound, "", "there is no such resource"}
	errVersion  = fault{http.StatusPreconditionFailed, "", "the resource has changed since; its version is another"}
	errLarge    = fault{http.StatusRequestEntityTooLarge, "", "the request is too large"}
)

// conflicts are the directory's errors that mean that somebody else has a value.
var conflicts = []error{directory.ErrMemberTaken, directory.ErrMobileTaken, directory.ErrEmailTaken, directory.ErrEmailUpdate, directory.ErrBizMailTaken,
	directory.ErrDepartmentTaken, directory.ErrTagTaken}

// faultOf puts an error into SCIM's words. ours says that it is the server's own,
// which belongs into its log and not to the client.
func faultOf(err error) (f fault, ours bool) {
	if errors.As(err, &f) {
		return f, false
	}
	for _, c := range conflicts {
		if errors.Is(err, c) {
			return fault{http.StatusConflict, uniqueness, "another resource has this value: " + words(err)}, false
		}
	}
	var e wire.Error
	switch {
	case errors.Is(err, directory.ErrUserIDFixed):
		return fault{http.StatusBadRequest, mutability, words(err)}, false
	case errors.Is(err, directory.ErrHasDepartments), errors.Is(err, directory.ErrRootDepartment), errors.Is(err, directory.ErrCreator):
		return fault{http.StatusConflict, "", words(err)}, false
	case errors.Is(err, directory.ErrMemberCap):
		return fault{http.StatusForbidden, "", words(err)}, false
	case errors.As(err, &e):
		return fault{http.StatusBadRequest, invalidValue, words(err)}, false
	case errors.Is(err, store.ErrUnavailable), errors.Is(err, store.ErrConflict):
		return fault{http.StatusServiceUnavailable, "", "the server is busy"}, true
	}
	return fault{http.StatusInternalServerError, "", "an error of the server, which is in its log"}, true
}

// words are the platform's, with its code.
func words(err error) string {
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

package callbackcrypto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
)

// Handler is a callback URL for a receiver (doc 90930). GET verifies the URL.
// POST opens the push, calls Receive and seals its reply. A body over MaxBody is
// refused. The platform waits one second for a verification and five for most
// pushes; work that takes longer belongs after the answer.
type Handler struct {
	// Crypt is the callback's. Required.
	Crypt *Crypt

	// Receive is given every genuine push, perhaps more than once: the platform repeats what was not answered
	// in time. A nil or empty reply answers Ack; an error answers 500. Required.
	Receive func(ctx context.Context, p Push) (reply []byte, err error)

	// Ack is the body that acknowledges a push without replying: empty for apps,
	// Success for the command callback URL of a third-party app.
	Ack string

	// Report, if set, hears why a request was refused. The answer gives the
	// return code alone.
	Report func(r *http.Request, err error)
}

func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodGet:
		h.verify(w, r)
	case http.MethodPost:
		h.receive(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		h.refuse(w, r, http.StatusMethodNotAllowed, fmt.Errorf("callbackcrypto: %s on a callback URL", r.Method))
	}
}

func (h *Handler) verify(w http.ResponseWriter, r *http.Request) {
	echo, err := h.Crypt.OpenEcho(ParseQuery(r.URL.Query()))
	if err != nil {
		h.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	answer(w, "text/plain; charset=utf-8", echo)
}

func (h *Handler) receive(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, MaxBody))
	if err != nil {
		status := http.StatusBadRequest
		if errors.As(err, new(*http.MaxBytesError)) {
			status = http.StatusRequestEntityTooLarge
		}
		h.refuse(w, r, status, ErrParse.with("read the body").because(err))
		return
	}
	push, err := h.Crypt.OpenPush(ParseQuery(r.URL.Query()), body)
	if err != nil {
		h.refuse(w, r, http.StatusBadRequest, err)
		return
	}
	reply, err := h.Receive(r.Context(), push)
	if err != nil {
		h.refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	if len(reply) == 0 {
		answer(w, "text/plain; charset=utf-8", []byte(h.Ack))
		return
	}
	sealed, err := h.Crypt.SealReply(push.Reply(reply))
	if err != nil {
		h.refuse(w, r, http.StatusInternalServerError, err)
		return
	}
	answer(w, push.Format.ContentType(), sealed)
}

// refuse answers with the status and, where there is one, the return code: the
// signature is checked before anything is decrypted, so that a stranger learns
// nothing from it. The platform takes any status but 200 for a failure.
func (h *Handler) refuse(w http.ResponseWriter, r *http.Request, status int, err error) {
	if h.Report != nil {
		h.Report(r, err)
	}
	text := http.StatusText(status)
	if e := (*Error)(nil); errors.As(err, &e) {
		text = fmt.Sprintf("%d %s", e.Code, e.Message)
	}
	http.Error(w, text, status)
}

func answer(w http.ResponseWriter, contentType string, body []byte) {
	w.Header().Set("Content-Type", contentType)
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Write(body) // an error here is the connection's, and the platform sends again
}

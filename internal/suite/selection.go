package suite

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"qiwei/internal/access"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/seal"
	"qiwei/internal/store"
	"qiwei/internal/wire"
)

// ErrSelection refuses a ticket of a selection. The table of codes has none for it.
var ErrSelection = wire.ErrParameter

// selectionLife is how long a ticket is good. The page of the JS-SDK says that it expires and not when.
const selectionLife = time.Hour

// mostSelected is how many members one selection has.
const mostSelected = 1000

// selection is what a member has chosen in the application's page, by selectPrivilegedContact of the JS-SDK: people
// whom the application need not see.
type selection struct {
	Operator int64   `json:"o"`
	Members  []int64 `json:"m"`
	At       int64   `json:"t"` // Unix seconds
}

func selectionPlace(corpID string, app int64) string { return fmt.Sprint(corpID, " ", app) }

// selected returns a ticket for what a member has chosen.
func (s *Service) selected(ctx context.Context, tx *store.Tx, in Installation, operator id.UserID, users []id.UserID) (string, error) {
	if in.Mode != ByMembers {
		return "", ErrOnlyByMembers.With("an administrator has installed the application")
	}
	if len(users) == 0 || len(users) > mostSelected {
		return "", wire.ErrParameter.With("userids: 1 to %d expected", mostSelected)
	}
	by := access.System(in.CorpID)
	who, err := s.deps.Directory.Member(ctx, tx, by, operator)
	if err != nil {
		return "", err
	}
	c := selection{Operator: who.No, At: tx.Now().Unix()}
	for _, u := range users {
		m, err := s.deps.Directory.Member(ctx, tx, by, u)
		if err != nil {
			return "", err
		}
		c.Members = append(c.Members, m.No)
	}
	plain, err := json.Marshal(c)
	return s.deps.Box.SealText(seal.SelectedTicket, selectionPlace(in.CorpID, in.No), plain), err
}

type (
	selectedTicketRequest struct {
		Ticket string `json:"selected_ticket"`
	}
	selectedTicketResponse struct {
		Operator     id.UserID   `json:"operator_open_userid"`
		Authorised   []id.UserID `json:"open_userid_list"`
		Unauthorised []id.UserID `json:"unauth_open_userid_list"`
		Total        int64       `json:"total"`
	}
)

// listSelectedTicketUser tells whom a member has chosen: those in the application's range, and the others. Who has left
// meanwhile is counted and not named.
func (s *Service) listSelectedTicketUser(ctx context.Context, tx *store.Tx, by access.Caller, req selectedTicketRequest) (resp selectedTicketResponse, err error) {
	if _, err := s.byMembers(tx, by); err != nil {
		return resp, err
	}
	if req.Ticket == "" {
		return resp, wire.ErrEmpty.With("selected_ticket is missing")
	}
	var c selection
	plain, err := s.deps.Box.OpenText(seal.SelectedTicket, selectionPlace(by.CorpID, by.App), req.Ticket)
	if err == nil {
		err = json.Unmarshal(plain, &c)
	}
	if err != nil {
		return resp, ErrSelection.With("selected_ticket: none of this application")
	}
	if !tx.Now().Before(time.Unix(c.At, 0).Add(selectionLife)) {
		return resp, ErrSelection.With("selected_ticket: it is over")
	}
	names, err := s.deps.Directory.NumberedMembers(tx, by.CorpID, append([]int64{c.Operator}, c.Members...))
	if err != nil {
		return resp, err
	}
	var users []string
	for _, no := range c.Members {
		users = append(users, string(names[no]))
	}
	seen, err := s.deps.Directory.VisibleMembers(tx, by, users)
	if err != nil {
		return resp, err
	}
	resp.Operator, resp.Total = names[c.Operator], int64(len(c.Members))
	for _, no := range c.Members {
		switch u := names[no]; {
		case u == "":
		case seen[u.Key()] != 0:
			resp.Authorised = append(resp.Authorised, u)
		default:
			resp.Unauthorised = append(resp.Unauthorised, u)
		}
	}
	return resp, nil
}

type (
	selectScript struct {
		where
		UserID id.UserID   `json:"userid"` // who chooses
		Users  []id.UserID `json:"userids"`
	}
	selectAnswer struct {
		Ticket  string `json:"selectedTicket"`
		Expires int64  `json:"expiresIn"` // seconds
	}
)

// scriptSelect is what selectPrivilegedContact of the JS-SDK gives the page.
func (s *Service) scriptSelect(ctx context.Context, req selectScript) (answer selectAnswer, err error) {
	err = s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		in, err := s.Installation(tx, req.CorpID, req.SuiteID)
		if errors.Is(err, ErrNotInstalled) || errors.Is(err, ErrNotFound) {
			return door.Missing("suite_id, corpid: it is not installed there")
		}
		if err != nil {
			return err
		}
		answer.Expires = int64(selectionLife / time.Second)
		answer.Ticket, err = s.selected(ctx, tx, in, req.UserID, req.Users)
		return err
	})
	return answer, err
}

package console

import (
	"errors"
	"net/http"
	"time"

	"qiwei/internal/oidc"
	"qiwei/internal/store"
)

// Products that members sign in to by OpenID Connect.

func (s *Service) oidcCalls() []call {
	return []call{
		{pattern: "GET /console/api/oidc/clients", right: readCorp, handle: s.listClients},
		{pattern: "POST /console/api/oidc/clients", right: secrets, handle: s.createClient},
		{pattern: "PUT /console/api/oidc/clients/{client}", right: editCorp, handle: s.updateClient},
		{pattern: "POST /console/api/oidc/clients/{client}/secret", right: secrets, handle: s.rotateClient},
		{pattern: "DELETE /console/api/oidc/clients/{client}", right: editCorp, handle: s.deleteClient},
		{pattern: "GET /console/api/oidc/keys", right: readCorp, handle: s.listKeys},
		{pattern: "POST /console/api/oidc/keys", right: editCorp, handle: s.rotateKey},
	}
}

// secretOverlap is how long a client's earlier secret stays good, so that the product can be given the new one.
const secretOverlap = 24 * time.Hour

type clientLine struct {
	ID        string `json:"id"`
	AgentID   int64  `json:"agentid"`
	App       string `json:"app"`
	CreatedAt string `json:"created_at"`
	oidc.ClientSettings
}

func (s *Service) issuer(v *visit) string { return s.deps.BaseURL() + "/oidc/" + v.corpID }

func (s *Service) listClients(v *visit) (any, error) {
	lines := []clientLine{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.OIDC.Clients(tx, v.corpID)
		if err != nil {
			return err
		}
		for _, c := range list {
			a, err := s.deps.Apps.AppNo(tx, c.App)
			if err != nil {
				return err
			}
			lines = append(lines, clientLine{c.ID, a.AgentID, a.Name, c.CreatedAt.Format(time.RFC3339), c.ClientSettings})
		}
		return nil
	})
	return map[string]any{"items": lines, "issuer": s.issuer(v), "scopes": oidc.Scopes(), "algorithms": oidc.Algorithms()}, err
}

type clientForm struct {
	AgentID int64 `json:"agentid"`
	oidc.ClientSettings
}

func (s *Service) createClient(v *visit) (any, error) {
	var req clientForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	var made oidc.Client
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		made, err = s.deps.OIDC.CreateClient(v.ctx(), tx, v.by, req.AgentID, oidc.Client{ClientSettings: req.ClientSettings})
		return done{"oidc_client.create", made.ID, map[string]any{"agentid": req.AgentID, "redirect_uris": made.RedirectURIs}}, refusedClient(err)
	})
	return map[string]string{"issuer": s.issuer(v), "client_id": made.ID, "client_secret": made.Secret}, err
}

// refusedClient puts an impossible setting into words, by the field of the form.
func refusedClient(err error) error {
	var wrong *oidc.Invalid
	if errors.As(err, &wrong) {
		field := map[string]string{"redirect URI": "redirect_uris", "back-channel logout URI": "backchannel_logout_uri", "scope": "scopes", "access minutes": "access_minutes", "refresh days": "refresh_days"}[wrong.Setting]
		if field == "" {
			field = wrong.Setting
		}
		return problem{http.StatusUnprocessableEntity, "", "设置不正确：" + wrong.Error(), wrong.Error(), field}
	}
	if errors.Is(err, oidc.ErrNoClient) {
		return errGone
	}
	return err
}

func (s *Service) updateClient(v *visit) (any, error) {
	var req clientForm
	if err := v.read(&req); err != nil {
		return nil, err
	}
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		c, err := s.deps.OIDC.Client(tx, v.corpID, v.r.PathValue("client"))
		if err != nil {
			return done{}, refusedClient(err)
		}
		public, claims, sector := c.Public, c.Claims, c.Sector
		c.ClientSettings = req.ClientSettings
		c.Public, c.Claims, c.Sector = public, claims, sector
		_, err = s.deps.OIDC.UpdateClient(v.ctx(), tx, v.by, c)
		return done{"oidc_client.update", c.ID, map[string]any{"disabled": c.Disabled, "redirect_uris": c.RedirectURIs}}, refusedClient(err)
	})
}

func (s *Service) rotateClient(v *visit) (any, error) {
	var c oidc.Client
	err := v.change(func(tx *store.Tx) (_ done, err error) {
		c, err = s.deps.OIDC.RotateSecret(v.ctx(), tx, v.by, v.r.PathValue("client"), secretOverlap)
		return done{"oidc_client.secret", v.r.PathValue("client"), nil}, refusedClient(err)
	})
	return map[string]string{"client_id": c.ID, "client_secret": c.Secret}, err
}

func (s *Service) deleteClient(v *visit) (any, error) {
	client := v.r.PathValue("client")
	return nothing{}, v.change(func(tx *store.Tx) (done, error) {
		if _, err := s.deps.OIDC.Client(tx, v.corpID, client); err != nil {
			return done{}, refusedClient(err)
		}
		return done{"oidc_client.delete", client, nil}, s.deps.OIDC.DeleteClient(v.ctx(), tx, v.by, client)
	})
}

func (s *Service) listKeys(v *visit) (any, error) {
	type line struct {
		KID       string    `json:"kid"`
		Alg       string    `json:"alg"`
		CreatedAt time.Time `json:"created_at"`
		SignsFrom time.Time `json:"signs_from"`
		ExpiresAt time.Time `json:"expires_at,omitzero"`
	}
	lines := []line{}
	err := v.look(func(tx *store.Tx) error {
		list, err := s.deps.OIDC.Keys(tx, v.corpID)
		for _, k := range list {
			lines = append(lines, line{k.KID, k.Alg, k.CreatedAt, k.SignsFrom, k.ExpiresAt})
		}
		return err
	})
	return map[string]any{"items": lines}, err
}

func (s *Service) rotateKey(v *visit) (any, error) {
	var req struct {
		Alg    string `json:"alg"`
		Stolen bool   `json:"stolen"` // withdraws the keys before, with every token that they have signed
	}
	if err := v.read(&req); err != nil {
		return nil, err
	}
	known := false
	for _, a := range oidc.Algorithms() {
		known = known || a == req.Alg
	}
	if !known {
		return nil, badRequest{errors.New("alg: RS256 or ES256 expected")}
	}
	k, err := s.deps.OIDC.RotateKey(v.ctx(), v.corpID, req.Alg, req.Stolen)
	if err != nil {
		return nil, err
	}
	return map[string]string{"kid": k.KID}, v.change(func(*store.Tx) (done, error) {
		return done{"oidc_key.rotate", k.KID, map[string]any{"alg": req.Alg, "stolen": req.Stolen}}, nil
	})
}

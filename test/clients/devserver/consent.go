package devserver

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// EnvConsented names a member who has consented to everything that the self-built app may ask for. The clients
// that run no page's form find the member here: authorisation with snsapi_privateinfo is then silent.
const EnvConsented = "QIWEI_CONSENTED_MEMBER"

// sensitiveFields are all that a member can be asked for (doc 95833).
var sensitiveFields = []string{"avatar", "gender", "mobile", "email", "biz_mail", "qr_code", "address"}

// Consented creates a member who has agreed that the self-built app may see the sensitive fields,
// and returns the userid.
func (s *Server) Consented() (userID string, err error) {
	suffix := make([]byte, 4)
	_, _ = rand.Read(suffix) // never fails
	userID = "consented_" + hex.EncodeToString(suffix)

	token, err := s.call(http.MethodGet, "/cgi-bin/gettoken", url.Values{"corpid": {s.Corp.CorpID}, "corpsecret": {s.App("contact_sync").Secret}}, "")
	if err != nil {
		return "", err
	}
	mobile := fmt.Sprintf("139%08d", binary.BigEndian.Uint32(suffix)%1e8)
	member := fmt.Sprintf(`{"userid":%q,"name":"小同意","department":[1],"gender":"1","email":%q,"mobile":%q,"to_invite":false}`,
		userID, userID+"@corp.example", mobile)
	if _, err := s.call(http.MethodPost, "/cgi-bin/user/create", url.Values{"access_token": {token.AccessToken}}, member); err != nil {
		return "", err
	}
	m, err := s.SignIn(userID)
	if err != nil {
		return "", err
	}
	app := s.App("self_built")
	link := s.BaseURL + "/connect/oauth2/authorize?" + url.Values{
		"appid": {s.Corp.CorpID}, "agentid": {strconv.Itoa(app.AgentID)}, "response_type": {"code"},
		"scope": {"snsapi_privateinfo"}, "redirect_uri": {"https://" + app.RedirectDomain + "/"}, "state": {"consent"},
	}.Encode()
	_, err = m.Authorize(link, sensitiveFields...)
	return userID, err
}

type answer struct {
	ErrCode     int    `json:"errcode"`
	ErrMsg      string `json:"errmsg"`
	AccessToken string `json:"access_token"`
	SuiteToken  string `json:"suite_access_token"`
}

func (s *Server) call(method, path string, query url.Values, body string) (answer, error) {
	req, err := http.NewRequest(method, s.BaseURL+path+"?"+query.Encode(), strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	var a answer
	if err := json.NewDecoder(res.Body).Decode(&a); err != nil {
		return answer{}, fmt.Errorf("%s: %w", path, err)
	}
	if a.ErrCode != 0 {
		return answer{}, fmt.Errorf("%s: errcode %d, %s", path, a.ErrCode, a.ErrMsg)
	}
	return a, nil
}

// script runs one of the calls that drive the development server.
func (s *Server) script(path string, body any) (map[string]string, error) {
	text, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	res, err := http.Post(s.BaseURL+path, "application/json", strings.NewReader(string(text)))
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s: %s", path, res.Status)
	}
	var out map[string]string
	err = json.NewDecoder(res.Body).Decode(&out)
	return out, err
}

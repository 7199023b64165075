package login

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"qiwei/internal/access"
	"qiwei/internal/directory"
	"qiwei/internal/door"
	"qiwei/internal/id"
	"qiwei/internal/login/page"
	"qiwei/internal/seal"
	"qiwei/internal/store"
)

const (
	passwordPath = "/account/password"

	minPassword = 8   // characters
	maxPassword = 256 // bytes
)

// argon2id at the least that OWASP recommends: 19 MiB and two passes cost a few
// hundredths of a second. A hash remembers what it was made with, so these may
// change.
const (
	hashMemory = 19 << 10 // KiB
	hashPasses = 2
	hashLanes  = 1
	hashBytes  = 32
	saltBytes  = 16
)

// hashWait is how long a sign-in waits for its turn to hash. Browsers do not wait much longer.
const hashWait = 15 * time.Second

// Errors of a password that is to be set.
var (
	ErrPasswordShort  = fmt.Errorf("the password is too short: at least %d characters", minPassword)
	ErrPasswordLong   = fmt.Errorf("the password is too long: at most %d bytes", maxPassword)
	ErrPasswordCommon = errors.New("the password is one of those that are guessed first")

	ErrCrowded = errors.New("too many sign-ins at once")
)

// WrongSecret refuses a sign-in. It does not reveal whether the member exists.
type WrongSecret struct{ Left int } // tries left before the name is locked

func (e *WrongSecret) Error() string { return "wrong userid or password" }

// commonPasswords are the ones that attackers try first and that are long enough to be set. A rule finds
// repetitions and rows of keys.
var commonPasswords = strings.Fields(`password password1 password12 password123 passw0rd p@ssw0rd p@ssword admin123 admin888 administrator
	iloveyou princess sunshine football baseball superman trustno1 whatever letmein1 welcome1 welcome123 changeme starwars michelle
	qwer1234 qwe123456 1q2w3e4r 1qaz2wsx qazwsxedc zxcvbnm123 a1b2c3d4 abcd1234 abc12345 abc123456 aa123456 a123456789 woaini520 woaini1314 5201314520
	wecom123 wework123 weixin123 qiwei123 huawei123 tencent123`)

// validPassword returns what is wrong with a member's new password.
func validPassword(user id.UserID, password string) error {
	plain := strings.ToLower(strings.TrimSpace(password))
	switch {
	case utf8.RuneCountInString(password) < minPassword:
		return ErrPasswordShort
	case len(password) > maxPassword:
		return ErrPasswordLong
	case len(user) > 3 && strings.Contains(plain, user.Key()), isRow(plain):
		return ErrPasswordCommon
	}
	for _, c := range commonPasswords {
		if plain == c {
			return ErrPasswordCommon
		}
	}
	return nil
}

// isRow reports whether a password only repeats a character or goes along the
// alphabet, the digits or a row of keys.
func isRow(s string) bool {
	const rows = "abcdefghijklmnopqrstuvwxyz 01234567890 qwertyuiop asdfghjkl zxcvbnm"
	backwards := []byte(s)
	for i, j := 0, len(backwards)-1; i < j; i, j = i+1, j-1 {
		backwards[i], backwards[j] = backwards[j], backwards[i]
	}
	return s == "" || strings.Trim(s, s[:1]) == "" || strings.Contains(rows, s) || strings.Contains(rows, string(backwards))
}

// Password is a password that may be set: checked and hashed. It is made outside the transaction that sets
// it, because hashing takes time.
type Password struct{ hash string }

// NewPassword checks and hashes a password for the member.
func (s *Service) NewPassword(ctx context.Context, user id.UserID, password string) (Password, error) {
	if err := validPassword(user, password); err != nil {
		return Password{}, err
	}
	var p Password
	err := s.hash(ctx, func() { p.hash = hashOf(password, id.Bytes(saltBytes)) })
	return p, err
}

// hash runs something that needs the memory of a hash. Only a few may do so at a
// time; the others wait.
func (s *Service) hash(ctx context.Context, run func()) error {
	wait := time.NewTimer(hashWait)
	defer wait.Stop()
	select {
	case s.hashing <- struct{}{}:
	case <-wait.C:
		return ErrCrowded
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-s.hashing }()
	run()
	return nil
}

// hashOf returns the hash in the PHC form that argon2's own tools write.
func hashOf(password string, salt []byte) string {
	key := argon2.IDKey([]byte(password), salt, hashPasses, hashMemory, hashLanes, hashBytes)
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, hashMemory, hashPasses, hashLanes, b64.EncodeToString(salt), b64.EncodeToString(key))
}

// hashOfNobody is the hash to compare with if there is no password, so that an unknown name takes as long as
// a known one.
func hashOfNobody() string { return hashOf(id.Secret(), id.Bytes(saltBytes)) }

// hashed is a parsed hash.
type hashed struct {
	memory, passes, lanes int
	salt, key             []byte
}

// readHash parses a hash; ok is false if the text is none.
func readHash(hash string) (h hashed, ok bool) {
	var version int
	parts := strings.Split(hash, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return h, false
	}
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &h.memory, &h.passes, &h.lanes); err != nil {
		return h, false
	}
	var err1, err2 error
	h.salt, err1 = base64.RawStdEncoding.DecodeString(parts[4])
	h.key, err2 = base64.RawStdEncoding.DecodeString(parts[5])
	return h, err1 == nil && err2 == nil && h.memory >= 8 && h.passes >= 1 && h.lanes >= 1 && h.lanes <= 255 && len(h.key) >= 16
}

// matches reports whether the hash is the password's.
func matches(hash, password string) bool {
	h, ok := readHash(hash)
	if !ok {
		return false
	}
	got := argon2.IDKey([]byte(password), h.salt, uint32(h.passes), uint32(h.memory), uint8(h.lanes), uint32(len(h.key)))
	return subtle.ConstantTimeCompare(got, h.key) == 1
}

// current reports whether the hash was made with today's parameters.
func current(hash string) bool {
	h, ok := readHash(hash)
	return ok && h.memory == hashMemory && h.passes == hashPasses && h.lanes == hashLanes && len(h.key) == hashBytes
}

// SetPassword sets the member's password and ends everything that the old one has opened.
func (s *Service) SetPassword(ctx context.Context, tx *store.Tx, by access.Caller, user id.UserID, p Password) error {
	m, err := s.deps.Directory.Member(ctx, tx, by, user)
	if err != nil {
		return err
	}
	return s.setPassword(ctx, tx, by.CorpID, m, p, nil)
}

// setPassword stores the password and ends what depends on the member's credentials, except the session keep.
func (s *Service) setPassword(ctx context.Context, tx *store.Tx, corpID string, m directory.Member, p Password, keep *Session) error {
	if p.hash == "" {
		return errors.New("login: a password that was not made by NewPassword")
	}
	if err := upsertPassword(tx, m.No, s.deps.Box.Seal(seal.Password, passwordPlace(m), []byte(p.hash))); err != nil {
		return err
	}
	return s.endCredentials(ctx, tx, corpID, m, PasswordSet, keep)
}

func passwordPlace(m directory.Member) string { return fmt.Sprintf("member %d", m.No) }

// passwordOf returns the hash of the member's password, empty if there is none.
func (s *Service) passwordOf(tx *store.Tx, m directory.Member) (string, error) {
	sealed, found, err := selectPassword(tx, m.No)
	if err != nil || !found {
		return "", err
	}
	plain, err := s.deps.Box.Open(seal.Password, passwordPlace(m), sealed)
	if err != nil {
		return "", fmt.Errorf("password of member %d: %w", m.No, err)
	}
	return string(plain), nil
}

// CheckPassword returns the member with the userid and password. If either is wrong, it answers *WrongSecret,
// and after too many tries *Locked, right or wrong. The member still has to pass Admit.
func (s *Service) CheckPassword(ctx context.Context, corpID string, user id.UserID, password string, at Stranger) (Identity, error) {
	who, hash, err := s.passwordFor(ctx, corpID, user, at)
	if err != nil {
		return Identity{}, err
	}
	m := who.member
	if err := s.tryPassword(ctx, corpID, user, m.No, hash, password, at); err != nil {
		s.record(attemptOf(at, corpID, m.UserID, ByPassword, outcomeOf(err, false)), false)
		return Identity{}, err
	}
	if !current(hash) {
		if err := s.rehash(ctx, m, password); err != nil {
			return Identity{}, err
		}
	}
	return who, s.forgive(ctx, corpID, m, at)
}

// passwordFor returns the hash of the named member's password, and the identity to use if the password turns
// out right. It returns neither if there is no such member.
func (s *Service) passwordFor(ctx context.Context, corpID string, user id.UserID, at Stranger) (who Identity, hash string, err error) {
	if !user.Valid() {
		return Identity{}, "", nil
	}
	err = s.deps.Store.Read(ctx, func(tx *store.Tx) error {
		m, err := s.deps.Directory.Member(ctx, tx, access.System(corpID), user)
		if errors.Is(err, directory.ErrMemberNotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		if hash, err = s.passwordOf(tx, m); err != nil {
			return err
		}
		who, err = s.prove(tx, at, corpID, m, ByPassword)
		return err
	})
	return who, hash, err
}

// tryPassword compares the password, if no lock forbids it.
func (s *Service) tryPassword(ctx context.Context, corpID string, user id.UserID, member int64, hash, password string, at Stranger) error {
	left, err := s.attempt(ctx, corpID, user, member, at)
	if err != nil {
		return err
	}
	match := false
	err = s.hash(ctx, func() {
		if hash != "" && len(password) <= maxPassword {
			match = matches(hash, password)
		} else {
			matches(s.nobody(), password[:min(len(password), maxPassword)])
		}
	})
	if err != nil || match {
		return err
	}
	if err := s.missed(ctx, corpID, user, member, at); err != nil {
		return err
	}
	return &WrongSecret{Left: left}
}

// rehash stores the password hashed with today's parameters. Sessions stay.
func (s *Service) rehash(ctx context.Context, m directory.Member, password string) error {
	var hash string
	if err := s.hash(ctx, func() { hash = hashOf(password, id.Bytes(saltBytes)) }); err != nil {
		return err
	}
	return s.deps.Store.Write(ctx, func(tx *store.Tx) error {
		return upsertPassword(tx, m.No, s.deps.Box.Seal(seal.Password, passwordPlace(m), []byte(hash)))
	})
}

func (s *Service) passwordRoutes() []door.Route {
	return []door.Route{
		{Pattern: "GET " + passwordPath, Handler: s.page(page.NoFrame, s.passwordPage)},
		{Pattern: "POST " + passwordPath, Handler: s.post(page.NoFrame, s.changePassword)},
	}
}

func (s *Service) passwordPage(v *visit) error {
	sess, ok, err := v.requireAny()
	if err != nil || !ok {
		return err
	}
	return v.showPassword(http.StatusOK, sess, page.NoTrouble)
}

func (v *visit) showPassword(status int, sess Session, trouble page.Trouble) error {
	hash := ""
	err := v.s.deps.Store.Read(v.ctx(), func(tx *store.Tx) (err error) {
		hash, err = v.s.passwordOf(tx, sess.Member)
		return err
	})
	if err != nil {
		return err
	}
	return show(v, status, v.s.pages.Password, page.Password{
		Self: passwordPath, Me: v.person(sess.Member), Form: v.form(passwordPath, "account", sess.token),
		First: hash == "", Trouble: trouble, MinLength: minPassword, Back: accountPath,
	})
}

// troubleOf is what a page says about a password that cannot be set.
func troubleOf(err error) (page.Trouble, bool) {
	switch {
	case errors.Is(err, ErrPasswordShort):
		return page.TooShort, true
	case errors.Is(err, ErrPasswordCommon), errors.Is(err, ErrPasswordLong):
		return page.TooCommon, true
	}
	return page.NoTrouble, false
}

// changePassword lets a member who knows the password, or has none yet, set a new one. The member's other
// browsers are signed out.
func (s *Service) changePassword(v *visit) error {
	sess, ok, err := v.requireAny()
	if err != nil || !ok {
		return err
	}
	form := v.r.PostForm
	if !v.genuine(form.Get("form"), "account", sess.token) {
		return v.showPassword(http.StatusForbidden, sess, page.FormExpired)
	}
	hash := ""
	err = s.deps.Store.Read(v.ctx(), func(tx *store.Tx) error {
		hash, err = s.passwordOf(tx, sess.Member)
		return err
	})
	if err != nil {
		return err
	}
	if hash != "" {
		at := v.stranger()
		if _, err = s.CheckPassword(v.ctx(), sess.CorpID, sess.Member.UserID, form.Get("old"), at); err == nil {
			s.record(attemptOf(at, sess.CorpID, sess.Member.UserID, ByPassword, Checked), false)
		}
	}
	var wrong *WrongSecret
	var locked *Locked
	switch {
	case errors.As(err, &wrong):
		return v.showPassword(http.StatusForbidden, sess, page.WrongOld)
	case errors.As(err, &locked):
		return v.showPassword(http.StatusTooManyRequests, sess, page.Locked)
	case errors.Is(err, ErrCrowded):
		return v.problem(http.StatusServiceUnavailable, crowded)
	case err != nil:
		return err
	}
	switch {
	case form.Get("new") != form.Get("again"):
		return v.showPassword(http.StatusBadRequest, sess, page.NotAgain)
	case hash != "" && form.Get("new") == form.Get("old"):
		return v.showPassword(http.StatusBadRequest, sess, page.SameAsOld)
	}
	p, err := s.NewPassword(v.ctx(), sess.Member.UserID, form.Get("new"))
	if trouble, is := troubleOf(err); is {
		return v.showPassword(http.StatusBadRequest, sess, trouble)
	}
	if err == nil {
		err = s.deps.Store.Write(v.ctx(), func(tx *store.Tx) error { return s.setPassword(v.ctx(), tx, sess.CorpID, sess.Member, p, &sess) })
	}
	if err != nil {
		return err
	}
	return v.redirect(accountPath + "?done=password")
}

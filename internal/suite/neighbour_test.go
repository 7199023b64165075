package suite_test

import (
	"context"
	"errors"
	"testing"

	"qiwei/internal/access"
	"qiwei/internal/store"
	"qiwei/internal/suite"
	"qiwei/qiweitest"
)

// Two enterprises are providers to each other and to themselves. What each has made, installed and is known by
// is its own.
func TestProvidersOfEachOther(t *testing.T) {
	t.Parallel()
	qiweitest.RunAlone(t, func(t *testing.T, w *qiweitest.World) {
		w.WithoutTwin() // it would be known by the same ids
		s := w.Server.Suites
		corps := []*qiweitest.Corp{w.Corp, w.Second}
		made := map[*qiweitest.Corp]suite.Suite{}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, c := range corps {
				if _, err := s.CreateProvider(ctx, tx, suite.Provider{CorpID: c.CorpID}); err != nil {
					t.Errorf("the provider %s: %v", c.Name, err)
				}
				if _, err := s.CreateProvider(ctx, tx, suite.Provider{CorpID: c.CorpID}); err == nil {
					t.Errorf("%s is a provider twice", c.Name)
				}
				v, err := s.CreateSuite(ctx, tx, suite.Suite{Partner: c.CorpID, Kind: access.ThirdParty, Settings: suite.Settings{Name: c.Name}})
				if err != nil {
					return err
				}
				made[c] = v
			}
			return nil
		})
		known := map[string]string{} // what a corp is known by -> by whom and which
		for _, provider := range corps {
			for _, c := range corps {
				w.Write(func(ctx context.Context, tx *store.Tx) error {
					if _, err := s.OpenCorpID(tx, provider.CorpID, c.CorpID); !errors.Is(err, suite.ErrNotGranted) {
						t.Errorf("before %s has installed anything of %s: %v", c.Name, provider.Name, err)
					}
					in, _, err := s.InstallSuite(ctx, tx, suite.Install{SuiteID: made[provider].SuiteID, CorpID: c.CorpID})
					if err != nil {
						t.Errorf("%s of %s in %s: %v", in.Name, provider.Name, c.Name, err)
					}
					if _, _, err := s.InstallSuite(ctx, tx, suite.Install{SuiteID: made[provider].SuiteID, CorpID: c.CorpID}); !errors.Is(err, suite.ErrAlreadyGranted) {
						t.Errorf("a second time: %v", err)
					}
					open, err := s.OpenCorpID(tx, provider.CorpID, c.CorpID)
					if other, taken := known[open]; taken {
						t.Errorf("%s is known to %s by the id of %s", c.Name, provider.Name, other)
					}
					known[open] = c.Name + " to " + provider.Name
					if own, ownErr := s.OwnCorp(tx, open); own != c.CorpID {
						t.Errorf("%s is %s, %v", open, own, ownErr)
					}
					return err
				})
			}
		}
		w.Write(func(ctx context.Context, tx *store.Tx) error {
			for _, c := range corps {
				list, err := s.Suites(tx, c.CorpID)
				if err != nil || len(list) != 1 || list[0].SuiteID != made[c].SuiteID || list[0].Partner != c.CorpID {
					t.Errorf("the suites of %s: %+v, %v", c.Name, list, err)
				}
				installed, err := s.InstalledIn(tx, c.CorpID)
				if err != nil || len(installed) != 2 {
					t.Errorf("%s has installed %+v, %v", c.Name, installed, err)
				}
				for _, in := range installed {
					if in.CorpID != c.CorpID {
						t.Errorf("%s has installed what is in %s", c.Name, in.CorpID)
					}
				}
				there, err := s.Installations(tx, made[c])
				if err != nil || len(there) != 2 || there[0].CorpID == there[1].CorpID {
					t.Errorf("the suite of %s is installed in %+v, %v", c.Name, there, err)
				}
				p, err := s.Provider(tx, c.CorpID)
				if err != nil || p.CorpID != c.CorpID {
					t.Errorf("the provider %s: %+v, %v", c.Name, p, err)
				}
			}
			return nil
		})
	})
}

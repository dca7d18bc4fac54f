package main

import (
	"fmt"
	"time"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

type statusCmd struct {
	JSON bool `help:"As JSON." name:"json"`
}

func (cmd *statusCmd) Run(a *app) error {
	return a.withServer(func(c *client.Client) error {
		s, err := c.Status(a.ctx)
		if err != nil {
			return err
		}
		if cmd.JSON {
			a.printJSON(s)
			return nil
		}
		showStatus(s).write(a.stdout, "")
		return nil
	})
}

func showStatus(s *leadmatchv1.GetStatusResponse) *table {
	t := newTable()
	v := s.GetVersions()
	t.row("leadmatchd", s.GetVersion())
	t.row("up since", fmt.Sprintf("%s (%s)", s.GetStartTime().AsTime().Local().Format("2006-01-02 15:04:05"),
		time.Since(s.GetStartTime().AsTime()).Round(time.Second)))
	t.row("revision", thousands(v.GetRevision()))
	t.row("policy, model, normalizer", fmt.Sprintf("%d, %s, %s", v.GetPolicy(), v.GetModel(), v.GetNormalizer()))
	t.row("accounts", thousands(s.GetAccounts()))
	t.row("names", thousands(s.GetNames()))
	t.row("domains", thousands(s.GetDomains()))
	t.row("overrides", thousands(s.GetOverrides()))
	t.row("index", fmt.Sprintf("%s in %s", size(s.GetIndexBytes()), count(s.GetSegments(), "segment")))
	t.row("heap", fmt.Sprintf("%s, %s in use", size(s.GetHeapBytes()), size(s.GetHeapInUseBytes())))
	t.row("store", size(s.GetStoreBytes()))
	t.row("loaded in", roundTime(s.GetLoadDuration().AsDuration()).String())
	t.row("changes not yet visible", thousands(s.GetPendingChanges()))
	t.row("leads decided", fmt.Sprintf("%s MATCHED, %s REVIEW, %s NO_MATCH, %s INSUFFICIENT", thousands(s.GetLeadsMatched()),
		thousands(s.GetLeadsReview()), thousands(s.GetLeadsNoMatch()), thousands(s.GetLeadsInsufficient())))
	return t
}

// size writes a number of bytes with a unit.
func size(n uint64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d bytes", n)
	}
	f, i := float64(n)/1000, 0
	for ; f >= 1000 && i < len(units)-1; i++ {
		f /= 1000
	}
	return fmt.Sprintf("%.1f %cB", f, units[i])
}

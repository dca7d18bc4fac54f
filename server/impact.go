package server

import (
	"errors"
	"fmt"
	"slices"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/leadmatch/leadmatch/matcher"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/engine"
	"github.com/leadmatch/leadmatch/server/store"
)

const (
	maxImpactChanges = 200_000 // accounts; to look at more would take longer than to decide many leads
	impactCells      = 100_000 // in one message
)

func (s *matchService) GetImpact(req *leadmatchv1.GetImpactRequest, stream grpc.ServerStreamingServer[leadmatchv1.GetImpactResponse]) error {
	b := s.server.book()
	snap := b.index.Snapshot() // before the view, which is not behind it then
	v := snap.Versions()
	if since := req.GetSinceRevision(); since > v.Revision {
		return invalid("since_revision", "this server is at revision %d, %d comes after it", v.Revision, since)
	}
	touched, everything, err := b.impact(snap, req.GetSinceRevision())
	if err != nil {
		return err
	}
	if err := stream.Send(&leadmatchv1.GetImpactResponse{Versions: engine.Versions(v), Everything: everything}); err != nil || everything != "" {
		return err
	}
	for k, cells := range touched.Cells {
		for part := range slices.Chunk(cells, impactCells) {
			res := &leadmatchv1.GetImpactResponse{Touched: []*leadmatchv1.TouchedCells{
				{Kind: matcher.CellKind(k).String(), Cells: matcher.AppendCells(nil, part)},
			}}
			if err := stream.Send(res); err != nil {
				return err
			}
		}
	}
	return nil
}

// impact returns what the changes after a revision up to the snapshot's have touched, or why that is everything.
func (b *book) impact(snap *matcher.Snapshot, since uint64) (t *matcher.Touched, everything string, err error) {
	view, err := b.store.View()
	if err != nil {
		return nil, "", err
	}
	defer view.Close()
	changes, err := view.Replaced(since)
	var forgotten *store.ForgottenError
	if errors.As(err, &forgotten) {
		return nil, forgotten.Error(), nil
	}
	if err != nil {
		return nil, "", err
	}
	h := &history{view: view, last: snap.Versions().Revision, accounts: map[string]*matcher.Account{}, overrides: map[string]*matcher.Override{}}
	if everything, err = h.read(changes); everything != "" || err != nil {
		return nil, everything, err
	}
	slices.Reverse(h.ofAccounts)
	if t = snap.Touched(h.ofAccounts, h.ofOverrides); t.All {
		return nil, "the number of accounts has moved by a step, which tells in how rare all words are", nil
	}
	return t, "", nil
}

// history goes back over changes, the newest first, and finds out what each has made of what.
type history struct {
	view        *store.View
	last        uint64 // revision; what comes after it is gone back over, and is no part of the answer
	accounts    map[string]*matcher.Account
	overrides   map[string]*matcher.Override
	ofAccounts  []matcher.Change[matcher.Account]
	ofOverrides []matcher.Change[matcher.Override]
}

// read returns why anything may be different, if so.
func (h *history) read(changes []store.Change) (everything string, err error) {
	if err := h.present(changes); err != nil {
		return "", err
	}
	for _, c := range slices.Backward(changes) {
		if c.GetPolicy() && c.Revision <= h.last {
			return fmt.Sprintf("the policy was changed at revision %d", c.Revision), nil
		}
		for _, r := range c.GetAccounts() {
			was, err := formerAccount(r)
			if err != nil {
				return "", err
			}
			if c.Revision <= h.last {
				h.ofAccounts = append(h.ofAccounts, matcher.Change[matcher.Account]{Was: was, Is: h.accounts[r.GetId()]})
			}
			h.accounts[r.GetId()] = was
		}
		if len(h.ofAccounts) > maxImpactChanges {
			return fmt.Sprintf("more than %d accounts have changed", maxImpactChanges), nil
		}
		for _, r := range c.GetOverrides() {
			var was *matcher.Override
			if r.GetWas() != nil {
				o := engine.Override(r.GetWas())
				was = &o
			}
			if c.Revision <= h.last {
				h.ofOverrides = append(h.ofOverrides, matcher.Change[matcher.Override]{Was: was, Is: h.overrides[r.GetId()]})
			}
			h.overrides[r.GetId()] = was
		}
	}
	return "", nil
}

// present reads what the accounts and overrides are now that have changed.
func (h *history) present(changes []store.Change) error {
	changed := map[string]bool{}
	for _, c := range changes {
		for _, r := range c.GetOverrides() {
			changed[r.GetId()] = true
		}
		for _, r := range c.GetAccounts() {
			if _, ok := h.accounts[r.GetId()]; ok {
				continue
			}
			record, err := h.view.Account(r.GetId())
			var gone *store.NotFoundError
			switch {
			case errors.As(err, &gone):
				h.accounts[r.GetId()] = nil
			case err != nil:
				return err
			default:
				a := engine.Account(record)
				h.accounts[r.GetId()] = &a
			}
		}
	}
	if len(changed) == 0 {
		return nil
	}
	for r, err := range h.view.Overrides("") {
		if err != nil {
			return err
		}
		if changed[r.GetId()] {
			o := engine.Override(r)
			h.overrides[r.GetId()] = &o
		}
	}
	return nil
}

// formerAccount decodes an account as it was; nil when it was not there.
func formerAccount(r *storev1.ReplacedAccount) (*matcher.Account, error) {
	if len(r.GetWas()) == 0 {
		return nil, nil
	}
	record := &storev1.AccountRecord{}
	if err := proto.Unmarshal(r.GetWas(), record); err != nil {
		return nil, err
	}
	a := engine.Account(record)
	return &a, nil
}

package client_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/leadmatch/leadmatch/client"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

func TestImport(t *testing.T) {
	c, s := start(t, times(2, 5)(errAway))
	s.accounts["a7"] = &leadmatchv1.Account{Id: "a7"}
	stored := 0
	result, err := c.Import(t.Context(), accounts(4321, nil), &client.ImportOptions{
		BatchSize: 100, Stored: func(a []*leadmatchv1.Account) { stored += len(a) },
	})
	if err != nil || result.Created != 4320 || result.Updated != 1 || result.Refused != 0 || stored != 4321 {
		t.Errorf("got %+v and %v, %d reported", result, err, stored)
	}
	if len(s.accounts) != 4321 || s.largest != 100 || s.top < 2 || s.top > 8 || result.Revision == 0 {
		t.Errorf("%d accounts, batches of %d, %d at once, revision %d", len(s.accounts), s.largest, s.top, result.Revision)
	}
}

func TestImportLeavesOutWhatIsRefused(t *testing.T) {
	c, s := start(t, nil)
	var refused []string
	result, err := c.Import(t.Context(), func(yield func(*leadmatchv1.Account, error) bool) {
		for i := range 100 {
			a := &leadmatchv1.Account{Id: fmt.Sprintf("a%d", i), Name: "good"}
			if i%30 == 7 {
				a.Name = "bad"
			}
			if !yield(a, nil) {
				return
			}
		}
	}, &client.ImportOptions{InFlight: 1, Refused: func(_ *leadmatchv1.Account, err *client.AccountError) {
		refused = append(refused, err.Error())
	}})
	if err != nil || result.Created != 96 || result.Refused != 4 || len(s.accounts) != 96 {
		t.Errorf("got %+v and %v, %d stored", result, err, len(s.accounts))
	}
	if len(refused) != 4 || refused[0] != `account "a7": name: expected a good one` {
		t.Errorf("refused: %q", refused)
	}
}

func TestImportKeepsTheLastAccountOfAnID(t *testing.T) {
	c, s := start(t, nil)
	const rounds = 200
	result, err := c.Import(t.Context(), func(yield func(*leadmatchv1.Account, error) bool) {
		for i := range rounds {
			for id := range 5 {
				if !yield(&leadmatchv1.Account{Id: fmt.Sprintf("a%d", id%3), Name: fmt.Sprintf("%d.%d", i, id)}, nil) {
					return
				}
			}
		}
	}, &client.ImportOptions{BatchSize: 3, InFlight: 8})
	if err != nil || result.Created+result.Updated+result.Repeated != 5*rounds {
		t.Fatalf("got %+v and %v", result, err)
	}
	for id, want := range map[string]string{"a0": "199.3", "a1": "199.4", "a2": "199.2"} {
		if got := s.accounts[id].GetName(); got != want {
			t.Errorf("%s is %s, want %s", id, got, want)
		}
	}
}

func TestImportStops(t *testing.T) {
	f := func(failure error, input error, want error) {
		t.Helper()
		c, _ := start(t, times(3)(failure))
		result, err := c.Import(t.Context(), accounts(1000, input), &client.ImportOptions{BatchSize: 10, InFlight: 1, Patience: -1})
		if !errors.Is(err, want) && status.Code(err) != status.Code(want) {
			t.Errorf("got %v, want %v", err, want)
		}
		if failure != nil && result.Created != 20 {
			t.Errorf("%d were stored, want 20", result.Created)
		}
	}
	full := status.Error(codes.ResourceExhausted, "disk full")
	f(full, nil, full)
	f(nil, errInput, errInput)
	invalid := status.Error(codes.InvalidArgument, "says nothing more")
	f(invalid, nil, invalid)
}

func TestImportOptionsAreChecked(t *testing.T) {
	c, _ := start(t, nil)
	for _, o := range []client.ImportOptions{{BatchSize: 1001}, {BatchSize: -1}, {InFlight: 65}} {
		if _, err := c.Import(t.Context(), accounts(1, nil), &o); err == nil {
			t.Errorf("%+v: got no error", o)
		}
	}
	if _, err := c.Import(t.Context(), accounts(0, nil), &client.ImportOptions{Patience: time.Second}); err != nil {
		t.Error(err)
	}
}

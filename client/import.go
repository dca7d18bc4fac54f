package client

import (
	"cmp"
	"context"
	"fmt"
	"iter"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// ImportOptions say how accounts are stored. The zero value, and nil, suit a server on the same machine.
type ImportOptions struct {
	BatchSize int // accounts a call, 1 to 1,000; 0 means 500
	InFlight  int // calls at once, at most 64, which the server commits together; 0 means 8
	// Patience is how long to go on trying while no server answers; 0 means two minutes, and less than 0 not at all.
	Patience time.Duration
	// Waiting is told of each failure that is waited out, from several goroutines at once; nil tells nobody.
	Waiting func(error)
	// Stored is called with accounts that are on disk and visible, Refused with one that the server does not take. They
	// are called from several goroutines, but never at the same time. Either may be nil.
	Stored  func(accounts []*leadmatchv1.Account)
	Refused func(account *leadmatchv1.Account, err *AccountError)
}

// ImportResult counts what an import did.
type ImportResult struct {
	Created  uint64 // were new
	Updated  uint64 // replaced an account of the same id
	Refused  uint64 // were not stored
	Repeated uint64 // were not stored because another one of the same id came soon after
	Revision uint64 // from which on all that were stored are visible
}

const (
	defaultImportBatch    = 500
	defaultImportInFlight = 8
	importTimeout         = time.Minute // for one batch; a server may be busy merging
)

// Import stores any number of accounts: new ones are added, known ids replaced whole, and of several with one id the
// last one stays. Accounts that the server refuses are left out; the rest of their batch is stored. An error ends it,
// with the result saying what was stored until then: the server stayed away longer than opts.Patience, the context
// ended, or accounts yielded an error. To import again what was already stored does no harm.
func (c *Client) Import(ctx context.Context, accounts iter.Seq2[*leadmatchv1.Account, error], opts *ImportOptions) (ImportResult, error) {
	imp := &importer{client: c, busy: map[string]bool{}}
	if opts != nil {
		imp.opts = *opts
	}
	if err := imp.setDefaults(); err != nil {
		return ImportResult{}, err
	}
	imp.changed = sync.NewCond(&imp.mu)
	ctx, imp.cancel = context.WithCancel(ctx)
	defer imp.cancel()

	var inputErr error
	repeated := 0
	for batch, err := range batches(accounts, imp.opts.BatchSize) {
		if inputErr = err; err != nil {
			break
		}
		last := lastOfEach(batch)
		repeated += len(batch) - len(last)
		if !imp.start(ctx, last) {
			break
		}
	}
	err := imp.wait()
	imp.result.Repeated = uint64(repeated)
	return imp.result, cmp.Or(err, inputErr)
}

// importer is one Import. Batches that are stored at the same time share no id, so that the last account of an id wins.
type importer struct {
	client *Client
	opts   ImportOptions
	cancel context.CancelFunc

	mu      sync.Mutex // guards everything below, and the calls of Stored and Refused
	changed *sync.Cond // running, busy or err did
	running int
	busy    map[string]bool // ids on their way
	result  ImportResult
	err     error // the first
}

func (imp *importer) setDefaults() error {
	o := &imp.opts
	if o.BatchSize == 0 {
		o.BatchSize = defaultImportBatch
	}
	if o.InFlight == 0 {
		o.InFlight = defaultImportInFlight
	}
	if o.BatchSize < 1 || o.BatchSize > 1000 {
		return fmt.Errorf("BatchSize: expected 1 to 1000, not %d", o.BatchSize)
	}
	if o.InFlight < 1 || o.InFlight > 64 {
		return fmt.Errorf("InFlight: expected 1 to 64, not %d", o.InFlight)
	}
	return nil
}

// lastOfEach drops accounts that a later one of the same id replaces: a request may hold an id once.
func lastOfEach(batch []*leadmatchv1.Account) []*leadmatchv1.Account {
	last := make(map[string]int, len(batch))
	for i, a := range batch {
		last[a.GetId()] = i
	}
	if len(last) == len(batch) {
		return batch
	}
	kept := batch[:0]
	for i, a := range batch {
		if last[a.GetId()] == i {
			kept = append(kept, a)
		}
	}
	return kept
}

// start stores a batch on a goroutine of its own as soon as there is room for it. It says no when the import has
// failed.
func (imp *importer) start(ctx context.Context, batch []*leadmatchv1.Account) bool {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	for imp.err == nil && (imp.running == imp.opts.InFlight || imp.overlaps(batch)) {
		imp.changed.Wait()
	}
	if imp.err != nil {
		return false
	}
	imp.running++
	for _, a := range batch {
		imp.busy[a.GetId()] = true
	}
	go func() {
		err := imp.store(ctx, batch)
		imp.finish(batch, err)
	}()
	return true
}

func (imp *importer) overlaps(batch []*leadmatchv1.Account) bool {
	for _, a := range batch {
		if imp.busy[a.GetId()] {
			return true
		}
	}
	return false
}

func (imp *importer) finish(batch []*leadmatchv1.Account, err error) {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	imp.running--
	for _, a := range batch {
		delete(imp.busy, a.GetId())
	}
	if err != nil && imp.err == nil {
		imp.err = err
		imp.cancel()
	}
	imp.changed.Broadcast()
}

func (imp *importer) wait() error {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	for imp.running > 0 {
		imp.changed.Wait()
	}
	return imp.err
}

// store stores a batch, without the accounts in it that are refused.
func (imp *importer) store(ctx context.Context, batch []*leadmatchv1.Account) error {
	p := newPatience(imp.opts.Patience, imp.opts.Waiting)
	for len(batch) > 0 {
		callCtx, cancel := context.WithTimeout(ctx, importTimeout)
		resp, err := imp.client.UpsertAccounts(callCtx, batch)
		cancel()
		if err == nil {
			imp.stored(batch, resp)
			return nil
		}
		if rest := imp.dropRefused(batch, err); len(rest) < len(batch) {
			batch = rest
			continue
		}
		if err := p.wait(ctx, err); err != nil {
			return err
		}
	}
	return nil
}

// stored counts a batch that is on disk.
func (imp *importer) stored(batch []*leadmatchv1.Account, resp *leadmatchv1.UpsertAccountsResponse) {
	imp.mu.Lock()
	defer imp.mu.Unlock()
	imp.result.Created += uint64(resp.GetCreated())
	imp.result.Updated += uint64(resp.GetUpdated())
	imp.result.Revision = max(imp.result.Revision, resp.GetRevision())
	if imp.opts.Stored != nil {
		imp.opts.Stored(batch)
	}
}

// dropRefused counts the accounts that an error names and returns the others: all, when it names none.
func (imp *importer) dropRefused(batch []*leadmatchv1.Account, err error) []*leadmatchv1.Account {
	if status.Code(err) != codes.InvalidArgument {
		return batch
	}
	refused := map[int]*AccountError{}
	for _, p := range Problems(err) {
		i, field, ok := p.element("accounts")
		if ok && i < len(batch) && refused[i] == nil {
			refused[i] = &AccountError{batch[i].GetId(), field, p.Description}
		}
	}
	imp.mu.Lock()
	defer imp.mu.Unlock()
	var rest []*leadmatchv1.Account
	for i, a := range batch {
		if refused[i] == nil {
			rest = append(rest, a)
			continue
		}
		imp.result.Refused++
		if imp.opts.Refused != nil {
			imp.opts.Refused(a, refused[i])
		}
	}
	return rest
}

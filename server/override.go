package server

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/leadmatch/leadmatch/matcher/normalize"
	storev1 "github.com/leadmatch/leadmatch/proto/leadmatch/store/v1"
	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
	"github.com/leadmatch/leadmatch/server/store"
)

// overrideService is leadmatch.v1.OverrideService.
type overrideService struct {
	leadmatchv1.UnimplementedOverrideServiceServer
	server *Server
}

func (s *overrideService) SetOverride(ctx context.Context, req *leadmatchv1.SetOverrideRequest) (*leadmatchv1.SetOverrideResponse, error) {
	record, err := overrideRecord(req.GetOverride())
	if err != nil {
		return nil, err
	}
	batch := &store.Batch{SetOverrides: []*storev1.OverrideRecord{record}}
	if req.GetOverride().GetAction() == leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE {
		batch.NeedAccounts = []string{record.GetAccountId()}
	}
	r, err := s.server.book().writes.Commit(ctx, batch)
	if err != nil {
		return nil, err
	}
	return &leadmatchv1.SetOverrideResponse{Override: overrideOf(record), Revision: r.Revision}, nil
}

// overrideRecord checks an override, normalizes its key and gives it its id.
func overrideRecord(o *leadmatchv1.Override) (*storev1.OverrideRecord, error) {
	var c checker
	p := root("override")
	action := p.field("action")
	if a := o.GetAction(); a != leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE &&
		a != leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORBID {
		c.fail(&action, "must be FORCE or FORBID; it is %v", a)
	}
	account := p.field("account_id")
	c.id(&account, o.GetAccountId())
	c.text(&p, "domain", o.GetDomain(), maxURL)
	c.text(&p, "company", o.GetCompany(), maxName)
	c.text(&p, "author", o.GetAuthor(), maxAuthor)
	c.text(&p, "note", o.GetNote(), maxNote)
	if c.found == nil && o.GetDomain() == "" && o.GetCompany() == "" {
		c.fail(&p, "a domain or a company is required; both are empty")
	}
	if err := c.err(); err != nil {
		return nil, err
	}
	domain, company := c.domainKey(&p, o.GetDomain()), c.companyKey(&p, o.GetCompany())
	if err := c.err(); err != nil {
		return nil, err
	}
	return &storev1.OverrideRecord{
		Id:        overrideID(o.GetAction(), domain, company, o.GetAccountId()),
		Action:    int32(o.GetAction()),
		AccountId: o.GetAccountId(),
		Domain:    domain,
		Company:   o.GetCompany(),
		Author:    o.GetAuthor(),
		Note:      o.GetNote(),
	}, nil
}

// domainKey returns the domain that an override goes by, as normalized.
func (c *checker) domainKey(parent *path, text string) string {
	if text == "" {
		return ""
	}
	p := parent.field("domain")
	var d normalize.Domain
	d.Parse(text)
	switch d.Class {
	case normalize.NoDomain:
		c.fail(&p, "must hold a web domain, as in \"acme.com\"; there is none in it")
	case normalize.Free, normalize.Disposable:
		c.fail(&p, "must be a company's own; it is a mail provider's, which anybody may use")
	case normalize.Hosted:
		if d.Hash == 0 {
			c.fail(&p, "must be a company's own; it is a hosting platform's")
		}
		return string(d.Host)
	}
	return string(d.Registrable)
}

// companyKey returns the identity of the name that an override goes by.
func (c *checker) companyKey(parent *path, text string) string {
	if text == "" {
		return ""
	}
	p := parent.field("company")
	var n normalize.Name
	n.Parse(text)
	if n.Status != normalize.OK || len(n.Readings) == 0 || n.Readings[0].Key == 0 {
		c.fail(&p, "must be a company's name; it is empty, a placeholder, or an address")
		return ""
	}
	return fmt.Sprintf("%016x", n.Readings[0].Key)
}

// overrideID derives an id from what makes an override the same as another: its key and action, and, as a key may be
// forbidden several accounts but forced to only one, the account of a FORBID.
func overrideID(action leadmatchv1.OverrideAction, domain, company, account string) string {
	if action == leadmatchv1.OverrideAction_OVERRIDE_ACTION_FORCE {
		account = ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{action.String(), domain, company, account}, "\x00")))
	return hex.EncodeToString(sum[:12])
}

func (s *overrideService) ListOverrides(_ context.Context, req *leadmatchv1.ListOverridesRequest) (*leadmatchv1.ListOverridesResponse, error) {
	var c checker
	size := c.pageSize(req.GetPageSize())
	after := c.pageToken(pageOfOverrides, req.GetPageToken())
	if err := c.err(); err != nil {
		return nil, err
	}
	v, err := s.server.book().store.View()
	if err != nil {
		return nil, err
	}
	defer v.Close()
	res := &leadmatchv1.ListOverridesResponse{}
	for r, err := range v.Overrides(after) {
		if err != nil {
			return nil, err
		}
		if len(res.GetOverrides()) == size {
			res.NextPageToken = pageToken(pageOfOverrides, res.GetOverrides()[size-1].GetId())
			break
		}
		res.Overrides = append(res.Overrides, overrideOf(r))
	}
	return res, nil
}

func (s *overrideService) DeleteOverride(ctx context.Context, req *leadmatchv1.DeleteOverrideRequest) (*leadmatchv1.DeleteOverrideResponse, error) {
	var c checker
	p := root("id")
	if c.id(&p, req.GetId()); c.err() != nil {
		return nil, c.err()
	}
	r, err := s.server.book().writes.Commit(ctx, &store.Batch{DeleteOverrides: []string{req.GetId()}})
	if err != nil {
		return nil, err
	}
	return &leadmatchv1.DeleteOverrideResponse{Revision: r.Revision}, nil
}

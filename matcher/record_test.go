package matcher

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// anyAccount draws accounts of any texts, empty ones and invalid ones among them.
var anyAccount = rapid.Custom(func(t *rapid.T) Account {
	text := rapid.OneOf(rapid.String(), rapid.Map(rapid.SliceOf(rapid.Byte()), func(b []byte) string { return string(b) }))
	texts := rapid.SliceOfN(text, 0, 5)
	address := rapid.Custom(func(t *rapid.T) Address {
		return Address{
			Country: text.Draw(t, "country"), Region: text.Draw(t, "region"), City: text.Draw(t, "city"),
			Postal: text.Draw(t, "postal"), Street: text.Draw(t, "street"),
		}
	})
	return Account{
		ID: text.Draw(t, "id"), Name: text.Draw(t, "name"), OwnerID: text.Draw(t, "owner"), ParentID: text.Draw(t, "parent"),
		Aliases: texts.Draw(t, "aliases"), Domains: texts.Draw(t, "domains"), Phones: texts.Draw(t, "phones"),
		Addresses: rapid.SliceOfN(address, 0, 4).Draw(t, "addresses"),
		Labels:    rapid.MapOfN(text, text, 0, 4).Draw(t, "labels"),
		Numbers:   rapid.MapOfN(text, rapid.Float64(), 0, 4).Draw(t, "numbers"),
	}
})

// TestRecord reads back what was written, records one after the other, into an account that held another one.
func TestRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		accounts := rapid.SliceOfN(anyAccount, 1, 4).Draw(t, "accounts")
		var c chunk
		for i := range accounts {
			c.add(&accounts[i])
		}
		s := segment{arena: c.arena}
		for _, end := range c.recEnd {
			s.heads = append(s.heads, accountHead{end: end})
		}
		var got Account
		for i := range accounts {
			want := &accounts[i]
			r := s.record(uint32(i))
			r.account(&got)
			if !sameAccount(&got, want) {
				t.Fatalf("got  %+v\nwant %+v", got, *want)
			}
			id, owner, name, parent := r.head()
			if r.id() != want.ID || id != want.ID || owner != want.OwnerID || name != want.Name || parent != want.ParentID {
				t.Fatalf("the head is %q, %q, %q, %q, want that of %+v", id, owner, name, parent, *want)
			}
		}
	})
}

// sameAccount compares accounts; an empty list is as good as none.
func sameAccount(a, b *Account) bool {
	type rest struct{ ID, Name, Owner, Parent string }
	return rest{a.ID, a.Name, a.OwnerID, a.ParentID} == rest{b.ID, b.Name, b.OwnerID, b.ParentID} &&
		slices.Equal(a.Aliases, b.Aliases) && slices.Equal(a.Domains, b.Domains) && slices.Equal(a.Phones, b.Phones) &&
		slices.Equal(a.Addresses, b.Addresses) && maps.Equal(a.Labels, b.Labels) && maps.Equal(a.Numbers, b.Numbers)
}

// TestRecordHoldsEverything fails when a field is added to Account or Address and not to its record.
func TestRecordHoldsEverything(t *testing.T) {
	want := Account{
		ID: "i", Name: "n", Aliases: []string{"a"}, Domains: []string{"d"}, Phones: []string{"p"},
		Addresses: []Address{{Country: "c", Region: "r", City: "t", Postal: "z", Street: "s"}},
		ParentID:  "f", OwnerID: "o", Labels: map[string]string{"k": "v"}, Numbers: map[string]float64{"x": 1},
	}
	for _, v := range []reflect.Value{reflect.ValueOf(want), reflect.ValueOf(want.Addresses[0])} {
		for i := range v.NumField() {
			if v.Field(i).IsZero() {
				t.Errorf("the test does not set %s.%s", v.Type(), v.Type().Field(i).Name)
			}
		}
	}
	var got Account
	record(appendRecord(nil, &want)).account(&got)
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

package rows

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"unicode/utf16"

	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	leadmatchv1 "github.com/leadmatch/leadmatch/proto/leadmatch/v1"
)

// readAccounts reads all accounts of a text and everything that was wrong with it.
func readAccounts(t *testing.T, name, text string, opts *Options) (accounts []*leadmatchv1.Account, faults []string) {
	t.Helper()
	in, err := NewInput(name, InputOptions{}, strings.NewReader(text))
	if err != nil {
		return nil, []string{err.Error()}
	}
	r, err := NewAccounts(in, opts)
	if err != nil {
		return nil, []string{err.Error()}
	}
	return drain(r)
}

func readLeads(t *testing.T, name, text string, opts *Options) (leads []*leadmatchv1.Lead, faults []string) {
	t.Helper()
	in, err := NewInput(name, InputOptions{}, strings.NewReader(text))
	if err != nil {
		return nil, []string{err.Error()}
	}
	r, err := NewLeads(in, opts)
	if err != nil {
		return nil, []string{err.Error()}
	}
	return drain(r)
}

func drain[T any](r *Reader[T]) (all []T, faults []string) {
	for {
		row, err := r.Read()
		var bad *RowError
		switch {
		case err == io.EOF:
			return all, faults
		case errors.As(err, &bad):
			faults = append(faults, err.Error())
		case err != nil:
			return all, append(faults, err.Error())
		default:
			all = append(all, row)
		}
	}
}

// wantMessage compares with a message in protobuf's JSON.
func wantMessage[M proto.Message](t *testing.T, got M, want string) {
	t.Helper()
	w := got.ProtoReflect().New().Interface()
	if err := protojson.Unmarshal([]byte(want), w); err != nil {
		t.Fatal(err)
	}
	if !proto.Equal(got, w) {
		t.Errorf("got %v, want %v", got, w)
	}
}

func TestAccountsOfEveryForm(t *testing.T) {
	f := func(name, text, want string) {
		t.Helper()
		accounts, faults := readAccounts(t, name, text, nil)
		if len(accounts) != 1 || len(faults) > 0 {
			t.Fatalf("%s: got %d accounts and %v", text, len(accounts), faults)
		}
		wantMessage(t, accounts[0], want)
	}
	f("a.csv", "id,name,aliases,domains,phone,country,region,city,postal,street,parent_id,owner_id,labels.Tier,numbers.open\n"+
		`a1,Acme,A|B \| C,acme.com|acme.de,1|2,DE,BE,Berlin,10115,Weg 1,p1,o1,gold,3.5`,
		`{"id":"a1","name":"Acme","aliases":["A","B | C"],"domains":["acme.com","acme.de"],"phones":["1","2"],
		"addresses":[{"country":"DE","region":"BE","city":"Berlin","postal":"10115","street":"Weg 1"}],
		"parent_id":"p1","owner_id":"o1","labels":{"Tier":"gold"},"numbers":{"open":3.5}}`)
	f("a.csv", "id;name;city_2;country\na1;Acme;Paris;DE\n", `{"id":"a1","name":"Acme","addresses":[{"country":"DE"},{"city":"Paris"}]}`)
	f("a.csv", "id,numbers.since\na1,2024-05-01\n", `{"id":"a1","numbers":{"since":1714521600}}`)
	f("a.csv", "id,name\na1,\"two\nlines\"\n", `{"id":"a1","name":"two\nlines"}`)
	f("a.csv", "sep=;\nid;name\na1;Acme, Inc\n", `{"id":"a1","name":"Acme, Inc"}`)
	f("a.csv", "id,domains,website\na1,acme.com,acme.com\n", `{"id":"a1","domains":["acme.com"]}`)
	f("a.csv", "id,name\na1,'=cmd()\n", `{"id":"a1","name":"=cmd()"}`)
	f("a.jsonl", `{"id":"a1","name":null,"aliases":["A","B"],"domains":"acme.com","phone":"1","country":"DE","type":"x"}`,
		`{"id":"a1","aliases":["A","B"],"domains":["acme.com"],"phones":["1"],"addresses":[{"country":"DE"}]}`)
	f("a.jsonl", `{"id":"a1","phones":["1"],"addresses":[{"city":"Köln","country":null},{"city":"Paris"}],"labels":{"k":"v","b":true},"numbers":{"n":7}}`,
		`{"id":"a1","phones":["1"],"addresses":[{"city":"Köln"},{"city":"Paris"}],"labels":{"k":"v","b":"true"},"numbers":{"n":7}}`)
	f("a.jsonl", ` { "id" : 17 , "parentId" : "p1" , "name" : "A \"quoted\" \u00e9\n" } `, `{"id":"17","parent_id":"p1","name":"A \"quoted\" é\n"}`)
	f("stdin", `{"id":"a1"}`, `{"id":"a1"}`)
	f("stdin", "id\na1\n", `{"id":"a1"}`)
}

func TestExportsOfCRMs(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		accounts, faults := readAccounts(t, "export.csv", text, nil)
		if len(accounts) != 1 || len(faults) > 0 {
			t.Fatalf("%s: got %d accounts and %v", text, len(accounts), faults)
		}
		wantMessage(t, accounts[0], want)
	}
	const want = `{"id":"001","name":"Acme","domains":["acme.com"],"phones":["1"],"addresses":[{"country":"US","region":"CA","city":"LA","postal":"90001","street":"1 Main"}],"parent_id":"002","owner_id":"005"}`
	f("Account ID,Account Name,Website,Phone,Billing Country,Billing State/Province,Billing City,Billing Zip/Postal Code,Billing Street,Parent Account ID,Account Owner,OwnerId\n"+
		"001,Acme,acme.com,1,US,CA,LA,90001,1 Main,002,Ann Smith,005\n", want)
	f("Id,Name,Website,Phone,BillingCountry,BillingState,BillingCity,BillingPostalCode,BillingStreet,ParentId,OwnerId\n"+
		"001,Acme,acme.com,1,US,CA,LA,90001,1 Main,002,005\n", want)
	f("Record ID,Company name,Company Domain Name,Website URL,Phone Number,Country/Region,State/Region,City,Postal Code,Street Address,Parent Company ID,Company owner\n"+
		"001,Acme,acme.com,acme.com,1,US,CA,LA,90001,1 Main,002,005\n", want)
	f("Id,Name,Billing City,Shipping City\n001,Acme,LA,SF\n", `{"id":"001","name":"Acme","addresses":[{"city":"LA"},{"city":"SF"}]}`)

	leads, faults := readLeads(t, "leads.csv", "Lead ID,First Name,Company,Email,Phone,Country,State/Province,City,Zip/Postal Code\n"+
		"00Q,Ann,Acme,ann@acme.com,1,US,CA,LA,90001\n", nil)
	if len(leads) != 1 || len(faults) > 0 {
		t.Fatalf("got %d leads and %v", len(leads), faults)
	}
	wantMessage(t, leads[0], `{"id":"00Q","company":"Acme","email":"ann@acme.com","phone":"1","address":{"country":"US","region":"CA","city":"LA","postal":"90001"}}`)
}

func TestLeadsOfJSON(t *testing.T) {
	leads, faults := readLeads(t, "l.jsonl", `{"id":"l1","company":"A","address":{"city":"Köln"}}
{"id":"l2","company":"B","address":"Weg 1","city":null}
{"companyName":"C","company":"D"}
{"company":"D","companyName":"C"}`, nil)
	if len(leads) != 4 || len(faults) > 0 {
		t.Fatalf("got %d leads and %v", len(leads), faults)
	}
	wantMessage(t, leads[0], `{"id":"l1","company":"A","address":{"city":"Köln"}}`)
	wantMessage(t, leads[1], `{"id":"l2","company":"B","address":{"street":"Weg 1"}}`)
	wantMessage(t, leads[2], `{"company":"D"}`)
	wantMessage(t, leads[3], `{"company":"D"}`)
}

func TestMap(t *testing.T) {
	leads, faults := readLeads(t, "l.csv", "Nr;Firma;Company\n1;Acme;not this\n", &Options{Map: map[string]string{"nr": "id", "Firma": "company"}})
	if len(leads) != 1 || len(faults) > 0 {
		t.Fatalf("got %d leads and %v", len(leads), faults)
	}
	wantMessage(t, leads[0], `{"id":"1","company":"Acme"}`)

	_, faults = readLeads(t, "l.csv", "a,b\n", &Options{Map: map[string]string{"a": "firm"}})
	if len(faults) != 1 || !strings.Contains(faults[0], `"firm" is no field of leads; expected one of city, company, country, email`) {
		t.Errorf("got %v", faults)
	}

	for name, text := range map[string]string{"l.csv": "company,email,Extra\nAcme,a@b.c,1\n", "l.jsonl": `{"company":"Acme","email":"a@b.c","Extra":{"a":1}}`} {
		leads, faults = readLeads(t, name, text, &Options{Strict: true, Map: map[string]string{"email": "", "extra": ""}})
		if len(leads) != 1 || len(faults) > 0 {
			t.Fatalf("%s: got %d leads and %v", name, len(leads), faults)
		}
		wantMessage(t, leads[0], `{"company":"Acme"}`)
	}
}

func TestRowsThatAreBroken(t *testing.T) {
	f := func(name, text string, rows int, want ...string) {
		t.Helper()
		accounts, faults := readAccounts(t, name, text, nil)
		if len(accounts) != rows || len(faults) != len(want) {
			t.Errorf("%.60q: got %d rows and %q, want %d and %q", text, len(accounts), faults, rows, want)
			return
		}
		for i := range want {
			if !strings.Contains(faults[i], want[i]) {
				t.Errorf("%.60q: fault %q, want one with %q", text, faults[i], want[i])
			}
		}
	}
	f("a.csv", "id,name\na1,Acme,more\na2,Beta\n", 1, "a.csv:2: expected 2 fields, as the header has; got 3")
	f("a.csv", "id,name\na1\na2,Beta\n", 1, "a.csv:2: expected 2 fields, as the header has; got 1")
	f("a.csv", "id,name\na1,\"Acme\na2,Beta\n", 1, "a.csv:2: a quote is never closed")
	f("a.csv", "id,name\n,Acme\na2,Beta\n", 1, "a.csv:2: id: expected the account's id")
	f("a.csv", "id,numbers.n\na1,many\na2,1\n", 1, `a.csv:2: numbers.n: expected a number or a date like 2006-01-02, not "many"`)
	f("a.csv", "id,numbers.n\na1,NaN\n", 0, `expected a number`)
	f("a.csv", "id,name\na1,"+strings.Repeat("x", 10<<20)+"\na2,Beta\n", 1, "a.csv:2: the row is longer than 1 MiB")
	f("a.csv", "name,city\nAcme,LA\n", 0, "a.csv: no column for id; the header has: name, city (name one with --map COLUMN=id)")
	f("a.jsonl", "{\"id\":\"a1\"\n{\"id\":\"a2\"}\n", 1, "a.jsonl:1: not JSON: unexpected end of JSON input")
	f("a.jsonl", "{\"id\":\"a1\"}\n[1]\n\n7\n", 1, "a.jsonl:2: expected a JSON object, not a list", "a.jsonl:4: expected a JSON object, not a number")
	f("a.jsonl", "{\"id\":\"a1\",\"name\":true}\n", 0, "a.jsonl:1: name: expected a string, not true")
	f("a.jsonl", "{\"id\":\"a1\",\"name\":[\"x\"]}\n", 0, "name: expected a string, not a list")
	f("a.jsonl", "{\"id\":\"a1\",\"name\":{}}\n", 0, "name: expected a string, not an object")
	f("a.jsonl", "{\"id\":\"a1\",\"addresses\":[7]}\n", 0, "addresses: expected address objects, not a number")
	f("a.jsonl", "{\"id\":\"a1\",\"addresses\":[{\"city\":[]}]}\n", 0, "addresses: city: expected a string, not a list")
	f("a.jsonl", "{\"id\":\"a1\",\"numbers\":{\"n\":\"x\"}}\n", 0, "numbers: expected a number")
	f("a.jsonl", "{\"name\":\"A\"}\n", 0, "id: expected the account's id")
}

func TestFilesThatAreNoTable(t *testing.T) {
	f := func(name, text, want string) {
		t.Helper()
		if _, faults := readAccounts(t, name, text, nil); len(faults) != 1 || !strings.Contains(faults[0], want) {
			t.Errorf("%.40q: got %q, want %q", text, faults, want)
		}
	}
	f("a.csv", "", "a.csv: the file is empty")
	f("a.csv", "\n \n", "the file is empty")
	f("a.xlsx", "PK\x03\x04...", "zip archive or an Excel workbook")
	f("a.zst", "\x28\xb5\x2f\xfd...", "Zstandard")
	f("a.json", `[{"id":"a1"}]`, "one JSON array")
	f("a.json", `"id"`, "line 1 is no JSON object")
	f("a.csv", "id,name\ra1,Acme\r", "CR alone")
	f("a.csv", "id,na\x00me\n", "zero byte")
	f("a.csv.gz", "\x1f\x8bnonsense..", "gzip file is damaged")
	f("a.csv.gz", "\x1f\x8b", "cut off")
	f("a.csv", "id,\"name\n", "reading the header")
}

func TestGzip(t *testing.T) {
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	for i := range 10_000 {
		fmt.Fprintf(z, "{\"id\":\"a%d\",\"name\":\"Name %d\"}\n", i, i*7919%10_007)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if accounts, faults := readAccounts(t, "a.jsonl.gz", packed.String(), nil); len(accounts) != 10_000 || len(faults) > 0 {
		t.Errorf("got %d accounts and %v", len(accounts), faults)
	}
	accounts, faults := readAccounts(t, "a.jsonl.gz", packed.String()[:packed.Len()*2/3], nil)
	if len(accounts) < 1000 || len(accounts) == 10_000 || len(faults) != 1 || !strings.Contains(faults[0], "the file is cut off") {
		t.Errorf("cut off: got %d accounts and %v", len(accounts), faults)
	}
	garbled := packed.Bytes()
	garbled[packed.Len()-6] ^= 0xff // in the checksum
	_, faults = readAccounts(t, "a.jsonl.gz", string(garbled), nil)
	if len(faults) != 1 || !strings.Contains(faults[0], "the gzip file is damaged") {
		t.Errorf("garbled: got %v", faults)
	}
}

func TestReadErrorsAreFinal(t *testing.T) {
	in, err := NewInput("a.csv", InputOptions{Format: CSV}, brokenReader{strings.NewReader("id,name\na1,Acme\n" + strings.Repeat("a2,Beta\n", 20_000))})
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewAccounts(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	for err == nil {
		_, err = r.Read()
	}
	if !errors.Is(err, errBroken) || !strings.Contains(err.Error(), "a.csv:20002") {
		t.Errorf("got %v", err)
	}
}

func TestEncodings(t *testing.T) {
	const text = "id,name\na1,Müller Ελλάς\n"
	units := utf16.Encode([]rune(text))
	little, big := make([]byte, 0), make([]byte, 0)
	for _, u := range units {
		little, big = append(little, byte(u), byte(u>>8)), append(big, byte(u>>8), byte(u))
	}
	f := func(what, encoded, encoding, want string) {
		t.Helper()
		in, err := NewInput("a.csv", InputOptions{}, strings.NewReader(encoded))
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		r, err := NewAccounts(in, nil)
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		accounts, faults := drain(r)
		if len(accounts) != 1 || len(faults) > 0 || accounts[0].GetName() != want || in.Encoding != encoding {
			t.Errorf("%s: got %v, %v as %s", what, accounts, faults, in.Encoding)
		}
	}
	f("UTF-8", text, UTF8, "Müller Ελλάς")
	f("UTF-8 with mark", "\xef\xbb\xbf"+text, UTF8, "Müller Ελλάς")
	f("UTF-16LE with mark", "\xff\xfe"+string(little), UTF16, "Müller Ελλάς")
	f("UTF-16BE with mark", "\xfe\xff"+string(big), UTF16, "Müller Ελλάς")
	f("UTF-16LE", string(little), UTF16, "Müller Ελλάς")
	f("UTF-16BE", string(big), UTF16, "Müller Ελλάς")
	f("Windows-1252", "id,name\na1,M\xfcller \x80\n", Windows1252, "Müller €")

	// What looks like UTF-8 can be said to be something else.
	in, err := NewInput("a.csv", InputOptions{Encoding: Windows1252}, strings.NewReader("id,name\na1,Z\xc3\xa9\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewAccounts(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if accounts, _ := drain(r); accounts[0].GetName() != "ZÃ©" {
		t.Errorf("got %v", accounts)
	}
	if _, err := NewInput("a.csv", InputOptions{Encoding: "latin-2"}, strings.NewReader(text)); err == nil {
		t.Error("an unknown encoding: got no error")
	}
}

func TestInvalidUTF8(t *testing.T) {
	const text = "id,name,city\na1,Müller,Köln\na2,M\xfcller,K\xf6ln\na3,Ελλάς,\n"
	var mended []int
	accounts, faults := readAccounts(t, "a.csv", text, &Options{Mended: func(line int) { mended = append(mended, line) }})
	if len(accounts) != 3 || len(faults) > 0 || !reflect.DeepEqual(mended, []int{3}) {
		t.Fatalf("got %d accounts, %v, mended %v", len(accounts), faults, mended)
	}
	wantMessage(t, accounts[1], `{"id":"a2","name":"M\ufffdller","addresses":[{"city":"K\ufffdln"}]}`)

	accounts, faults = readAccounts(t, "a.csv", text, &Options{Strict: true})
	if len(accounts) != 2 || len(faults) != 1 || faults[0] != "a.csv:3: not valid UTF-8" {
		t.Errorf("strict: got %d accounts and %v", len(accounts), faults)
	}
	accounts, _ = readAccounts(t, "a.jsonl", "{\"id\":\"é1\",\"name\":\"é\"}\n{\"id\":\"a2\",\"name\":\"M\xfcller\"}\n", nil)
	if len(accounts) != 2 || accounts[1].GetName() != "M\uFFFDller" {
		t.Errorf("JSON: got %v", accounts)
	}
}

func TestUnknownNames(t *testing.T) {
	in, err := NewInput("l.csv", InputOptions{}, strings.NewReader("company,score,notes\nA,1,\nB,2,x\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewLeads(in, &Options{Extra: true})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(); err != nil {
		t.Fatal(err)
	}
	if want := []Value{{"score", "1"}, {"notes", ""}}; !reflect.DeepEqual(r.Extra(), want) {
		t.Errorf("got %v, want %v", r.Extra(), want)
	}
	drain(r)
	if want := []UnknownName{{"score", 2}, {"notes", 1}}; !reflect.DeepEqual(r.Unknown(), want) {
		t.Errorf("got %v, want %v", r.Unknown(), want)
	}

	_, faults := readLeads(t, "l.csv", "company,score,notes\nA,1,\n", &Options{Strict: true})
	if len(faults) != 1 || !strings.Contains(faults[0], "columns that would not be used: score, notes") {
		t.Errorf("got %v", faults)
	}
	_, faults = readLeads(t, "l.jsonl", `{"company":"A","score":[1]}`, &Options{Strict: true})
	if len(faults) != 1 || !strings.Contains(faults[0], "l.jsonl:1: score would not be used") {
		t.Errorf("got %v", faults)
	}
}

func TestUnknownKeysOfJSONAreBounded(t *testing.T) {
	var text strings.Builder
	for i := range 3 * maxKeys {
		fmt.Fprintf(&text, "{\"company\":\"A\",\"k%d\":[\"x\",\"y\"]}\n", i)
	}
	in, err := NewInput("l.jsonl", InputOptions{}, strings.NewReader(text.String()))
	if err != nil {
		t.Fatal(err)
	}
	r, err := NewLeads(in, nil)
	if err != nil {
		t.Fatal(err)
	}
	if leads, faults := drain(r); len(leads) != 3*maxKeys || len(faults) > 0 {
		t.Errorf("got %d leads and %v", len(leads), faults)
	}
	if n := len(r.Unknown()); n != maxKeys+1 || len(r.known) > maxKeys {
		t.Errorf("remembers %d and %d keys, want %d", n, len(r.known), maxKeys)
	}
}

// FuzzReader holds that no file makes reading fail in a way of its own, and that all of it is read.
func FuzzReader(f *testing.F) {
	f.Add([]byte("id,name\na1,\"Acme\n"), "a.csv")
	f.Add([]byte("{\"id\":\"a1\",\"labels\":{\"a\":[1]}}\n{"), "a.jsonl")
	f.Add([]byte("\xff\xfei\x00d\x00"), "a")
	f.Fuzz(func(t *testing.T, text []byte, name string) {
		in, err := NewInput(name, InputOptions{}, bytes.NewReader(text))
		if err != nil {
			return
		}
		r, err := NewAccounts(in, nil)
		if err != nil {
			return
		}
		for line := 0; ; {
			a, err := r.Read()
			var bad *RowError
			if err != nil && !errors.As(err, &bad) {
				return
			}
			if r.Line() <= line {
				t.Fatalf("line %d after line %d", r.Line(), line)
			}
			line = r.Line()
			if err == nil {
				if _, err := proto.Marshal(a); err != nil {
					t.Fatalf("line %d cannot be sent: %v", line, err)
				}
			}
		}
	})
}

// FuzzJSON holds the walk over a line to the standard library's reading of it.
func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"a":"b","c":[1,"x\"]",{"d":null}],"e":{"f":"}"},"g":-1e5,"h":true}`))
	f.Add([]byte(`{ "a" : [ ] , "b" : { } }`))
	f.Fuzz(func(t *testing.T, line []byte) {
		line = bytes.ToValidUTF8(line, []byte("?")) // as the reader does before
		var want map[string]json.RawMessage
		wantErr := json.Unmarshal(line, &want)
		object, err := parseObject(line)
		if (err != nil) != (wantErr != nil || want == nil) {
			t.Fatalf("error %v, want %v", err, wantErr)
		}
		if err != nil {
			return
		}
		got := map[string]raw{}
		if err := object.members(func(key string, value raw) error { got[key] = value; return nil }); err != nil {
			t.Fatal(err)
		}
		for key, value := range want {
			if string(got[key]) != string(value) {
				t.Errorf("%s is %s, want %s", key, got[key], value)
			}
		}
		for key, value := range got {
			walk(t, value)
			if _, ok := want[key]; !ok {
				t.Errorf("there is no key %q", key)
			}
		}
	})
}

func walk(t *testing.T, v raw) {
	t.Helper()
	switch v[0] {
	case '{':
		_ = v.members(func(_ string, v raw) error { walk(t, v); return nil })
	case '[':
		_ = v.elements(func(v raw) error { walk(t, v); return nil })
	case '"':
		var want string
		if err := json.Unmarshal([]byte(v), &want); err != nil || strings.ToValidUTF8(v.text(), "\uFFFD") != strings.ToValidUTF8(want, "\uFFFD") {
			t.Errorf("%s is %q, want %q", v, v.text(), want)
		}
	}
}

func BenchmarkReadAccounts(b *testing.B) {
	const n = 10_000
	var jsonl, csv strings.Builder
	csv.WriteString("id,name,aliases,domains,country,city\n")
	for i := range n {
		fmt.Fprintf(&jsonl, `{"id":"a%d","name":"Company %d GmbH","aliases":[],"domains":["company%d.example"],"country":"DE","city":"Berlin","type":null}`+"\n", i, i, i)
		fmt.Fprintf(&csv, "a%d,Company %d GmbH,,company%d.example,DE,Berlin\n", i, i, i)
	}
	for name, text := range map[string]string{"a.jsonl": jsonl.String(), "a.csv": csv.String()} {
		b.Run("format="+name[2:], func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				in, err := NewInput(name, InputOptions{}, strings.NewReader(text))
				if err != nil {
					b.Fatal(err)
				}
				r, err := NewAccounts(in, nil)
				if err != nil {
					b.Fatal(err)
				}
				if all, faults := drain(r); len(all) != n || len(faults) > 0 {
					b.Fatalf("got %d rows and %v", len(all), faults)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/row")
		})
	}
}
